// SPDX-License-Identifier: BSD-3-Clause

#include "control/snapshots.hpp"

#include <algorithm>
#include <utility>

#include "control/context.hpp"

namespace mcswitch::control {
namespace {

// With thousands of VLANs the snapshot is not rebuilt for every query that arrives.
constexpr Duration kInterval = std::chrono::milliseconds{10};

}  // namespace

void Snapshots::run(TimePoint now) {
  if (vlans_.has_changed() && now >= next_) {
    next_ = vlans_.are_many() ? now + kInterval : now;
    auto snapshot = std::make_shared<Snapshot>();
    vlans_.describe(*snapshot);
    snapshot->static_members = static_rows_;
    pending_ = std::move(snapshot);
    vlans_.take_changed();
  }
  if (pending_ != nullptr && holder_.publish(pending_)) {
    pending_.reset();
  }
}

TimePoint Snapshots::next(TimePoint now) const {
  return std::min(pending_ != nullptr ? now + kRetry : kNever, vlans_.has_changed() ? next_ : kNever);
}

}  // namespace mcswitch::control
