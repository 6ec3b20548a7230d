// SPDX-License-Identifier: BSD-3-Clause
//
// Open addressing with linear probing. Nothing marks a removed number: those behind it move up, so that a
// set that changes all the time stays as fast as a new one.

#include "host/group_numbers.hpp"

#include <algorithm>
#include <bit>
#include <cassert>

namespace mcswitch::host {
namespace {

constexpr std::size_t kFewestSlots = 4;

// At most three quarters of the slots are in use.
std::size_t slots_for(std::size_t groups) {
  return std::max(kFewestSlots, std::bit_ceil((groups * 4 + 2) / 3));
}

}  // namespace

void GroupNumbers::reserve(std::size_t count) {
  groups_.reserve(count);
  if (slots_for(count) > slots_.size()) {
    set_slot_count(slots_for(count));
  }
}

std::uint32_t GroupNumbers::find(const IpAddress& group) const {
  return slots_.empty() ? kNone : slots_[slot_of(group)];
}

std::uint32_t GroupNumbers::add(const IpAddress& group) {
  if (slots_for(groups_.size() + 1) > slots_.size()) {
    set_slot_count(slots_for(groups_.size() + 1));
  }
  const std::size_t slot = slot_of(group);
  assert(slots_[slot] == kNone);
  slots_[slot] = size();
  groups_.push_back(group);
  return slots_[slot];
}

void GroupNumbers::remove(std::uint32_t number) {
  std::size_t hole = slot_of(groups_[number]);
  // The last group takes over the number while all can still be found.
  slots_[slot_of(groups_.back())] = number;
  slots_[hole] = kNone;
  // Who stands behind the hole and has a home at or before it moves into it.
  for (std::size_t slot = after(hole); slots_[slot] != kNone; slot = after(slot)) {
    const IpAddress here = slots_[slot] == number ? groups_.back() : groups_[slots_[slot]];
    const std::size_t mask = slots_.size() - 1;
    if (((slot - home(here)) & mask) >= ((slot - hole) & mask)) {
      slots_[hole] = slots_[slot];
      slots_[slot] = kNone;
      hole = slot;
    }
  }
  groups_[number] = groups_.back();
  groups_.pop_back();
}

std::size_t GroupNumbers::slot_of(const IpAddress& group) const {
  std::size_t slot = home(group);
  while (slots_[slot] != kNone && groups_[slots_[slot]] != group) {
    slot = after(slot);
  }
  return slot;
}

void GroupNumbers::set_slot_count(std::size_t count) {
  slots_.assign(count, kNone);
  shift_ = 64 - static_cast<unsigned>(std::countr_zero(count));
  for (std::uint32_t number = 0; number < size(); ++number) {
    slots_[slot_of(groups_[number])] = number;
  }
}

}  // namespace mcswitch::host
