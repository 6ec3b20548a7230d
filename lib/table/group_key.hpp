// SPDX-License-Identifier: BSD-3-Clause
//
// What a membership is kept by: VLAN and group address (RFC 4541 section 2.1.2: by IP address, because
// 32 IPv4 groups share one MAC address), and for sources the group's entry and the source address.

#pragma once

#include <cstdint>
#include <type_traits>

#include "base/net_types.hpp"

namespace mcswitch::table {

struct GroupKey {
  VlanId vlan = 0;
  IpAddress group;

  friend constexpr auto operator<=>(const GroupKey&, const GroupKey&) = default;
};

// The same for IPv4 alone, as the packet path has it.
struct VlanGroup {
  VlanId vlan = 0;
  Ipv4Address group;
};

// What an entry of the table stands for; its ports are
enum class EntryKind : std::uint8_t {
  group,      // a group: those that want any source (filter mode EXCLUDE, RFC 9776 section 6.2.1)
  requested,  // a source of a group: those with a running source timer (section 6.2.2: "requested")
  excluded,   // a source of a group: those in mode EXCLUDE that name it, requested or not
};

// The 64 bits that a lookup compares. An IPv4 key is held whole, so equal means equal. An IPv6 key is a
// 62-bit seeded digest; a lookup that finds it equal compares the full key of the entry as well. Never 0.
class PackedKey {
 public:
  static constexpr PackedKey of_v4(VlanId vlan, Ipv4Address group) {
    return PackedKey{kV4 | std::uint64_t{vlan} << 32 | group.bits};
  }
  static PackedKey of(const GroupKey& key, std::uint64_t seed);
  // A source of the group whose entry is `parent` (24 bits). `kind` is requested or excluded.
  static constexpr PackedKey of_source_v4(EntryKind kind, std::uint32_t parent, Ipv4Address source) {
    return PackedKey{kV4 | kSource | (kind == EntryKind::excluded ? kExcluded : 0) |
                     std::uint64_t{parent} << 32 | source.bits};
  }
  static PackedKey of_source(EntryKind kind, std::uint32_t parent, const IpAddress& source,
                             std::uint64_t seed);

  [[nodiscard]] constexpr std::uint64_t bits() const { return bits_; }
  // True if equal packed keys mean equal group keys.
  [[nodiscard]] constexpr bool is_exact() const { return (bits_ & kV6) == 0; }
  friend constexpr bool operator==(PackedKey, PackedKey) = default;

 private:
  static constexpr std::uint64_t kV4 = std::uint64_t{1} << 62;
  static constexpr std::uint64_t kV6 = std::uint64_t{1} << 63;
  static constexpr std::uint64_t kSource = std::uint64_t{1} << 61;    // of IPv4 keys
  static constexpr std::uint64_t kExcluded = std::uint64_t{1} << 60;  // of those with kSource
  static PackedKey digest_of(const IpAddress& address, std::uint64_t more, std::uint64_t seed);
  constexpr explicit PackedKey(std::uint64_t bits) : bits_{bits} {}
  std::uint64_t bits_;
};

// 64 by 64 to 128 bit multiplication, folded, twice: the seed, random per process, keeps strangers from
// choosing groups that collide. Once is not enough: groups come in rows (239.1.0.1, 239.1.0.2, ...), and
// the products of a row are evenly spaced, so for one seed in six a row crowds into a few buckets and a
// table of its size refuses joins.
constexpr std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
#ifdef __BMI2__
  if (!std::is_constant_evaluated()) {
    // g++ 12 sends the halves of a 128-bit product, and of _mulx_u64(), by way of memory.
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    __asm__("mulx %[a], %[low], %[high]" : [low] "=r"(low), [high] "=r"(high) : [a] "r"(a), "d"(b));
    return low ^ high;
  }
#endif
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}
inline constexpr std::uint64_t kFirst = 0x9e3779b97f4a7c15;
inline constexpr std::uint64_t kSecond = 0xd6e8feb86659fd93;
constexpr std::uint64_t mix(std::uint64_t bits, std::uint64_t seed) {
  return fold(fold(bits ^ seed, kFirst) ^ seed, kSecond);
}

inline PackedKey PackedKey::digest_of(const IpAddress& address, std::uint64_t more, std::uint64_t seed) {
  const std::uint64_t digest = mix(address.low ^ mix(address.high + more, seed), seed ^ kSecond);
  return PackedKey{kV6 | digest >> 2};
}

inline PackedKey PackedKey::of(const GroupKey& key, std::uint64_t seed) {
  return key.group.is_v4() ? of_v4(key.vlan, key.group.v4()) : digest_of(key.group, key.vlan, seed);
}

inline PackedKey PackedKey::of_source(EntryKind kind, std::uint32_t parent, const IpAddress& source,
                                      std::uint64_t seed) {
  if (source.is_v4()) {
    return of_source_v4(kind, parent, source.v4());
  }
  return digest_of(source, std::uint64_t{parent} << 16 | std::uint64_t{static_cast<std::uint8_t>(kind)} << 12,
                   seed);
}

// Where an entry belongs in the table. A source's place depends on addresses, not on the number of its
// group's entry, so that its line can be prefetched before the group has been found. Both hashes begin with
// the same seeded value, which nobody outside knows; it keeps the sources of each group apart from those of
// others.
class GroupHash {
 public:
  constexpr GroupHash(PackedKey group, std::uint64_t seed)
      : seed_{seed}, begun_{fold(group.bits() ^ seed, kFirst)} {}

  [[nodiscard]] constexpr std::uint64_t group() const { return fold(begun_ ^ seed_, kSecond); }
  // The product spreads sources in a row, which may be as evenly spaced as groups are.
  [[nodiscard]] constexpr std::uint64_t source_v4(Ipv4Address source) const {
    return fold(begun_ ^ source.bits * kFirst, kSecond);
  }
  [[nodiscard]] std::uint64_t source(const IpAddress& source) const {
    return source.is_v4() ? source_v4(source.v4())
                          : mix(begun_ ^ PackedKey::of({0, source}, seed_).bits(), seed_);
  }

 private:
  std::uint64_t seed_;
  std::uint64_t begun_;
};

}  // namespace mcswitch::table
