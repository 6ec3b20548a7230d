// SPDX-License-Identifier: BSD-3-Clause

#include "control/snapshot.hpp"

#include "unit/control/bench.hpp"

namespace mcswitch::control {
namespace {

using membership::Role;
using membership::RouterOrigin;

TEST(Snapshot, AsQuerierShowsOurAddressAndVersionAndNoEnd) {
  Bench bench;
  const QuerierRow row = bench.querier();
  EXPECT_EQ(row.role, Role::querier);
  EXPECT_EQ(row.address, kOwn);
  EXPECT_EQ(row.version, 2);
  EXPECT_EQ(row.expires, kNever);
}

TEST(Snapshot, AsNonQuerierShowsTheOtherOneAndWhenItWillCountAsGone) {
  Bench bench;
  bench.query(3, kLow, 10s, {}, 3);
  bench.run();
  const QuerierRow row = bench.querier();
  EXPECT_EQ(row.role, Role::non_querier);
  EXPECT_EQ(row.address, kLow);
  EXPECT_EQ(row.version, 3);
  EXPECT_EQ(row.expires, bench.clock.now() + 255s);
  EXPECT_EQ(bench.querier(kOtherVlan).role, Role::querier);
}

TEST(Snapshot, WithoutAnyQuerierShowsOff) {
  Bench bench{passive_config()};
  const QuerierRow row = bench.querier();
  EXPECT_EQ(row.role, Role::off);
  EXPECT_EQ(row.address, IpAddress{});
  EXPECT_EQ(row.version, 0);
  EXPECT_EQ(row.expires, kNever);
}

TEST(Snapshot, ListsRouterPortsByVlanAndPort) {
  config::Config config = passive_config();
  config.ports[5].multicast_router = config::MulticastRouter::always;
  Bench bench{config};
  bench.query(3, kLow);
  bench.query(6, kHigh);
  bench.run();
  const auto snapshot = bench.core.snapshot();
  ASSERT_EQ(snapshot->routers.size(), 3U);
  EXPECT_EQ(snapshot->routers[0].vlan, kOtherVlan);
  EXPECT_EQ(snapshot->routers[0].router.port, 6);
  EXPECT_EQ(snapshot->routers[1].vlan, kVlan);
  EXPECT_EQ(snapshot->routers[1].router.port, 3);
  EXPECT_EQ(snapshot->routers[1].router.origin, RouterOrigin::query);
  EXPECT_EQ(snapshot->routers[1].router.address, kLow);
  EXPECT_EQ(snapshot->routers[1].router.expires, bench.clock.now() + 255s);
  EXPECT_EQ(snapshot->routers[2].router.origin, RouterOrigin::configured);
}

TEST(Snapshot, ShowsTheIntervalAndWhatIsHeldOfEachVlan) {
  config::Config config = passive_config();
  config.snooping.unregistered = config::Unregistered::automatic;
  Bench bench{config};
  for (int n = 0; n < 2; ++n) {
    bench.query(3, kLow, 1s);
    bench.advance(1s + membership::kAnswerGrace);
  }
  bench.core.on_link(4, false, bench.clock.now());
  bench.core.on_link(4, true, bench.clock.now());
  bench.run();
  const auto snapshot = bench.core.snapshot();
  ASSERT_EQ(snapshot->vlans.size(), 2U);
  EXPECT_EQ(snapshot->vlans[0].vlan, kOtherVlan);
  EXPECT_TRUE(snapshot->vlans[0].held);
  EXPECT_EQ(snapshot->vlans[0].held_ports, kOtherAll);
  EXPECT_EQ(snapshot->vlans[1].group_membership_interval, 260s);
  EXPECT_FALSE(snapshot->vlans[1].held);
  EXPECT_EQ(snapshot->vlans[1].held_ports, ports({4}));
}

TEST(Snapshot, IsNotMadeAnewWhileNothingChanges) {
  Bench bench{passive_config()};
  bench.query(3, kLow);
  bench.run();
  const auto before = bench.core.snapshot();
  bench.join(2, ip("239.1.2.3"));
  bench.advance(100s);
  EXPECT_EQ(bench.core.snapshot(), before);
  bench.query(3, kLow);
  bench.run();
  EXPECT_NE(bench.core.snapshot(), before);
}

TEST(SnapshotHolder, NeverGivesNull) {
  const SnapshotHolder holder;
  ASSERT_NE(holder.read(), nullptr);
  EXPECT_TRUE(holder.read()->queriers.empty());
}

TEST(SnapshotHolder, HandsTheOldPictureBackToWhoPublishes) {
  SnapshotHolder holder;
  std::shared_ptr<const Snapshot> picture = std::make_shared<const Snapshot>();
  const Snapshot* fresh = picture.get();
  const Snapshot* old = holder.read().get();
  ASSERT_TRUE(holder.publish(picture));
  EXPECT_EQ(holder.read().get(), fresh);
  EXPECT_EQ(picture.get(), old);
}

}  // namespace
}  // namespace mcswitch::control
