// SPDX-License-Identifier: BSD-3-Clause
//
// Who is a member: one record for each (entry of the group table, port, host). A host is known by its MAC and
// its IP source address. For `mcsctl groups --hosts`, and for fast leave, which needs to know whether the
// host that leaves is the only one (RFC 9776 appendix A.2 calls this explicit tracking).
//
// What the table learns
//   A worker notifies the control thread of a report only if another host than the last one has sent it
//   (Membership::reporter). So the *latest* host of a membership goes on reporting without a message to this
//   table, and the stamp of the membership is the time of its last report. Records of one membership are a
//   list in the order of their last reports, the latest first; when another host becomes the latest, the
//   stamp of the membership until then is noted as the last report of the one before. A latest host that
//   leaves keeps its record, marked `left`: if it comes back, there is no message, but the stamp of the
//   membership is then newer than the leave.
//
// What it cannot know
//   Hosts without a message, or for which there was no room, make the set of a membership *incomplete*, by a
//   mark on its first record. It counts until a membership interval has passed in which no host of the port
//   went unknown. A set without records says nothing about who is there.
//
// Threads
//   control    one: all but what stands under "any thread".
//   telemetry  any number: snapshot(), count(), and the sizes. They never make the control thread wait: who
//              meets a record in change tries again for a while, then does without.
//   No call blocks, allocates or makes a system call, apart from the constructor. All calls take a constant
//   number of steps on average, however many hosts a membership has, except forget_all() and expire().
//
// Who reads and writes what
//   Every field that telemetry reads is atomic, and the control thread alone writes. A change of a record
//   that is more than one word makes its counter (Record::who, upper bits) odd before and even after:
//
//     control                                     telemetry
//     who: odd         (relaxed)                  who, even         (acquire)  pairs with its store
//     fields           (release)                  fields            (acquire)  pair with their stores
//     who: next even   (release)                  who, unchanged?   (relaxed)
//
//   If a reader has any field from a later change, that load is ordered behind the store that made the
//   counter odd, so its second look at the counter shows it. The counter of 15 bits comes round after 16,384
//   changes of one record; a reader that sleeps through exactly so many may show a row that is half old. The
//   links of the buckets have a counter of their own for the whole table, changes_, used in the same way.

#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/large_array.hpp"
#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "base/time.hpp"
#include "table/group_table.hpp"

namespace mcswitch::table {

struct Host {
  MacAddress mac;
  // IPv4, or an IPv6 link-local address, as all that report have (RFC 9777 section 5.2.13), or ::.
  IpAddress address;
  friend bool operator==(const Host&, const Host&) = default;
};

// A row for telemetry.
struct HostView {
  EntryId entry = kNoEntry;
  PortId port = 0;
  Host host;
  Stamp since = 0;
  // Of the latest host: as far as this table knows; see last_report().
  Stamp last = 0;
  bool is_latest = false;
  bool has_left = false;

  // Is it a member still? `report`: the stamp of the membership.
  [[nodiscard]] bool is_present(Stamp report) const { return !has_left || report > last; }
  [[nodiscard]] Stamp last_report(Stamp report) const { return is_latest ? std::max(last, report) : last; }
};

class HostTable {
 public:
  enum class Seen : std::uint8_t {
    known,
    added,
    full,  // no room, or kMostOfOne reached; count it. The set is incomplete from now on
  };

  // Sets up to this size are searched from their first record on.
  static constexpr std::uint32_t kSmall = 8;
  // Hosts of one membership: bounds what forget_all() takes.
  static constexpr std::uint32_t kMostOfOne = 2048;

  // Takes all memory it will ever use. `max_hosts` 0 to 16,777,215. `seed` should be random per process:
  // addresses are chosen by strangers.
  HostTable(std::uint32_t max_hosts, std::uint64_t seed);
  HostTable(const HostTable&) = delete;
  HostTable& operator=(const HostTable&) = delete;

  // Bytes that the constructor takes: 48 a record, and 4 for each two of them to find them by.
  static std::size_t memory_size(std::uint32_t max_hosts);

  // --- control ----------------------------------------------------------------------------------

  // `host` has reported, and is the latest now. `stamp`, of its report, rises from call to call for one port.
  // `previous`: the stamp that the membership had before this report, 0 if there was none; the same as
  // `stamp` if it is not known: then the host that was the latest counts as having reported just before.
  Seen seen(EntryId entry, PortId port, const Host& host, Stamp stamp, Stamp previous) noexcept;

  // Unknown hosts have reported this membership, the last one not after `stamp`. If a known host comes in the
  // same message (HostMessage::others_unknown), call seen() first.
  void unknown(EntryId entry, PortId port, Stamp stamp) noexcept;

  // `host` has left the group, or blocked the source: by a message with the stamp `stamp`.
  void forget(EntryId entry, PortId port, const Host& host, Stamp stamp) noexcept;

  // The membership has ended. Before its entry is used again. Returns how many records there were.
  std::uint32_t forget_all(EntryId entry, PortId port) noexcept;

  // True if no other host than `host` can be a member: of those that have reported at or after `since`, none
  // is another one, and none is unknown. False in doubt. `report`: the stamp of the membership, not newer
  // than the leave in question. (A worker that could not send a message about the latest host says so in
  // Membership::reporter: then do not ask here.)
  [[nodiscard]] bool is_only(EntryId entry, PortId port, const Host& host, TimePoint since,
                             Stamp report) const noexcept;

  // Of the membership of a record: what expire() needs to know.
  struct Term {
    Stamp report;     // stamp of the membership
    TimePoint since;  // a host that has not reported since then is gone
  };
  // Looks at the next `limit` places and drops the records of hosts that are gone; term(entry, port) gives
  // the Term. Call it with a part of the capacity now and then; it goes round.
  template <typename TermOf>
  void expire(std::uint32_t limit, TermOf&& term);

  // --- any thread -------------------------------------------------------------------------------

  [[nodiscard]] std::uint32_t capacity() const noexcept { return max_hosts_; }
  // Records in use; a snapshot.
  [[nodiscard]] std::uint32_t size() const noexcept { return size_.load(std::memory_order_relaxed); }
  // Hosts of a membership whose stamp is `report`. 0 too if it was not found in a table that never stood
  // still.
  [[nodiscard]] std::uint32_t count(EntryId entry, PortId port, Stamp report) const noexcept;
  // True and the record of place `index` (0 to capacity() - 1), if it is in use. A record that is there
  // all the time keeps its place. Its entry is what the group table says in the same reader section.
  [[nodiscard]] bool snapshot(std::uint32_t index, HostView& view) const noexcept;

 private:
  // Number of a record: 1 to max_hosts_; 0: none.
  using Number = std::uint32_t;

  static constexpr std::uint64_t kMac = 0xffff'ffff'ffff;
  static constexpr std::uint64_t kIsV6 = std::uint64_t{1} << 48;
  static constexpr std::uint64_t kCountOne = std::uint64_t{1} << 49;
  static constexpr std::uint64_t kIdentity = kMac | kIsV6;
  static constexpr std::uint64_t kFree = kMac;  // the broadcast address, which no host has
  static constexpr std::uint32_t kPlace = (std::uint32_t{1} << 29) - 1;
  static constexpr std::uint32_t kFirst = std::uint32_t{1} << 29;
  static constexpr std::uint32_t kLeft = std::uint32_t{1} << 30;        // of the first
  static constexpr std::uint32_t kIncomplete = std::uint32_t{1} << 31;  // of the first

  // The first record of a set is in the chain of its (entry, port); of sets larger than kSmall, each other
  // one is in the chain of its (entry, port, host).
  struct Record {
    std::atomic<std::uint64_t> who{kCountOne | kFree};  // MAC address, family (bit 48), counter (from bit 49)
    std::atomic<std::uint64_t> address{0};              // IPv4, or the lower half of a link-local address
    std::atomic<Stamp> since{0};
    std::atomic<Stamp> last{0};
    std::atomic<std::uint32_t> place{0};  // entry, port (from bit 24), marks (from bit 29)
    std::atomic<Number> chain{0};         // next in its bucket
    Number next = 0;                      // control only: in its set, or among the free ones
    // Of the first of a set: how many there are. Else, control only: the one before it in the set.
    std::atomic<std::uint32_t> count_or_before{0};
  };
  static_assert(sizeof(Record) == 48);

  struct Identity {
    std::uint64_t who;
    std::uint64_t address;
  };
  // A change of a record that readers must see whole or not at all.
  class Change;
  // The same for the links of buckets.
  class Relink;

  static std::uint32_t place_of(EntryId entry, PortId port) { return entry | std::uint32_t{port} << 24; }
  static Identity identity_of(const Host& host);
  static Host host_of(std::uint64_t who, std::uint64_t address);

  [[nodiscard]] Record& at(Number number) const noexcept { return records_[number - 1]; }
  [[nodiscard]] std::uint32_t bucket_count() const noexcept { return max_hosts_ / 2 + 1; }
  [[nodiscard]] std::atomic<Number>& bucket(std::uint64_t hash) const noexcept;
  [[nodiscard]] std::atomic<Number>& bucket_of_set(std::uint32_t place) const noexcept;
  [[nodiscard]] std::atomic<Number>& bucket_of_host(std::uint32_t place, const Identity& host) const noexcept;
  [[nodiscard]] std::atomic<Number>& bucket_of(const Record& record) const noexcept;

  [[nodiscard]] Number find_first(std::uint32_t place) const noexcept;
  [[nodiscard]] std::uint32_t size_of(Number first) const noexcept;
  // One that is not the first; 0: none.
  [[nodiscard]] Number find_other(Number first, const Identity& host) const noexcept;
  [[nodiscard]] bool is_host(Number number, const Identity& host) const noexcept;
  [[nodiscard]] bool is_incomplete(const Record& first, TimePoint since) const noexcept;

  // Sets that grow beyond kSmall, and that shrink to it.
  void chain_others(Number first) noexcept;
  void unchain_others(Number first) noexcept;
  void chain(Number number) noexcept;
  void unchain(Number number) noexcept;
  void replace(Number first, Number other) noexcept;
  [[nodiscard]] std::atomic<Number>& link_to(Number number) const noexcept;
  void lead(Number number, Number old_first, std::uint32_t size) noexcept;
  void add_first(Number number, Number first, std::uint32_t marks) noexcept;
  void move_first(Number number, Number first) noexcept;
  void unlist(Number number) noexcept;
  void take_out(Number number, Number first) noexcept;
  Number drop(Number number, Number first) noexcept;
  [[nodiscard]] Number take_free() noexcept;
  void give_back(Number number) noexcept;
  void pass_on(Number first, Stamp previous) noexcept;
  static Seen refresh(Record& first, Stamp stamp) noexcept;
  void mark_incomplete(Number first, PortId port, Stamp stamp) noexcept;
  void expire_one(Number number, const Term& term) noexcept;
  bool read(Number number, HostView& view, std::uint32_t& place, std::uint32_t& count) const noexcept;

  const std::uint32_t max_hosts_;
  const std::uint64_t seed_;
  LargeArray<Record> records_;
  LargeArray<std::atomic<Number>> buckets_;
  std::atomic<std::uint32_t> changes_{0};  // odd while links of buckets change
  std::atomic<std::uint32_t> size_{0};
  // Control only.
  Number free_ = 0;
  std::uint32_t never_used_ = 0;               // records from this index on have not been used yet
  std::uint32_t cursor_ = 0;                   // of expire()
  std::array<Stamp, kMaxPorts> unknown_at_{};  // when a host of the port went unknown last
};

template <typename TermOf>
void HostTable::expire(std::uint32_t limit, TermOf&& term) {
  for (std::uint32_t n = std::min(limit, never_used_); n != 0; --n) {
    cursor_ = cursor_ < never_used_ ? cursor_ + 1 : 1;
    const Record& record = at(cursor_);
    if ((record.who.load(std::memory_order_relaxed) & kCountOne) == 0) {
      const std::uint32_t place = record.place.load(std::memory_order_relaxed);
      expire_one(cursor_, term(place & 0xffffff, static_cast<PortId>(place >> 24 & 31)));
    }
  }
}

}  // namespace mcswitch::table
