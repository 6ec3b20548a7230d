// SPDX-License-Identifier: BSD-3-Clause

#include "table/children.hpp"

namespace mcswitch::table {

void Children::enlist(EntryId group, EntryId child) noexcept {
  if (links_.link(child) != kNotListed) {
    return;
  }
  const std::uint32_t last = links_.link(group);
  if (last == kNoChild) {
    links_.set_link(child, child);
  } else {
    links_.set_link(child, links_.link(last));
    links_.set_link(last, child);
  }
  links_.set_link(group, child);
}

// Children end in the order in which they came, as a rule, and many at a time. So the search begins where the
// last one ended, and else with the first one's predecessor: a walk round the ring that ends them on its way,
// as for_each() does, looks at each of them once.
void Children::delist(EntryId group, EntryId child) noexcept {
  const std::uint32_t next = links_.link(child);
  if (next == kNotListed) {
    return;
  }
  if (next == child) {
    delisted_ = {};
    links_.set_link(group, kNoChild);
    return;
  }
  std::uint32_t before =
      delisted_.group == group && delisted_.before != child ? delisted_.before : links_.link(group);
  while (links_.link(before) != child) {
    before = links_.link(before);
  }
  links_.set_link(before, next);
  if (links_.link(group) == child) {
    links_.set_link(group, before);
  }
  delisted_ = {group, before};
}

}  // namespace mcswitch::table
