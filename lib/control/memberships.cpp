// SPDX-License-Identifier: BSD-3-Clause

#include "control/memberships.hpp"

#include "table/host_table.hpp"

namespace mcswitch::control {

using table::EntryId;
using table::EntryKind;

Memberships::End Memberships::end(EntryId id, PortId port, Stamp not_after) {
  if (is_pinned(id, port)) {
    return End::pinned;
  }
  // One that has some outlives its last port.
  const bool has_sources = groups_.kind(id) == EntryKind::group && groups_.has_children(id);
  tell(id);
  if (!groups_.remove(id, port, not_after)) {
    return End::refreshed;
  }
  if (ended_) {
    ended_(id, port);
  }
  if (has_sources) {
    groups_.for_each_child(id, [&](EntryId child) {
      if (groups_.kind(child) == EntryKind::excluded && groups_.ports(child).contains(port)) {
        forget_excluded(child, port);
      }
    });
  }
  if (hosts_ != nullptr) {
    hosts_->forget_all(id, port);
  }
  return End::ended;
}

void Memberships::forget_excluded(EntryId id, PortId port) {
  tell(id);
  groups_.remove(id, port, ~Stamp{0});
}

}  // namespace mcswitch::control
