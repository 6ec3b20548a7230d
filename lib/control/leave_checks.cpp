// SPDX-License-Identifier: BSD-3-Clause

#include "control/leave_checks.hpp"

#include <algorithm>
#include <bit>

namespace mcswitch::control {
namespace {

std::size_t slots_for(std::size_t groups) { return std::clamp<std::size_t>(groups, 1, LeaveChecks::kMost); }
// At most two thirds of them are in use.
std::size_t places_for(std::size_t slots) { return std::bit_ceil(slots + slots / 2 + 1); }

}  // namespace

LeaveChecks::LeaveChecks(std::size_t groups)
    : slots_(slots_for(groups)), free_(slots_.size()), due_{slots_.size()} {
  places_.reset(places_for(slots_.size()));
  // The first slots are used first, and stay in the caches.
  for (std::size_t i = 0; i < free_.size(); ++i) {
    free_[i] = static_cast<std::uint32_t>(free_.size() - 1 - i);
  }
}

std::size_t LeaveChecks::memory_size(std::size_t groups) {
  const std::size_t slots = slots_for(groups);
  return slots * (sizeof(Slot) + sizeof(std::uint32_t)) + places_for(slots) * sizeof(std::uint32_t) +
         DueQueue::memory_size(slots);
}

const membership::LeaveCheck* LeaveChecks::find(Key key) const {
  const std::uint32_t slot = places_[place_of(index_of(key))];
  return slot == OpenIndex::kNone ? nullptr : &slots_[slot].check;
}

bool LeaveChecks::put(Key key, const membership::LeaveCheck& check) {
  const std::uint32_t index = index_of(key);
  std::uint32_t& slot = places_[place_of(index)];
  if (slot == OpenIndex::kNone) {
    if (free_.empty()) {
      return false;
    }
    slot = free_.back();
    free_.pop_back();
    slots_[slot].index = index;
  }
  slots_[slot].check = check;
  due_.set(slot, check.next());
  return true;
}

void LeaveChecks::erase(Key key) {
  const std::size_t place = place_of(index_of(key));
  const std::uint32_t slot = places_[place];
  if (slot == OpenIndex::kNone) {
    return;
  }
  due_.set(slot, kNever);
  free_.push_back(slot);
  places_.erase(place, [&](std::uint32_t other) { return OpenIndex::hash_of(slots_[other].index); });
}

}  // namespace mcswitch::control
