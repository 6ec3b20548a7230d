// SPDX-License-Identifier: BSD-3-Clause
//
// Groups that have lost their last child, and are to be closed: what each of them has to wait for.
//
// Control thread only.
//
//     note()  -->  begin()  -->  a grace period  -->  a whole pass over the fresh marks  -->  finish()
//
// Groups go through these steps together, kMost at a time; the others wait. The top of closing_groups.cpp
// explains the steps. The caller changes the group's word at the first and the last one.

#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/large_array.hpp"
#include "table/fresh_marks.hpp"
#include "table/membership.hpp"
#include "table/reclamation.hpp"

namespace mcswitch::table {

class ClosingGroups {
 public:
  static constexpr std::size_t kMost = 256;

  // Of entries 0 to `entries` - 1.
  explicit ClosingGroups(std::uint32_t entries);
  // Bytes that the constructor takes.
  static constexpr std::size_t memory_size(std::uint32_t entries) {
    return (words_for(entries) + words_for(words_for(entries))) * sizeof(std::uint64_t);
  }

  // The group has no child. Again for one that waits for its turn already: changes nothing.
  void note(EntryId group) noexcept;

  // If none are being closed, calls take(EntryId) for groups that have been noted, and closes those for which
  // it gives true: their grace period begins. Otherwise sees whether that has passed.
  template <typename Take>
  void begin(GracePeriod& grace_period, const FreshMarks& marks, Take&& take);

  // Calls close(EntryId) for the groups that have been through all steps. close() may note() groups.
  template <typename Close>
  void finish(const FreshMarks& marks, Close&& close);

  // No group has been noted that finish() has not given, or begin() passed over.
  [[nodiscard]] bool empty() const noexcept { return count_ == 0 && noted_count_ == 0; }

 private:
  static constexpr std::size_t words_for(std::size_t bits) { return (bits + 63) / 64; }
  [[nodiscard]] EntryId take_noted(std::size_t summary) noexcept;

  // Groups that wait for their turn: one bit for each entry, and one for 64 of those.
  const std::size_t summary_count_;
  const LargeArray<std::uint64_t> noted_;
  const LargeArray<std::uint64_t> summary_;
  std::size_t noted_count_ = 0;

  // Groups that are being closed, and how far they are.
  std::array<EntryId, kMost> groups_;
  std::size_t count_ = 0;
  std::uint64_t token_ = 0;
  bool has_grace_passed_ = false;
  std::uint64_t pass_ends_ = 0;  // FreshMarks::position() at which the pass is over
};

template <typename Take>
void ClosingGroups::begin(GracePeriod& grace_period, const FreshMarks& marks, Take&& take) {
  if (count_ != 0) {
    if (!has_grace_passed_ && grace_period.has_passed(token_)) {
      has_grace_passed_ = true;
      pass_ends_ = marks.pass_from_here();
    }
    return;
  }
  if (noted_count_ == 0) {
    return;
  }
  for (std::size_t s = 0; s < summary_count_ && count_ < kMost; ++s) {
    while (summary_[s] != 0 && count_ < kMost) {
      const EntryId group = take_noted(s);
      if (take(group)) {
        groups_[count_++] = group;
      }
    }
  }
  if (count_ != 0) {
    token_ = grace_period.begin();
    has_grace_passed_ = false;
  }
}

template <typename Close>
void ClosingGroups::finish(const FreshMarks& marks, Close&& close) {
  if (count_ == 0 || !has_grace_passed_ || marks.position() < pass_ends_) {
    return;
  }
  for (std::size_t n = 0; n < count_; ++n) {
    close(groups_[n]);
  }
  count_ = 0;
}

}  // namespace mcswitch::table
