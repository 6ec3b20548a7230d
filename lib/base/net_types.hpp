// SPDX-License-Identifier: BSD-3-Clause
//
// Addresses as values. Text forms (parse and format) are in net_text.hpp, so that the packet path
// does not see them.

#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

namespace mcswitch {

using VlanId = std::uint16_t;  // 1 to 4094; 0 stands for "none"
inline constexpr std::size_t kMaxVlans = 4096;

// The 48 bits of a MAC address in the low bits, first byte on the wire most significant:
// 01:00:5e:01:02:03 is 0x01005e010203.
struct MacAddress {
  std::uint64_t bits = 0;

  static constexpr MacAddress from_bytes(const std::uint8_t* o) {
    std::uint64_t b = 0;
    for (int i = 0; i < 6; ++i) {
      b = b << 8 | o[i];
    }
    return MacAddress{b};
  }
  constexpr void to_bytes(std::uint8_t* o) const {
    for (int i = 0; i < 6; ++i) {
      o[i] = static_cast<std::uint8_t>(bits >> (40 - 8 * i));
    }
  }
  [[nodiscard]] constexpr bool is_group() const { return (bits >> 40 & 1) != 0; }
  [[nodiscard]] constexpr bool is_broadcast() const { return bits == 0xffff'ffff'ffffULL; }
  [[nodiscard]] constexpr bool is_zero() const { return bits == 0; }
  friend constexpr auto operator<=>(MacAddress, MacAddress) = default;
};

struct IpAddress;

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
  // A host may have it: not in 0/8, 127/8, 224/4 or 240/4 (RFC 1122 section 3.2.1.3).
  [[nodiscard]] constexpr bool is_host() const {
    const std::uint32_t first = bits >> 24;
    return first != 0 && first != 127 && first < 224;
  }
  // It may be the source of a datagram: a host's, or the 0.0.0.0 of one that has no address yet.
  [[nodiscard]] constexpr bool is_source() const { return is_host() || bits == 0; }
  // Implicit, because nothing is lost and nobody has to choose, as when a number becomes a wider one; the way
  // back is IpAddress::v4().
  constexpr operator IpAddress() const;  // NOLINT(google-explicit-constructor)
  friend constexpr auto operator<=>(Ipv4Address, Ipv4Address) = default;
};

// The addresses whose first `length` bits are those of `address`; 0 to 32. The bits after those are ignored
// here; the code that reads a prefix from text decides whether they may be set.
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

// An IPv4 or IPv6 address as two numbers, the first byte on the wire most significant in `high`; IPv4 is held
// as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2). Compares numerically, which is what elections of queriers ask
// for in both families (RFC 2236 section 3, RFC 9777 section 7.6.2). The packet path of IPv4 has Ipv4Address;
// everything else has this.
struct IpAddress {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  static constexpr IpAddress from(Ipv4Address v4) { return {0, kMapped << 32 | v4.bits}; }
  // The 16 bytes of an IPv6 header; an IPv4 address in one of those that map it is that IPv4 address.
  static constexpr IpAddress from_bytes(const std::uint8_t* bytes) {
    IpAddress a;
    for (unsigned i = 0; i < 8; ++i) {
      a.high = a.high << 8 | bytes[i];
      a.low = a.low << 8 | bytes[8 + i];
    }
    return a;
  }
  constexpr void to_bytes(std::uint8_t* bytes) const {
    for (unsigned i = 0; i < 8; ++i) {
      bytes[i] = static_cast<std::uint8_t>(high >> (56 - 8 * i));
      bytes[8 + i] = static_cast<std::uint8_t>(low >> (56 - 8 * i));
    }
  }
  [[nodiscard]] constexpr bool is_v4() const { return high == 0 && low >> 32 == kMapped; }
  // Of an address that is_v4().
  [[nodiscard]] constexpr Ipv4Address v4() const { return Ipv4Address{static_cast<std::uint32_t>(low)}; }
  // 0.0.0.0 or ::.
  [[nodiscard]] constexpr bool is_unspecified() const {
    return high == 0 && (low == 0 || low == kMapped << 32);
  }
  // 224.0.0.0/4 or ff00::/8 (RFC 4291 section 2.7).
  [[nodiscard]] constexpr bool is_multicast() const {
    return is_v4() ? v4().is_multicast() : high >> 56 == 0xff;
  }
  friend constexpr auto operator<=>(const IpAddress&, const IpAddress&) = default;
  // As one number of 128 bits: two instructions and no branch, where the above has two branches (sorting 366
  // addresses takes half of the time).
  friend constexpr bool operator<(const IpAddress& a, const IpAddress& b) { return a.wide() < b.wide(); }

 private:
  __extension__ using Wide = unsigned __int128;
  [[nodiscard]] constexpr Wide wide() const { return Wide{high} << 64 | low; }

  static constexpr std::uint64_t kMapped = 0xffff;
};

constexpr Ipv4Address::operator IpAddress() const { return IpAddress::from(*this); }

// 0.0.0.0. Where a message or a setting of IGMP gives no address, it is this and not ::.
inline constexpr IpAddress kUnspecifiedV4 = Ipv4Address{};

// The upper bits depend on all bits of the address. Multiplication spreads what groups have in common: they
// are often consecutive (Knuth, section 6.4). Not seeded: a stranger can choose addresses that collide.
constexpr std::uint64_t hash_of(const IpAddress& address) {
  constexpr std::uint64_t kFactor = 0x9e37'79b9'7f4a'7c15;
  const std::uint64_t high = address.high * kFactor;
  return (address.low + (high >> 32 | high << 32)) * kFactor;
}

// One that a host may have: not multicast, loopback or unspecified, nor reserved (RFC 1122 section 3.2.1.3,
// RFC 4291 section 2.4).
constexpr bool is_host(const IpAddress& address) {
  constexpr IpAddress kLoopback{0, 1};
  return address.is_v4() ? address.v4().is_host()
                         : !address.is_multicast() && !address.is_unspecified() && address != kLoopback;
}

// Groups to which every host belongs without a report: 224.0.0.1 (RFC 2236 section 6), ff02::1 and all of
// scope 0 and 1 (RFC 9777 section 6). No host reports them, and no query asks about them.
constexpr bool is_never_reported(const IpAddress& group) {
  if (group.is_v4()) {
    return group.v4() == kAllSystems;
  }
  constexpr IpAddress kAllNodes{0xff02'0000'0000'0000, 1};
  const std::uint64_t scope = group.high >> 48 & 0xf;
  return group == kAllNodes || (group.is_multicast() && scope <= 1);
}

}  // namespace mcswitch
