// SPDX-License-Identifier: BSD-3-Clause

#include "table/mac_table.hpp"

#include <algorithm>
#include <iterator>

#include "table/group_key.hpp"

namespace mcswitch::table {
namespace {

// value: port in bits 56-63, milliseconds since the start of the time line in bits 0-55, plus one so
// that a filled slot is never 0.
std::uint64_t value_of(PortId port, TimePoint t) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(t.time_since_epoch()).count();
  return std::uint64_t{port} << 56 | ((static_cast<std::uint64_t>(ms) + 1) & 0xff'ffff'ffff'ffff);
}
PortId port_of(std::uint64_t value) { return static_cast<PortId>(value >> 56); }
TimePoint seen_of(std::uint64_t value) {
  const auto ms = static_cast<std::int64_t>(value & 0xff'ffff'ffff'ffff) - 1;
  return TimePoint{std::chrono::milliseconds{ms}};
}

constexpr Duration kTouchInterval = std::chrono::seconds{1};

std::size_t mac_bucket_count(std::uint32_t max_macs) {
  // Half as many slots again as addresses: with two buckets to choose from, the last address still finds
  // room.
  return std::max<std::size_t>(2, std::size_t{max_macs} * 3 / 2 / 4 + 1);
}

}  // namespace

MacTable::MacTable(std::uint32_t max_macs, std::uint64_t seed)
    : max_macs_{max_macs},
      bucket_count_{mac_bucket_count(max_macs)},
      seed_{seed},
      buckets_{make_large_array<Bucket>(bucket_count_)} {}

MacTable::~MacTable() = default;

std::size_t MacControl::memory_size(std::uint32_t max_macs) {
  return mac_bucket_count(max_macs) * sizeof(Bucket);
}

MacTable::Pair MacTable::buckets_of(std::uint64_t key) const noexcept {
  const std::uint64_t h = mix(key, seed_);
  const auto index = [&](std::uint64_t half) {
    return static_cast<std::size_t>(half * std::uint64_t{bucket_count_} >> 32);
  };
  const std::size_t first = index(h >> 32);
  const std::size_t second = index(h & 0xffffffff);
  return {&buckets_[first], &buckets_[second]};
}

std::optional<PortId> MacTable::find(VlanId vlan, MacAddress mac) const noexcept {
  const std::uint64_t key = key_of(vlan, mac);
  const Pair pair = buckets_of(key);
  for (const Bucket* bucket : {pair.first, pair.second}) {
    for (const Slot& slot : bucket->slots) {
      // Key and value are not of one moment. The worst that a mixture gives is the port of an address
      // that has just taken the place of an aged one: one frame to a wrong port instead of a flood.
      if (slot.key.load(std::memory_order_acquire) == key) {
        const std::uint64_t value = slot.value.load(std::memory_order_relaxed);
        if (value != 0) {
          return port_of(value);
        }
      }
    }
  }
  return std::nullopt;
}

LearnResult MacTable::learn(VlanId vlan, MacAddress mac, PortId port, TimePoint now) noexcept {
  const std::uint64_t key = key_of(vlan, mac);
  const Pair pair = buckets_of(key);
  for (Bucket* bucket : {pair.first, pair.second}) {
    for (Slot& slot : bucket->slots) {
      if (slot.key.load(std::memory_order_acquire) != key) {
        continue;
      }
      const std::uint64_t value = slot.value.load(std::memory_order_relaxed);
      if (port_of(value) != port) {
        slot.value.store(value_of(port, now), std::memory_order_relaxed);
        return value == 0 ? LearnResult::known : LearnResult::moved;
      }
      if (now - seen_of(value) >= kTouchInterval) {
        slot.value.store(value_of(port, now), std::memory_order_relaxed);
      }
      return LearnResult::known;
    }
  }
  // A full table is found by a load: a store would take the line from the other workers.
  if (count_.load(std::memory_order_relaxed) >= max_macs_) {
    return LearnResult::full;
  }
  // Reserved first, given back on failure, so that two workers cannot both take the last one.
  if (count_.fetch_add(1, std::memory_order_relaxed) >= max_macs_) {
    count_.fetch_sub(1, std::memory_order_relaxed);
    return LearnResult::full;
  }
  // The emptier of the two first: that is what lets the last addresses still find room.
  const auto used = [](const Bucket& bucket) {
    return std::count_if(std::begin(bucket.slots), std::end(bucket.slots),
                         [](const Slot& slot) { return slot.key.load(std::memory_order_relaxed) != 0; });
  };
  const bool swap = used(*pair.second) < used(*pair.first);
  for (Bucket* bucket : {swap ? pair.second : pair.first, swap ? pair.first : pair.second}) {
    for (Slot& slot : bucket->slots) {
      std::uint64_t unused = 0;
      // Pairs with the release store in drop().
      if (slot.key.load(std::memory_order_relaxed) == 0 &&
          slot.key.compare_exchange_strong(unused, key, std::memory_order_acq_rel,
                                           std::memory_order_relaxed)) {
        slot.value.store(value_of(port, now), std::memory_order_relaxed);
        return LearnResult::learned;
      }
    }
  }
  count_.fetch_sub(1, std::memory_order_relaxed);
  return LearnResult::full;
}

void MacTable::drop(Slot& slot, std::uint64_t key) noexcept {
  // The value first, so that the next owner of the slot starts without one.
  slot.value.store(0, std::memory_order_relaxed);
  if (slot.key.compare_exchange_strong(key, 0, std::memory_order_acq_rel, std::memory_order_relaxed)) {
    count_.fetch_sub(1, std::memory_order_relaxed);
  }
}

void MacControl::age(std::size_t slots, TimePoint before) noexcept {
  for (std::size_t n = 0; n < slots; ++n) {
    age_cursor_ = age_cursor_ + 1 < slot_count() ? age_cursor_ + 1 : 0;
    Slot& slot = slot_at(age_cursor_);
    const std::uint64_t key = slot.key.load(std::memory_order_relaxed);
    if (key == 0) {
      continue;
    }
    const std::uint64_t value = slot.value.load(std::memory_order_relaxed);
    if (value != 0 && seen_of(value) < before) {
      drop(slot, key);
    }
  }
}

void MacControl::forget(PortSet ports, std::size_t first, std::size_t count) noexcept {
  std::size_t at = first % slot_count();
  for (; count > 0; --count) {
    Slot& slot = slot_at(at);
    at = at + 1 < slot_count() ? at + 1 : 0;
    const std::uint64_t key = slot.key.load(std::memory_order_relaxed);
    const std::uint64_t value = slot.value.load(std::memory_order_relaxed);
    if (key != 0 && value != 0 && ports.contains(port_of(value))) {
      drop(slot, key);
    }
  }
}

std::optional<MacEntry> MacTable::snapshot(std::size_t index) const noexcept {
  const Slot& slot = slot_at(index);
  const std::uint64_t key = slot.key.load(std::memory_order_acquire);
  const std::uint64_t value = slot.value.load(std::memory_order_relaxed);
  if (key == 0 || value == 0) {
    return std::nullopt;
  }
  return MacEntry{static_cast<VlanId>(key >> 48), MacAddress{key & 0xffff'ffff'ffff}, port_of(value),
                  seen_of(value)};
}

}  // namespace mcswitch::table
