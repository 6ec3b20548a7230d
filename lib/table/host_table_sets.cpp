// SPDX-License-Identifier: BSD-3-Clause
//
// How the records of the host table hang together: buckets, sets, and the free ones.

#include "table/group_key.hpp"
#include "table/host_table_change.hpp"

namespace mcswitch::table {

// --- buckets --------------------------------------------------------------------------------------

std::atomic<HostTable::Number>& HostTable::bucket(std::uint64_t hash) const noexcept {
  return buckets_[(hash >> 32) * bucket_count() >> 32];
}

std::atomic<HostTable::Number>& HostTable::bucket_of_set(std::uint32_t place) const noexcept {
  return bucket(mix(place, seed_));
}

std::atomic<HostTable::Number>& HostTable::bucket_of_host(std::uint32_t place,
                                                          const Identity& host) const noexcept {
  return bucket(mix(host.address ^ mix(host.who ^ mix(place, seed_), seed_), seed_));
}

std::atomic<HostTable::Number>& HostTable::bucket_of(const Record& record) const noexcept {
  const std::uint32_t place = record.place.load(std::memory_order_relaxed);
  return (place & kFirst) != 0
             ? bucket_of_set(place & kPlace)
             : bucket_of_host(place & kPlace, {record.who.load(std::memory_order_relaxed) & kIdentity,
                                               record.address.load(std::memory_order_relaxed)});
}

// With `place` as it will stay.
void HostTable::chain(Number number) noexcept {
  Record& record = at(number);
  std::atomic<Number>& head = bucket_of(record);
  const Relink relink{changes_};
  record.chain.store(head.load(std::memory_order_relaxed), std::memory_order_release);
  head.store(number, std::memory_order_release);
}

// What leads to the record in its bucket.
std::atomic<HostTable::Number>& HostTable::link_to(Number number) const noexcept {
  std::atomic<Number>* link = &bucket_of(at(number));
  while (link->load(std::memory_order_relaxed) != number) {
    link = &at(link->load(std::memory_order_relaxed)).chain;
  }
  return *link;
}

void HostTable::unchain(Number number) noexcept {
  std::atomic<Number>& link = link_to(number);
  const Relink relink{changes_};
  link.store(at(number).chain.load(std::memory_order_relaxed), std::memory_order_release);
}

// `other`, which is in no bucket, takes the place of the first of its set in the bucket of that.
void HostTable::replace(Number first, Number other) noexcept {
  std::atomic<Number>& link = link_to(first);
  const Relink relink{changes_};
  at(other).chain.store(at(first).chain.load(std::memory_order_relaxed), std::memory_order_release);
  link.store(other, std::memory_order_release);
}

HostTable::Number HostTable::find_first(std::uint32_t place) const noexcept {
  if (max_hosts_ == 0) {
    return 0;
  }
  Number number = bucket_of_set(place).load(std::memory_order_relaxed);
  while (number != 0 &&
         (at(number).place.load(std::memory_order_relaxed) & (kPlace | kFirst)) != (place | kFirst)) {
    number = at(number).chain.load(std::memory_order_relaxed);
  }
  return number;
}

bool HostTable::is_host(Number number, const Identity& host) const noexcept {
  const Record& record = at(number);
  return (record.who.load(std::memory_order_relaxed) & kIdentity) == host.who &&
         record.address.load(std::memory_order_relaxed) == host.address;
}

std::uint32_t HostTable::size_of(Number first) const noexcept {
  return at(first).count_or_before.load(std::memory_order_relaxed);
}

HostTable::Number HostTable::find_other(Number first, const Identity& host) const noexcept {
  if (size_of(first) <= kSmall) {
    Number number = at(first).next;
    while (number != 0 && !is_host(number, host)) {
      number = at(number).next;
    }
    return number;
  }
  const std::uint32_t place = at(first).place.load(std::memory_order_relaxed) & kPlace;
  Number number = bucket_of_host(place, host).load(std::memory_order_relaxed);
  while (number != 0 && !((at(number).place.load(std::memory_order_relaxed) & (kPlace | kFirst)) == place &&
                          is_host(number, host))) {
    number = at(number).chain.load(std::memory_order_relaxed);
  }
  return number;
}

// --- sets -----------------------------------------------------------------------------------------

void HostTable::chain_others(Number first) noexcept {
  for (Number number = at(first).next; number != 0; number = at(number).next) {
    chain(number);
  }
}

void HostTable::unchain_others(Number first) noexcept {
  for (Number number = at(first).next; number != 0; number = at(number).next) {
    unchain(number);
  }
}

// A record that is in no set and no bucket becomes the first of the set of `old_first`, which has `size`
// records then.
void HostTable::lead(Number number, Number old_first, std::uint32_t size) noexcept {
  Record& record = at(number);
  Record& old = at(old_first);
  const std::uint32_t place = old.place.load(std::memory_order_relaxed);
  record.next = old_first;
  {
    Change change{record};
    change.place((place & (kPlace | kIncomplete)) | kFirst);
    change.count_or_before(size);
  }
  replace(old_first, number);
  {
    Change change{old};
    change.place(place & kPlace);
    change.count_or_before(number);
  }
}

// A new record becomes the first: of the set of `first`, or of a new one with `marks`.
void HostTable::add_first(Number number, Number first, std::uint32_t marks) noexcept {
  Record& record = at(number);
  if (first == 0) {
    record.next = 0;
    {
      Change change{record};
      change.place((record.place.load(std::memory_order_relaxed) & kPlace) | kFirst | marks);
      change.count_or_before(1);
    }
    return chain(number);
  }
  const std::uint32_t size = size_of(first) + 1;
  lead(number, first, size);
  if (size == kSmall + 1) {
    chain_others(number);
  } else if (size > kSmall) {
    chain(first);
  }
}

// Another one of the set becomes its first.
void HostTable::move_first(Number number, Number first) noexcept {
  const std::uint32_t size = size_of(first);
  if (size > kSmall) {
    unchain(number);
  }
  unlist(number);
  lead(number, first, size);
  if (size > kSmall) {
    chain(first);
  }
}

// Out of the list of its set, of which it is not the first.
void HostTable::unlist(Number number) noexcept {
  const Record& record = at(number);
  const Number before = record.count_or_before.load(std::memory_order_relaxed);
  at(before).next = record.next;
  if (record.next != 0) {
    at(record.next).count_or_before.store(before, std::memory_order_release);
  }
}

// Out of its set and its bucket. The next one is the first if `number` was.
void HostTable::take_out(Number number, Number first) noexcept {
  const std::uint32_t size = size_of(first) - 1;
  if (size == kSmall) {
    unchain_others(first);
  } else if (size > kSmall && number != first) {
    unchain(number);
  }
  if (number != first) {
    unlist(number);
    at(first).count_or_before.store(size, std::memory_order_release);
    return;
  }
  const Record& record = at(first);
  if (record.next == 0) {
    return unchain(first);
  }
  if (size > kSmall) {
    unchain(record.next);
  }
  {
    Record& next = at(record.next);
    Change change{next};
    const std::uint32_t marks = record.place.load(std::memory_order_relaxed) & kIncomplete;
    change.place((next.place.load(std::memory_order_relaxed) & kPlace) | kFirst | marks);
    change.count_or_before(size);
  }
  replace(first, record.next);
}

// Returns the first of the set afterwards.
HostTable::Number HostTable::drop(Number number, Number first) noexcept {
  const Number next = at(number).next;
  take_out(number, first);
  give_back(number);
  return number == first ? next : first;
}

HostTable::Number HostTable::take_free() noexcept {
  Number number = free_;
  if (number != 0) {
    free_ = at(number).next;
  } else if (never_used_ < max_hosts_) {
    number = ++never_used_;
  } else {
    return 0;
  }
  size_.store(size_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  return number;
}

// One that is in no set and no bucket.
void HostTable::give_back(Number number) noexcept {
  Record& record = at(number);
  Change{record}.set_free();
  record.next = free_;
  free_ = number;
  size_.store(size_.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
}

void HostTable::mark_incomplete(Number first, PortId port, Stamp stamp) noexcept {
  unknown_at_[port] = std::max(unknown_at_[port], stamp);
  std::atomic<std::uint32_t>& place = at(first).place;
  place.store(place.load(std::memory_order_relaxed) | kIncomplete, std::memory_order_release);
}

bool HostTable::is_incomplete(const Record& first, TimePoint since) const noexcept {
  const std::uint32_t place = first.place.load(std::memory_order_relaxed);
  return (place & kIncomplete) != 0 && time_of(unknown_at_[place >> 24 & 31]) >= since;
}

}  // namespace mcswitch::table
