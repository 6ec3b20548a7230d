// SPDX-License-Identifier: BSD-3-Clause
//
// PortSet: a set of switch ports in one machine word. DPDK as Debian builds it has at most 32 ports
// (RTE_MAX_ETHPORTS), so 32 bits are enough; the group table relies on the width (one 64-bit word
// holds the ports and the state of a group).

#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>

namespace mcswitch {

inline constexpr std::size_t kMaxPorts = 32;

// Index of a port in the order of the configuration, 0 to kMaxPorts - 1.
using PortId = std::uint8_t;

class PortSet {
 public:
  constexpr PortSet() = default;
  constexpr explicit PortSet(std::uint32_t bits) : bits_{bits} {}

  static constexpr PortSet of(PortId port) { return PortSet{std::uint32_t{1} << port}; }
  // Ports 0 to count - 1.
  static constexpr PortSet first(std::size_t count) {
    return PortSet{count >= kMaxPorts ? ~std::uint32_t{0} : (std::uint32_t{1} << count) - 1};
  }

  [[nodiscard]] constexpr std::uint32_t bits() const { return bits_; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  [[nodiscard]] constexpr std::size_t count() const { return static_cast<std::size_t>(std::popcount(bits_)); }
  [[nodiscard]] constexpr bool contains(PortId port) const { return (bits_ >> port & 1U) != 0; }

  constexpr PortSet& add(PortId port) { return *this |= of(port); }
  constexpr PortSet& remove(PortId port) { return *this &= ~of(port); }

  constexpr PortSet& operator|=(PortSet o) { return bits_ |= o.bits_, *this; }
  constexpr PortSet& operator&=(PortSet o) { return bits_ &= o.bits_, *this; }
  friend constexpr PortSet operator|(PortSet a, PortSet b) { return PortSet{a.bits_ | b.bits_}; }
  friend constexpr PortSet operator&(PortSet a, PortSet b) { return PortSet{a.bits_ & b.bits_}; }
  friend constexpr PortSet operator~(PortSet a) { return PortSet{~a.bits_}; }
  friend constexpr bool operator==(PortSet a, PortSet b) = default;

  // Iteration in rising order of port: for (PortId p : set).
  class Iterator {
   public:
    using value_type = PortId;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;
    constexpr explicit Iterator(std::uint32_t bits) : bits_{bits} {}
    constexpr PortId operator*() const { return static_cast<PortId>(std::countr_zero(bits_)); }
    constexpr Iterator& operator++() { return bits_ &= bits_ - 1, *this; }
    friend constexpr bool operator==(Iterator a, Iterator b) = default;

   private:
    std::uint32_t bits_;
  };
  [[nodiscard]] constexpr Iterator begin() const { return Iterator{bits_}; }
  [[nodiscard]] constexpr Iterator end() const { return Iterator{0}; }

 private:
  std::uint32_t bits_ = 0;
};

}  // namespace mcswitch
