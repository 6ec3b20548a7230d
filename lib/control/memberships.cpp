// SPDX-License-Identifier: BSD-3-Clause

#include "control/memberships.hpp"

namespace mcswitch::control {

using table::EntryId;
using table::EntryKind;

Memberships::End Memberships::end(EntryId id, PortId port, Stamp not_after) {
  if (is_pinned(id, port)) {
    return End::pinned;
  }
  // One that has some outlives its last port.
  const bool has_sources = groups_.kind(id) == EntryKind::group && groups_.has_children(id);
  notify_of_change(id);
  if (!groups_.remove(id, port, not_after)) {
    return End::refreshed;
  }
  if (has_sources) {
    groups_.for_each_child(id, [&](EntryId child) {
      if (groups_.kind(child) == EntryKind::excluded && groups_.ports(child).contains(port)) {
        forget_excluded(child, port);
      }
    });
  }
  for (Listener* listener : listeners_) {
    listener->on_end(id, port);
  }
  return End::ended;
}

void Memberships::forget_excluded(EntryId id, PortId port) {
  notify_of_change(id);
  groups_.remove(id, port, ~Stamp{0});
}

}  // namespace mcswitch::control
