// SPDX-License-Identifier: BSD-3-Clause
//
// The control thread publishes snapshots, telemetry reads them.

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>

#include "control/snapshot.hpp"

namespace mcswitch::control {
namespace {

// Meant for ThreadSanitizer: snapshots stay whole while they are replaced.
TEST(SnapshotHolder, ReadersSeeWholePictures) {
  SnapshotHolder holder;
  std::atomic<bool> is_done{false};
  std::thread reader{[&] {
    std::size_t last = 0;
    while (!is_done.load()) {
      const auto picture = holder.read();
      for (const VlanRow& row : picture->vlans) {
        EXPECT_EQ(row.vlan, picture->vlans.size());
      }
      EXPECT_GE(picture->vlans.size(), last);
      last = picture->vlans.size();
    }
  }};
  for (std::size_t i = 1; i < 300; ++i) {
    auto made = std::make_shared<Snapshot>();
    made->vlans.resize(i);
    for (VlanRow& row : made->vlans) {
      row.vlan = static_cast<VlanId>(i);
    }
    std::shared_ptr<const Snapshot> picture = std::move(made);
    while (!holder.publish(picture)) {
    }
  }
  is_done = true;
  reader.join();
  EXPECT_EQ(holder.read()->vlans.size(), 299U);
}

}  // namespace
}  // namespace mcswitch::control
