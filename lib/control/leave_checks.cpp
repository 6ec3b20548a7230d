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
    : slots_(slots_for(groups)),
      free_(slots_.size()),
      places_(places_for(slots_.size()), kNone),
      shift_{64 - static_cast<unsigned>(std::countr_zero(places_.size()))},
      due_{slots_.size()} {
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

std::size_t LeaveChecks::place_of(std::uint32_t index) const {
  std::size_t place = home(index);
  while (places_[place] != kNone && slots_[places_[place]].index != index) {
    place = after(place);
  }
  return place;
}

const membership::LeaveCheck* LeaveChecks::find(Key key) const {
  const std::uint32_t slot = places_[place_of(index_of(key))];
  return slot == kNone ? nullptr : &slots_[slot].check;
}

bool LeaveChecks::put(Key key, const membership::LeaveCheck& check) {
  const std::uint32_t index = index_of(key);
  std::uint32_t& slot = places_[place_of(index)];
  if (slot == kNone) {
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
  std::size_t hole = place_of(index_of(key));
  const std::uint32_t slot = places_[hole];
  if (slot == kNone) {
    return;
  }
  due_.set(slot, kNever);
  free_.push_back(slot);
  // Nothing marks the hole: who stands behind it and has a home at or before it moves into it.
  for (std::size_t place = after(hole); places_[place] != kNone; place = after(place)) {
    const std::size_t mask = places_.size() - 1;
    if (((place - home(slots_[places_[place]].index)) & mask) >= ((place - hole) & mask)) {
      places_[hole] = places_[place];
      hole = place;
    }
  }
  places_[hole] = kNone;
}

}  // namespace mcswitch::control
