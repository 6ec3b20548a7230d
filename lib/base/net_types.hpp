// SPDX-License-Identifier: BSD-3-Clause
//
// Addresses as values. Text forms (parse and format) are in net_text.hpp, so that the packet path
// does not see them.

#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>

namespace mcswitch {

using VlanId = std::uint16_t;  // 1 to 4094; 0 stands for "none"
inline constexpr std::size_t kMaxVlans = 4096;

// The 48 bits of a MAC address in the low bits, first octet on the wire most significant:
// 01:00:5e:01:02:03 is 0x01005e010203.
struct MacAddress {
  std::uint64_t bits = 0;

  static constexpr MacAddress from_octets(const std::uint8_t* o) {
    std::uint64_t b = 0;
    for (int i = 0; i < 6; ++i) {
      b = b << 8 | o[i];
    }
    return MacAddress{b};
  }
  constexpr void to_octets(std::uint8_t* o) const {
    for (int i = 0; i < 6; ++i) {
      o[i] = static_cast<std::uint8_t>(bits >> (40 - 8 * i));
    }
  }
  [[nodiscard]] constexpr bool is_group() const { return (bits >> 40 & 1) != 0; }
  [[nodiscard]] constexpr bool is_broadcast() const { return bits == 0xffff'ffff'ffffULL; }
  [[nodiscard]] constexpr bool is_zero() const { return bits == 0; }
  friend constexpr auto operator<=>(MacAddress, MacAddress) = default;
};

// Host byte order: 239.1.2.3 is 0xef010203. Compares as the election of RFC 2236 section 3 does.
struct Ipv4Address {
  std::uint32_t bits = 0;

  static constexpr Ipv4Address of(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d) {
    return Ipv4Address{std::uint32_t{a} << 24 | std::uint32_t{b} << 16 | std::uint32_t{c} << 8 | d};
  }
  [[nodiscard]] constexpr bool is_unspecified() const { return bits == 0; }
  // 224.0.0.0/4 (RFC 1112 section 4).
  [[nodiscard]] constexpr bool is_multicast() const { return bits >> 28 == 0xe; }
  // 224.0.0.0/24: never filtered, never a membership (RFC 4541 section 2.1.2).
  [[nodiscard]] constexpr bool is_link_local_multicast() const { return bits >> 8 == 0xe00000; }
  friend constexpr auto operator<=>(Ipv4Address, Ipv4Address) = default;
};

// The addresses whose first `length` bits are those of `address`; 0 to 32. Bits behind those count for
// nothing here: whether they may be set is for the reader of a text to say.
struct Ipv4Prefix {
  Ipv4Address address;
  std::uint8_t length = 0;

  [[nodiscard]] constexpr std::uint32_t mask() const {
    return length == 0 ? 0 : ~std::uint32_t{0} << (32 - length);
  }
  // The lowest address in it.
  [[nodiscard]] constexpr Ipv4Address network() const { return Ipv4Address{address.bits & mask()}; }
  [[nodiscard]] constexpr bool contains(Ipv4Address other) const {
    return ((other.bits ^ address.bits) & mask()) == 0;
  }
  [[nodiscard]] constexpr bool contains(Ipv4Prefix other) const {
    return other.length >= length && contains(other.address);
  }
  [[nodiscard]] constexpr bool overlaps(Ipv4Prefix other) const {
    return contains(other) || other.contains(*this);
  }
  friend constexpr auto operator<=>(Ipv4Prefix, Ipv4Prefix) = default;
};

// 01:00:5e and the low 23 bits of the group (RFC 1112 section 6.4); 32 groups share one address.
constexpr MacAddress multicast_mac(Ipv4Address group) {
  return MacAddress{0x01005e000000ULL | (group.bits & 0x7fffff)};
}

inline constexpr Ipv4Address kAllSystems = Ipv4Address::of(224, 0, 0, 1);
inline constexpr Ipv4Address kAllRouters = Ipv4Address::of(224, 0, 0, 2);

// An IPv4 or IPv6 address; IPv4 is held as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2).
struct IpAddress {
  std::array<std::uint8_t, 16> octets{};

  static constexpr IpAddress from(Ipv4Address v4) {
    IpAddress a;
    a.octets[10] = a.octets[11] = 0xff;
    for (unsigned i = 0; i < 4; ++i) {
      a.octets[12 + i] = static_cast<std::uint8_t>(v4.bits >> (24 - 8 * i));
    }
    return a;
  }
  [[nodiscard]] constexpr bool is_v4() const {
    for (unsigned i = 0; i < 10; ++i) {
      if (octets[i] != 0) {
        return false;
      }
    }
    return octets[10] == 0xff && octets[11] == 0xff;
  }
  [[nodiscard]] constexpr Ipv4Address v4() const {
    return Ipv4Address::of(octets[12], octets[13], octets[14], octets[15]);
  }
  friend constexpr auto operator<=>(const IpAddress&, const IpAddress&) = default;
};

}  // namespace mcswitch
