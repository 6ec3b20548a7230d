// SPDX-License-Identifier: BSD-3-Clause
//
// Group numbers: a set of groups, numbered from 0 without holes, so that what belongs to them can be kept
// in plain arrays. Finding, adding and removing take a constant number of steps on average.
//
// Memory: 16 bytes a group, and an index of 4 bytes a place of which at most three quarters are in use. It
// is allocated by reserve(), and by add() only beyond what was reserved or has been in use before.
//
// One thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/net_types.hpp"
#include "base/open_index.hpp"

namespace mcswitch::host {

class GroupNumbers {
 public:
  static constexpr std::uint32_t kNone = OpenIndex::kNone;

  // Room for `count` groups.
  void reserve(std::size_t count);

  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(groups_.size()); }
  [[nodiscard]] IpAddress group(std::uint32_t number) const { return groups_[number]; }
  // kNone if it is not in the set.
  [[nodiscard]] std::uint32_t find(const IpAddress& group) const;

  // The number, size() before the call, of a group that was not in the set.
  std::uint32_t add(const IpAddress& group);
  // The group that had the last number, size() after the call, has `number` now.
  void remove(std::uint32_t number);

 private:
  // Where the number of `group` stands, or the free place where it would.
  [[nodiscard]] std::size_t place_of(const IpAddress& group) const;
  void make_places(std::size_t count);

  std::vector<IpAddress> groups_;  // by number
  OpenIndex index_;                // numbers, by group
};

}  // namespace mcswitch::host
