// SPDX-License-Identifier: BSD-3-Clause
//
// Snapshots: makes a new snapshot when something in it has changed, and publishes it.
//
// Control thread only, except read(), which any thread may call.

#pragma once

#include <memory>
#include <vector>

#include "base/time.hpp"
#include "control/snapshot.hpp"
#include "control/vlans.hpp"

namespace mcswitch::control {

class Snapshots {
 public:
  explicit Snapshots(Vlans& vlans) : vlans_{vlans} {}

  // Once, before the first run().
  void start(std::vector<StaticRow> static_rows) { static_rows_ = std::move(static_rows); }
  void run(TimePoint now);
  // When run() has something to do.
  [[nodiscard]] TimePoint next(TimePoint now) const;

  // --- any thread -------------------------------------------------------------------------------
  [[nodiscard]] std::shared_ptr<const Snapshot> read() const { return holder_.read(); }

 private:
  Vlans& vlans_;
  std::vector<StaticRow> static_rows_;
  SnapshotHolder holder_;
  std::shared_ptr<const Snapshot> pending_;  // could not be published yet
  TimePoint next_ = TimePoint::min();        // none is made before
};

}  // namespace mcswitch::control
