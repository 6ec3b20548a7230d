// SPDX-License-Identifier: BSD-3-Clause
//
// MAC table: behind which port is (VLAN, MAC address)? (IEEE 802.1Q section 8.7, 8.8)
//
// Any thread may look up, workers also learn, and only the control thread drops addresses. The type says who
// may do what:
//
//   reader   const MacTable&   any number    find(), snapshot(), counts
//   worker   MacTable&         any number    the same, and learn()
//   control  MacControl&       exactly one   the same, and age(), forget()
//
// All may run at once; no call but the constructor blocks, allocates or makes a system call.
//
// What may happen, and is harmless: two workers that learn the same address at the same moment may
// take two slots for it; lookups use the first, the other ages out. When `max_macs` are known, or both
// buckets of an address are full, it is not learned (counted by the caller) and frames to it are flooded.
//
// Layout: a bucket is one cache line of four (key, value) slots of 16 bytes; there are half as many slots
// again as addresses, and a second bucket is tried when the first is full.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/large_array.hpp"
#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "base/time.hpp"

namespace mcswitch::table {

enum class LearnResult : std::uint8_t { known, learned, moved, full };

struct MacEntry {
  VlanId vlan = 0;
  MacAddress mac;
  PortId port = 0;
  TimePoint last_seen;
};

class MacTable {
 public:
  MacTable(const MacTable&) = delete;
  MacTable& operator=(const MacTable&) = delete;

  // --- readers ----------------------------------------------------------------------------------
  [[nodiscard]] std::optional<PortId> find(VlanId vlan, MacAddress mac) const noexcept;
  [[nodiscard]] std::size_t slot_count() const noexcept { return bucket_count_ * kSlotsPerBucket; }
  // The address in slot `index`, 0 to slot_count() - 1, if there is one.
  [[nodiscard]] std::optional<MacEntry> snapshot(std::size_t index) const noexcept;
  [[nodiscard]] std::uint32_t count() const noexcept { return count_.load(std::memory_order_relaxed); }

  // --- workers ----------------------------------------------------------------------------------
  // Notes that `mac` is behind `port`. The time of a known address is written at most once a second,
  // so that a steady stream does not keep dirtying the line that other workers read.
  LearnResult learn(VlanId vlan, MacAddress mac, PortId port, TimePoint now) noexcept;

 protected:
  // Made as a MacControl.
  MacTable(std::uint32_t max_macs, std::uint64_t seed);
  ~MacTable();

  static constexpr std::size_t kSlotsPerBucket = 4;
  // key: VLAN in bits 48-59, MAC address in bits 0-47; 0: free. Workers take a free one by
  // compare-and-swap, control frees it.
  // value: port in bits 56-63, time last seen in milliseconds below. 0 until the learner has filled it.
  struct Slot {
    std::atomic<std::uint64_t> key{0};
    std::atomic<std::uint64_t> value{0};
  };
  struct alignas(64) Bucket {
    Slot slots[kSlotsPerBucket];
  };
  static_assert(sizeof(Bucket) == 64);

  static std::uint64_t key_of(VlanId vlan, MacAddress mac) { return std::uint64_t{vlan} << 48 | mac.bits; }
  void drop(Slot& slot, std::uint64_t key) noexcept;
  [[nodiscard]] Slot& slot_at(std::size_t index) const noexcept {
    return buckets_[index / kSlotsPerBucket].slots[index % kSlotsPerBucket];
  }

 private:
  struct Pair {
    Bucket* first;
    Bucket* second;
  };
  [[nodiscard]] Pair buckets_of(std::uint64_t key) const noexcept;

  const std::uint32_t max_macs_;
  const std::size_t bucket_count_;
  const std::uint64_t seed_;
  const LargeArray<Bucket> buckets_;
  std::atomic<std::uint32_t> count_{0};  // workers add, control subtracts, any thread reads
};

// The whole table. Its owner gives MacTable& to workers, and keeps this type for the control thread.
class MacControl final : public MacTable {
 public:
  // `seed` should be random per process: addresses are chosen by strangers.
  MacControl(std::uint32_t max_macs, std::uint64_t seed) : MacTable{max_macs, seed} {}
  // Bytes that the constructor takes.
  static std::size_t memory_size(std::uint32_t max_macs);

  // Looks at `slots` further slots, round and round, and drops addresses not seen since `before`.
  void age(std::size_t slots, TimePoint before) noexcept;
  // Drops the addresses behind any of `ports` in `count` slots from slot `first` on, round the end.
  void forget(PortSet ports, std::size_t first, std::size_t count) noexcept;

 private:
  std::size_t age_cursor_ = 0;
};

}  // namespace mcswitch::table
