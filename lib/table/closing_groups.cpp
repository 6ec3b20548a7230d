// SPDX-License-Identifier: BSD-3-Clause
//
// How a group's entry outlives its children. A child's key holds the number of its group's entry, so that
// number must not be given to another group while any thread may make a child of it.
//
// A thread makes a child only after it has seen, in the same reader section, the group's word live with the
// mark "touched", or has set that mark (GroupTable::touch()). Closing takes the mark away (T), waits for a
// grace period that begins then, takes the fresh marks of the whole table, and retires the entry by a
// compare-and-swap from a word without the mark; or takes the marks away where ports are left.
//
// A thread that saw the mark before T has left its section when the grace period has passed. So its child is
// published, marked fresh, and listed by now: the group has a child and is not closed. A thread that comes
// after T finds no mark and sets it, so the compare-and-swap fails. So no child is ever made of an entry that
// is gone. tests/model checks this.

#include "table/closing_groups.hpp"

namespace mcswitch::table {

ClosingGroups::ClosingGroups(std::uint32_t entries)
    : summary_count_{words_for(words_for(entries))},
      noted_{make_large_array<std::uint64_t>(words_for(entries))},
      summary_{make_large_array<std::uint64_t>(summary_count_)} {}

void ClosingGroups::note(EntryId group) noexcept {
  std::uint64_t& word = noted_[group / 64];
  const std::uint64_t bit = std::uint64_t{1} << group % 64;
  if ((word & bit) == 0) {
    word |= bit;
    summary_[group / 64 / 64] |= std::uint64_t{1} << group / 64 % 64;
    ++noted_count_;
  }
}

// The first one under this word of the summary, which has some.
EntryId ClosingGroups::take_noted(std::size_t summary) noexcept {
  const std::size_t word = summary * 64 + static_cast<unsigned>(std::countr_zero(summary_[summary]));
  const auto group = static_cast<EntryId>(word * 64 + static_cast<unsigned>(std::countr_zero(noted_[word])));
  noted_[word] &= noted_[word] - 1;
  if (noted_[word] == 0) {
    summary_[summary] &= ~(std::uint64_t{1} << word % 64);
  }
  --noted_count_;
  return group;
}

}  // namespace mcswitch::table
