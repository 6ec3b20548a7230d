// SPDX-License-Identifier: BSD-3-Clause
//
// How the control thread changes what readers of the host table may be looking at: host_table.hpp has the
// protocol.
//
// Control thread only.

#pragma once

#include "table/host_table.hpp"

namespace mcswitch::table {

// Readers see the record as it was before, or as it is when this ends.
class HostTable::Change {
 public:
  explicit Change(Record& record) : record_{record}, who_{record.who.load(std::memory_order_relaxed)} {
    // A free record is odd already.
    if ((who_ & kCountOne) == 0) {
      who_ += kCountOne;
      record_.who.store(who_, std::memory_order_relaxed);
    }
  }
  ~Change() {
    if (is_kept_) {
      // Wraps round at its upper end.
      record_.who.store(who_ + kCountOne, std::memory_order_release);
    }
  }
  Change(const Change&) = delete;
  Change& operator=(const Change&) = delete;

  void identity(const Identity& host) {
    who_ = (who_ & ~kIdentity) | host.who;
    record_.address.store(host.address, std::memory_order_release);
  }
  void since(Stamp stamp) { record_.since.store(stamp, std::memory_order_release); }
  void last(Stamp stamp) { record_.last.store(stamp, std::memory_order_release); }
  void place(std::uint32_t place) { record_.place.store(place, std::memory_order_release); }
  void count_or_before(std::uint32_t value) {
    record_.count_or_before.store(value, std::memory_order_release);
  }
  // The record is free from now on, and its counter stays odd.
  void set_free() {
    who_ = (who_ & ~kIdentity) | kFree;
    record_.who.store(who_, std::memory_order_relaxed);
    is_kept_ = false;
  }

 private:
  Record& record_;
  std::uint64_t who_;
  bool is_kept_ = true;
};

// Readers that followed links of buckets meanwhile know that they did.
class HostTable::Relink {
 public:
  explicit Relink(std::atomic<std::uint32_t>& changes)
      : changes_{changes}, value_{changes.load(std::memory_order_relaxed)} {
    changes_.store(value_ + 1, std::memory_order_relaxed);
  }
  ~Relink() { changes_.store(value_ + 2, std::memory_order_release); }
  Relink(const Relink&) = delete;
  Relink& operator=(const Relink&) = delete;

 private:
  std::atomic<std::uint32_t>& changes_;
  const std::uint32_t value_;
};

}  // namespace mcswitch::table
