// SPDX-License-Identifier: BSD-3-Clause

#include "table/host_table.hpp"

#include "table/host_table_change.hpp"

namespace mcswitch::table {

namespace {

constexpr std::uint64_t kLinkLocalPrefix = 0xfe80'0000'0000'0000;

}  // namespace

HostTable::HostTable(std::uint32_t max_hosts, std::uint64_t seed)
    : max_hosts_{max_hosts},
      seed_{seed},
      records_{make_large_array<Record>(max_hosts)},
      buckets_{make_large_array<std::atomic<Number>>(bucket_count())} {}

std::size_t HostTable::memory_size(std::uint32_t max_hosts) {
  return max_hosts * sizeof(Record) + (std::size_t{max_hosts} / 2 + 1) * sizeof(Number);
}

// --- names of hosts -------------------------------------------------------------------------------

HostTable::Identity HostTable::identity_of(const Host& host) {
  if (host.address.is_v4()) {
    return {host.mac.bits & kMac, host.address.v4().bits};
  }
  return {(host.mac.bits & kMac) | kIsV6, host.address.low};
}

Host HostTable::host_of(std::uint64_t who, std::uint64_t address) {
  Host host{MacAddress{who & kMac}, {}};
  if ((who & kIsV6) == 0) {
    host.address = IpAddress::from(Ipv4Address{static_cast<std::uint32_t>(address)});
    return host;
  }
  host.address = {address == 0 ? 0 : kLinkLocalPrefix, address};
  return host;
}

// --- what happens to hosts ------------------------------------------------------------------------

// The first is about to be the latest no more: until `previous` it was.
void HostTable::pass_on(Number first, Stamp previous) noexcept {
  Record& record = at(first);
  if (record.last.load(std::memory_order_relaxed) >= previous) {
    return;
  }
  Change change{record};
  change.last(previous);
  change.place(record.place.load(std::memory_order_relaxed) & ~kLeft);  // if it had left, it has come back
}

HostTable::Seen HostTable::refresh(Record& first, Stamp stamp) noexcept {
  const std::uint32_t place = first.place.load(std::memory_order_relaxed);
  if ((place & kLeft) == 0) {
    first.last.store(stamp, std::memory_order_release);
    return Seen::known;
  }
  Change change{first};
  change.place(place & ~kLeft);
  change.since(stamp);
  change.last(stamp);
  return Seen::added;
}

HostTable::Seen HostTable::seen(EntryId entry, PortId port, const Host& host, Stamp stamp,
                                Stamp previous) noexcept {
  const std::uint32_t place = place_of(entry, port);
  const Identity identity = identity_of(host);
  Number first = find_first(place);
  if (first != 0 && is_host(first, identity)) {
    return refresh(at(first), stamp);
  }
  // A host reported before of which there was no message.
  bool is_incomplete = first == 0 && previous != 0 && previous != stamp;
  if (is_incomplete) {
    unknown_at_[port] = std::max(unknown_at_[port], previous);
  }
  if (first != 0) {
    pass_on(first, std::min(previous, stamp));
    const std::uint32_t marks = at(first).place.load(std::memory_order_relaxed);
    if ((marks & kLeft) != 0) {
      is_incomplete = (marks & kIncomplete) != 0;
      first = drop(first, first);
      if (first != 0 && is_host(first, identity)) {
        return refresh(at(first), stamp);
      }
    }
  }
  if (first != 0) {
    if (const Number known = find_other(first, identity); known != 0) {
      at(known).last.store(stamp, std::memory_order_release);
      move_first(known, first);
      return Seen::known;
    }
  }
  const bool has_room = first == 0 || size_of(first) < kMostOfOne;
  const Number number = has_room ? take_free() : 0;
  if (number == 0) {
    if (first != 0) {
      mark_incomplete(first, port, stamp);
    }
    return Seen::full;
  }
  {
    Change change{at(number)};
    change.identity(identity);
    change.since(stamp);
    change.last(stamp);
    change.place(place);
  }
  add_first(number, first, is_incomplete ? kIncomplete : 0);
  return Seen::added;
}

void HostTable::unknown(EntryId entry, PortId port, Stamp stamp) noexcept {
  if (const Number first = find_first(place_of(entry, port)); first != 0) {
    mark_incomplete(first, port, stamp);
  }
}

void HostTable::forget(EntryId entry, PortId port, const Host& host, Stamp stamp) noexcept {
  const std::uint32_t place = place_of(entry, port);
  const Identity identity = identity_of(host);
  const Number first = find_first(place);
  if (first == 0) {
    return;
  }
  const bool is_first = is_host(first, identity);
  const Number number = is_first ? first : find_other(first, identity);
  if (number == 0 || at(number).last.load(std::memory_order_relaxed) > stamp) {
    return;
  }
  if (!is_first) {
    drop(number, first);
    return;
  }
  Change change{at(first)};
  change.last(stamp);
  change.place(at(first).place.load(std::memory_order_relaxed) | kLeft);
}

std::uint32_t HostTable::forget_all(EntryId entry, PortId port) noexcept {
  const Number first = find_first(place_of(entry, port));
  if (first == 0) {
    return 0;
  }
  const std::uint32_t size = size_of(first);
  if (size > kSmall) {
    unchain_others(first);
  }
  unchain(first);
  for (Number number = first; number != 0;) {
    const Number next = at(number).next;
    give_back(number);
    number = next;
  }
  return size;
}

bool HostTable::is_only(EntryId entry, PortId port, const Host& host, TimePoint since,
                        Stamp report) const noexcept {
  const Identity identity = identity_of(host);
  const Number first = find_first(place_of(entry, port));
  if (first == 0 || is_incomplete(at(first), since)) {
    return false;
  }
  const auto last_of = [&](Number number) { return at(number).last.load(std::memory_order_relaxed); };
  if (!is_host(first, identity)) {
    const bool has_left = (at(first).place.load(std::memory_order_relaxed) & kLeft) != 0;
    if (time_of(std::max(last_of(first), report)) >= since && !(has_left && report <= last_of(first))) {
      return false;
    }
  }
  // The others are in the order of their last reports: one is enough.
  Number number = at(first).next;
  if (number != 0 && is_host(number, identity)) {
    number = at(number).next;
  }
  return number == 0 || time_of(last_of(number)) < since;
}

void HostTable::expire_one(Number number, const Term& term) noexcept {
  const Record& record = at(number);
  const std::uint32_t place = record.place.load(std::memory_order_relaxed);
  const bool is_first = (place & kFirst) != 0;
  const Stamp last = record.last.load(std::memory_order_relaxed);
  if (time_of(is_first ? std::max(last, term.report) : last) >= term.since) {
    return;
  }
  // The last of a set keeps the mark that there were others.
  if (is_first && record.next == 0 && is_incomplete(record, term.since)) {
    return;
  }
  drop(number, is_first ? number : find_first(place & kPlace));
}

// --- any thread -----------------------------------------------------------------------------------

bool HostTable::read(Number number, HostView& view, std::uint32_t& place,
                     std::uint32_t& count) const noexcept {
  // A change takes some nanoseconds; the control thread may be interrupted in the middle of one.
  constexpr int kAttempts = 1000;
  const Record& record = at(number);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::uint64_t who = record.who.load(std::memory_order_acquire);
    if ((who & kCountOne) != 0) {
      if ((who & kIdentity) == kFree) {
        return false;
      }
      continue;
    }
    const std::uint64_t address = record.address.load(std::memory_order_acquire);
    view.since = record.since.load(std::memory_order_acquire);
    view.last = record.last.load(std::memory_order_acquire);
    place = record.place.load(std::memory_order_acquire);
    count = record.count_or_before.load(std::memory_order_acquire);
    if (record.who.load(std::memory_order_relaxed) == who) {
      view.entry = place & kNoEntry;
      view.port = static_cast<PortId>(place >> 24 & 31);
      view.host = host_of(who, address);
      view.is_latest = (place & kFirst) != 0;
      view.has_left = (place & kLeft) != 0;
      return true;
    }
  }
  return false;
}

bool HostTable::snapshot(std::uint32_t index, HostView& view) const noexcept {
  std::uint32_t place = 0;
  std::uint32_t count = 0;
  return index < max_hosts_ && read(index + 1, view, place, count);
}

std::uint32_t HostTable::count(EntryId entry, PortId port, Stamp report) const noexcept {
  constexpr int kAttempts = 4;
  constexpr int kLongestChain = 64;  // a chain that changes under a reader may lead it round and round
  if (max_hosts_ == 0) {
    return 0;
  }
  const std::uint32_t wanted = place_of(entry, port);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const std::uint32_t changes = changes_.load(std::memory_order_acquire);
    Number number = bucket_of_set(wanted).load(std::memory_order_acquire);
    for (int steps = 0; number != 0 && steps < kLongestChain; ++steps) {
      HostView view;
      std::uint32_t place = 0;
      std::uint32_t count = 0;
      if (read(number, view, place, count) && (place & (kPlace | kFirst)) == (wanted | kFirst)) {
        return view.is_present(report) ? count : count - 1;
      }
      number = at(number).chain.load(std::memory_order_acquire);
    }
    // Not there, if nothing has changed meanwhile.
    if ((changes & 1) == 0 && changes_.load(std::memory_order_relaxed) == changes) {
      return 0;
    }
  }
  return 0;
}

}  // namespace mcswitch::table
