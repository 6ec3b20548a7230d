// SPDX-License-Identifier: BSD-3-Clause

#include "control/leave_checks.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace mcswitch::control {
namespace {

std::size_t slots_for(std::size_t groups) { return std::clamp<std::size_t>(groups, 1, LeaveChecks::kMost); }
// At most two thirds of them are in use.
std::size_t places_for(std::size_t slots) { return std::bit_ceil(slots + slots / 2 + 1); }

}  // namespace

LeaveChecks::LeaveChecks(std::size_t groups) : slots_(slots_for(groups)), due_{slots_.size()} {
  places_.reset(places_for(slots_.size()));
  // The first slots are used first, and stay in the caches.
  for (std::uint32_t slot = 0; slot < slots_.size(); ++slot) {
    slots_[slot].index = slot + 1;
  }
}

std::size_t LeaveChecks::memory_size(std::size_t groups) {
  const std::size_t slots = slots_for(groups);
  return slots * sizeof(Slot) + places_for(slots) * sizeof(std::uint32_t) + DueHeap::memory_size(slots);
}

const membership::LeaveCheck* LeaveChecks::find(Key key) const {
  const std::uint32_t slot = places_[place_of(index_of(key))];
  return slot == OpenIndex::kNone ? nullptr : &slots_[slot].check;
}

bool LeaveChecks::put(Key key, const membership::LeaveCheck& check) {
  const std::uint32_t index = index_of(key);
  std::uint32_t& slot = places_[place_of(index)];
  if (slot == OpenIndex::kNone) {
    if (first_free_ == slots_.size()) {
      return false;
    }
    slot = std::exchange(first_free_, slots_[first_free_].index);
    slots_[slot].index = index;
    ++count_;
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
  places_.erase(place, [&](std::uint32_t other) { return OpenIndex::hash_of(slots_[other].index); });
  slots_[slot].index = std::exchange(first_free_, slot);
  --count_;
}

}  // namespace mcswitch::control
