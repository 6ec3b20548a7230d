// SPDX-License-Identifier: BSD-3-Clause
//
// The children of a group, which are its entries of sources: a ring for each group through the links of the
// free list, which belong to the holder of an id.
//
// Control thread only, but for first_link(), which any thread gives to the link of an id before the entry is
// published.
//
// A worker that makes a child does not list it: the control thread does when it takes the child's fresh mark.
// So a child may end without ever having been listed.

#pragma once

#include <cstdint>

#include "table/free_list.hpp"
#include "table/group_key.hpp"
#include "table/membership.hpp"

namespace mcswitch::table {

class Children {
 public:
  // The link of a new entry.
  static constexpr std::uint32_t first_link(EntryKind kind) {
    return kind == EntryKind::group ? kNoChild : kNotListed;
  }

  // `links` outlives this.
  explicit Children(FreeList& links) : links_{links} {}

  // The group has children that are listed.
  [[nodiscard]] bool has(EntryId group) const noexcept { return links_.link(group) != kNoChild; }

  // Again for a child that is listed: changes nothing.
  void enlist(EntryId group, EntryId child) noexcept;

  // Before the link of the child is used otherwise. Listed or not.
  void delist(EntryId group, EntryId child) noexcept;

  // Calls visit(EntryId) for each child that is listed, in the order in which they were. visit() may delist
  // the child that it is called for, and no other.
  template <typename Visitor>
  void for_each(EntryId group, Visitor&& visit) const;

 private:
  // Link of a group: its last child, or kNoChild; of a child: the next one, the last's the first; or
  // kNotListed.
  static constexpr std::uint32_t kNoChild = FreeList::kNone;
  static constexpr std::uint32_t kNotListed = 0xfffffffe;

  // The ring in which a child was taken out last, and the child before it. That one is still in the ring:
  // when it is taken out itself, this changes.
  struct Delisted {
    EntryId group = kNoEntry;
    std::uint32_t before = kNoChild;
  };

  FreeList& links_;
  Delisted delisted_;
};

template <typename Visitor>
void Children::for_each(EntryId group, Visitor&& visit) const {
  const std::uint32_t last = links_.link(group);
  if (last == kNoChild) {
    return;
  }
  // A child that ends takes itself out of the ring, so the next one is asked for before.
  for (std::uint32_t child = links_.link(last), next = 0;; child = next) {
    const bool is_last = child == last;
    next = links_.link(child);
    visit(child);
    if (is_last) {
      return;
    }
  }
}

}  // namespace mcswitch::table
