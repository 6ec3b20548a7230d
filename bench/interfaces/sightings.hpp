// SPDX-License-Identifier: BSD-3-Clause
//
// Sightings: which groups have arrived at which receivers, and when.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/net_types.hpp"
#include "interfaces/arrival.hpp"

namespace mcswitch::bench::interfaces {

// When each of `groups`, consecutive ones, was first and last seen at a receiver; 0: not.
class Sightings {
 public:
  Sightings(std::size_t receivers, std::span<const Ipv4Address> groups)
      : first_group_{groups.front().bits}, groups_{groups.size()}, seen_(receivers * groups.size()) {}

  void add(const Arrival& arrival) {
    const std::size_t index = arrival.group.bits - first_group_;
    if (index < groups_) {
      Sight& sight = seen_[arrival.receiver * groups_ + index];
      sight.first = sight.first == 0 ? arrival.received : sight.first;
      sight.last = arrival.received;
    }
  }
  void clear() { std::ranges::fill(seen_, Sight{}); }

  // `index` of the group among `groups`.
  [[nodiscard]] Nanoseconds first(std::size_t receiver, std::size_t index) const {
    return seen_[receiver * groups_ + index].first;
  }
  [[nodiscard]] Nanoseconds last(std::size_t receiver, std::size_t index) const {
    return seen_[receiver * groups_ + index].last;
  }
  [[nodiscard]] bool was_seen(std::size_t receiver, std::size_t index) const {
    return first(receiver, index) != 0;
  }
  // How many of the groups were seen at the receiver.
  [[nodiscard]] std::size_t count(std::size_t receiver) const {
    const auto begin = seen_.begin() + static_cast<std::ptrdiff_t>(receiver * groups_);
    return static_cast<std::size_t>(std::count_if(begin, begin + static_cast<std::ptrdiff_t>(groups_),
                                                  [](const Sight& sight) { return sight.first != 0; }));
  }

 private:
  struct Sight {
    Nanoseconds first = 0;
    Nanoseconds last = 0;
  };
  std::uint32_t first_group_;
  std::size_t groups_;
  std::vector<Sight> seen_;
};

}  // namespace mcswitch::bench::interfaces
