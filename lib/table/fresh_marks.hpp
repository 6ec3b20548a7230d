// SPDX-License-Identifier: BSD-3-Clause
//
// Fresh marks: which entries have gained a port, or need another look, since the control thread looked last?
//
// Threads
//   any      mark(). Never refused, even if rings are full.
//   control  exactly one: take(), position(), pass_from_here().
//   All may run at once; no call blocks or allocates. mark() takes two read-modify-writes.
//
// No mark is lost: take() gives it, now or at a later call. The thread that takes a mark sees all that the
// marking thread wrote before mark().
//
// One bit for each entry, and one bit for 64 of those, so that a call that finds nothing reads one word for
// 4096 entries. mark() sets the entry's bit first, take() clears the other one first: an entry's bit without
// the other one is there only while mark() is between the two.

#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/large_array.hpp"
#include "table/membership.hpp"

namespace mcswitch::table {

class FreshMarks {
 public:
  // Of entries 0 to `entries` - 1.
  explicit FreshMarks(std::uint32_t entries)
      : word_count_{words_for(entries)},
        summary_count_{words_for(word_count_)},
        marks_{make_large_array<std::atomic<std::uint64_t>>(word_count_)},
        summary_{make_large_array<std::atomic<std::uint64_t>>(summary_count_)} {}
  // Bytes that the constructor takes.
  static constexpr std::size_t memory_size(std::uint32_t entries) {
    return (words_for(entries) + words_for(words_for(entries))) * sizeof(std::uint64_t);
  }

  void mark(EntryId id) noexcept {
    const std::size_t word = id / 64;
    // Both pair with the exchanges in take(): the control thread that takes the mark sees the port's bit.
    marks_[word].fetch_or(std::uint64_t{1} << (id % 64), std::memory_order_release);
    summary_[word / 64].fetch_or(std::uint64_t{1} << (word % 64), std::memory_order_release);
  }

  // Takes marks and calls visit(EntryId) for each, `limit` at most; the rest is for the next call. True if
  // there is more. A call that gives false has passed over all entries.
  template <typename Visitor>
  bool take(std::size_t limit, Visitor&& visit);

  // How far take() has come since the start; and how far it will have come when every mark that has been set
  // by now, and not taken, has been given.
  [[nodiscard]] std::uint64_t position() const noexcept { return position_; }
  [[nodiscard]] std::uint64_t pass_from_here() const noexcept { return position_ + summary_count_; }

 private:
  static constexpr std::size_t words_for(std::size_t bits) { return (bits + 63) / 64; }

  const std::size_t word_count_;
  const std::size_t summary_count_;
  // Any thread sets bits, control takes words.
  const LargeArray<std::atomic<std::uint64_t>> marks_;
  const LargeArray<std::atomic<std::uint64_t>> summary_;
  // Control only: the next word of the summary, and how many have been taken whole.
  std::size_t cursor_ = 0;
  std::uint64_t position_ = 0;
};

template <typename Visitor>
bool FreshMarks::take(std::size_t limit, Visitor&& visit) {
  for (std::size_t n = 0; n < summary_count_; ++n, ++cursor_, ++position_) {
    if (cursor_ >= summary_count_) {
      cursor_ = 0;
    }
    std::atomic<std::uint64_t>& summary = summary_[cursor_];
    if (summary.load(std::memory_order_relaxed) == 0) {
      continue;
    }
    // This and the exchange below pair with the release fetch_ors in mark().
    std::uint64_t words = summary.exchange(0, std::memory_order_acq_rel);
    while (words != 0) {
      const auto w = static_cast<unsigned>(std::countr_zero(words));
      const std::size_t word = cursor_ * 64 + w;
      std::uint64_t ids = marks_[word].exchange(0, std::memory_order_acq_rel);
      words &= words - 1;
      while (ids != 0) {
        const auto id = static_cast<EntryId>(word * 64 + static_cast<unsigned>(std::countr_zero(ids)));
        ids &= ids - 1;
        if (limit == 0) {
          // Put back the marks beyond the limit of this call.
          marks_[word].fetch_or(ids | std::uint64_t{1} << (id % 64), std::memory_order_release);
          summary.fetch_or(words | std::uint64_t{1} << w, std::memory_order_release);
          return true;
        }
        --limit;
        visit(id);
      }
    }
  }
  return false;
}

}  // namespace mcswitch::table
