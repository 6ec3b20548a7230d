// SPDX-License-Identifier: BSD-3-Clause

#include "host/group_numbers.hpp"

#include <algorithm>
#include <bit>
#include <cassert>

namespace mcswitch::host {
namespace {

constexpr std::size_t kFewestPlaces = 4;

// At most three quarters of the places are in use.
std::size_t places_for(std::size_t groups) {
  return std::max(kFewestPlaces, std::bit_ceil((groups * 4 + 2) / 3));
}

}  // namespace

void GroupNumbers::reserve(std::size_t count) {
  groups_.reserve(count);
  make_places(places_for(count));
}

std::uint32_t GroupNumbers::find(const IpAddress& group) const {
  return index_.places() == 0 ? kNone : index_[place_of(group)];
}

std::uint32_t GroupNumbers::add(const IpAddress& group) {
  make_places(places_for(groups_.size() + 1));
  std::uint32_t& number = index_[place_of(group)];
  assert(number == kNone);
  number = size();
  groups_.push_back(group);
  return number;
}

void GroupNumbers::remove(std::uint32_t number) {
  index_.erase(place_of(groups_[number]), [&](std::uint32_t other) { return hash_of(groups_[other]); });
  if (number + 1 != size()) {
    index_[place_of(groups_.back())] = number;
    groups_[number] = groups_.back();
  }
  groups_.pop_back();
}

std::size_t GroupNumbers::place_of(const IpAddress& group) const {
  return index_.place_of(hash_of(group), [&](std::uint32_t number) { return groups_[number] == group; });
}

void GroupNumbers::make_places(std::size_t count) {
  if (count <= index_.places()) {
    return;
  }
  index_.reset(count);
  for (std::uint32_t number = 0; number < size(); ++number) {
    index_[place_of(groups_[number])] = number;
  }
}

}  // namespace mcswitch::host
