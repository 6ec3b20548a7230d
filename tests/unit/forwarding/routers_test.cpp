// SPDX-License-Identifier: BSD-3-Clause
//
// PIM hellos (R7761-1) and multicast router discovery (R4286-1, R4286-2): row 5, and what control is notified
// of.

#include <functional>

#include "unit/forwarding/bench.hpp"

namespace mcswitch::forwarding {
namespace {

using table::RouterMessage;

const test::FrameOptions kRouter{.source_mac = host(9), .source = Ipv4Address::of(10, 0, 0, 30)};

test::FrameOptions but(const std::function<void(test::FrameOptions&)>& change) {
  test::FrameOptions options = kRouter;
  change(options);
  return options;
}

TEST(ForwardRouter, AHelloGoesToEveryPortAndControlIsNotified) {
  Bench bench;
  EXPECT_EQ(bench.receive(2, test::pim_hello(kRouter, std::uint16_t{30})), ports({3, 5, 8}));
  const auto messages = bench.take_all<RouterMessage>();
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].port, 2);
  EXPECT_EQ(messages[0].vlan, 10);
  EXPECT_EQ(messages[0].source_address, IpAddress::from(kRouter.source));
  EXPECT_EQ(messages[0].protocol, RouterMessage::Protocol::pim);
  EXPECT_EQ(messages[0].lifetime, 30s);
  EXPECT_EQ(bench.count(2, PortEvent::pim_hellos), 1U);
  EXPECT_EQ(bench.count(2, FrameFate::multicast_control), 1U);
  EXPECT_EQ(bench.macs.find(10, kRouter.source_mac), PortId{2});
}

TEST(ForwardRouter, SoDoAdvertisementsAndTerminationsAndASolicitationIsNotOfARouter) {
  Bench bench;
  EXPECT_EQ(bench.receive(2, test::mrd_advertisement(4, kRouter)), ports({3, 5, 8}));
  EXPECT_EQ(bench.receive(2, test::mrd_termination(kRouter)), ports({3, 5, 8}));
  EXPECT_EQ(bench.receive(2, test::mrd_solicitation(kRouter)), ports({3, 5, 8}));
  const auto messages = bench.take_all<RouterMessage>();
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0].protocol, RouterMessage::Protocol::mrd);
  EXPECT_EQ(messages[0].lifetime, 12s);
  EXPECT_EQ(messages[1].lifetime, 0s);
  EXPECT_EQ(bench.count(2, PortEvent::mrd_messages), 3U);
}

TEST(ForwardRouter, WhatIsNotRightGoesToEveryPortAndChangesNothing) {
  Bench bench;
  const Bytes frames[] = {
      test::pim_hello(but([](auto& o) { o.ttl = 2; })),
      test::pim_hello(but([](auto& o) { o.destination_mac = mac("01:00:5e:00:00:02"); })),
      test::pim_hello(but([](auto& o) { o.fragment = 0x2000; })),
      test::ipv4_frame(ip("224.0.0.13"), 103, Bytes{0x20, 0, 1, 2}, but([](auto& o) { o.ttl = 1; })),
      test::ipv4_frame(ip("224.0.0.13"), 103, test::sealed({0x20, 0, 0, 0, 0, 1, 0, 9, 0, 30}),
                       but([](auto& o) { o.ttl = 1; })),
      test::ipv4_frame(ip("224.0.0.13"), 103, test::sealed({0x23, 0, 0, 0}), but([](auto& o) { o.ttl = 1; })),
      test::mrd_advertisement(20, but([](auto& o) { o.ttl = 2; })),
      test::mrd_advertisement(20, but([](auto& o) { o.router_alert = false; })),
      test::mrd_advertisement(20, but([](auto& o) { o.destination = ip("224.0.0.1"); })),
      test::mrd_termination(but([](auto& o) { o.destination_mac = mac("01:00:5e:00:00:01"); })),
      test::mrd_termination(but([](auto& o) { o.wrong_igmp_checksum = true; })),
  };
  for (const Bytes& frame : frames) {
    EXPECT_EQ(bench.receive(2, frame), ports({3, 5, 8}));
  }
  EXPECT_TRUE(bench.take_messages().empty());
  EXPECT_EQ(bench.count(2, FrameFate::multicast_control), std::size(frames));
  EXPECT_EQ(bench.count(2, PortEvent::mrd_ignored), 5U);
  EXPECT_EQ(bench.count(2, PortEvent::pim_hellos_ignored), 2U);
}

// RFC 1122 section 3.2.1.3: no router can have these addresses.
TEST(ForwardRouter, FromAnAddressThatNoHostCanHaveItChangesNothing) {
  Bench bench;
  const Ipv4Address odd[] = {ip("127.0.0.1"), ip("224.0.0.13"), ip("255.255.255.255"), ip("240.0.0.1"),
                             ip("0.0.0.1")};
  for (const Ipv4Address source : odd) {
    const test::FrameOptions from = but([&](auto& o) { o.source = source; });
    EXPECT_EQ(bench.receive(2, test::pim_hello(from)), ports({3, 5, 8}));
    EXPECT_EQ(bench.receive(2, test::mrd_advertisement(20, from)), ports({3, 5, 8}));
    EXPECT_EQ(bench.receive(2, test::mrd_termination(from)), ports({3, 5, 8}));
  }
  EXPECT_TRUE(bench.take_messages().empty());
  EXPECT_EQ(bench.count(2, PortEvent::pim_hellos_ignored), std::size(odd));
  EXPECT_EQ(bench.count(2, PortEvent::mrd_ignored), 2 * std::size(odd));
}

// A host that has no address yet may look for routers, but is none.
TEST(ForwardRouter, WithoutAnAddressThereIsNone) {
  Bench bench;
  const test::FrameOptions from = but([](auto& o) { o.source = ip("0.0.0.0"); });
  EXPECT_EQ(bench.receive(2, test::pim_hello(from)), ports({3, 5, 8}));
  EXPECT_EQ(bench.receive(2, test::mrd_advertisement(20, from)), ports({3, 5, 8}));
  EXPECT_EQ(bench.receive(2, test::mrd_termination(from)), ports({3, 5, 8}));
  EXPECT_TRUE(bench.take_messages().empty());
  EXPECT_EQ(bench.count(2, PortEvent::pim_hellos_ignored), 1U);
  EXPECT_EQ(bench.count(2, PortEvent::mrd_ignored), 2U);
  EXPECT_EQ(bench.receive(2, test::mrd_solicitation(from)), ports({3, 5, 8}));
  EXPECT_EQ(bench.count(2, PortEvent::mrd_messages), 1U);
}

TEST(ForwardRouter, OfAPortWithBlockQueriesGoesNowhereAndIsNotNotifiedOf) {
  Bench bench{{.block_queries = ports({5})}};
  EXPECT_EQ(bench.receive(5, test::pim_hello(kRouter)), kNowhere);
  EXPECT_EQ(bench.receive(5, test::mrd_advertisement(20, kRouter)), kNowhere);
  EXPECT_EQ(bench.receive(5, test::mrd_solicitation(kRouter)), kNowhere);
  EXPECT_TRUE(bench.take_messages().empty());
  EXPECT_EQ(bench.count(5, FrameFate::igmp_query_blocked), 3U);
}

// What is wrong to this switch may be right to a router, or to another switch.
TEST(ForwardRouter, OfAPortWithBlockQueriesWhatIsNotRightGoesNowhereEither) {
  Bench bench{{.block_queries = ports({5})}};
  const auto pim = [](Bytes message, const test::FrameOptions& options = but([](auto& o) { o.ttl = 1; })) {
    return test::ipv4_frame(ip("224.0.0.13"), 103, message, options);
  };
  const MacAddress everybody = mac("ff:ff:ff:ff:ff:ff");
  const Bytes frames[] = {
      test::pim_hello(but([](auto& o) { o.ttl = 2; })),
      test::pim_hello(but([](auto& o) { o.source = ip("0.0.0.0"); })),
      test::pim_hello(but([](auto& o) { o.source = ip("127.0.0.1"); })),
      test::pim_hello(but([](auto& o) { o.destination_mac = mac("01:00:5e:00:00:02"); })),
      test::pim_hello(but([&](auto& o) { o.destination_mac = everybody; })),
      test::pim_hello(but([](auto& o) { o.destination = ip("239.1.2.3"); })),
      test::pim_hello(but([](auto& o) { o.fragment = 0x2000; })),
      pim(Bytes{0x20, 0, 1, 2}),                              // checksum
      pim(Bytes{0x20}),                                       // cut off
      pim(test::sealed({0x20, 0, 0, 0, 0, 1, 0, 9, 0, 30})),  // an option that runs over
      pim(test::sealed({0x10, 0, 0, 0})),                     // version
      test::mrd_advertisement(20, but([](auto& o) { o.ttl = 2; })),
      test::mrd_advertisement(20, but([](auto& o) { o.router_alert = false; })),
      test::mrd_advertisement(20, but([](auto& o) { o.destination = ip("224.0.0.1"); })),
      test::mrd_advertisement(20, but([&](auto& o) { o.destination_mac = everybody; })),
      test::mrd_solicitation(but([](auto& o) { o.source = ip("240.0.0.1"); })),
      test::mrd_termination(but([](auto& o) { o.wrong_igmp_checksum = true; })),
      test::igmp_frame(ip("224.0.0.106"), test::sealed({0x30, 20, 0, 0}), kRouter),  // too short
  };
  for (const Bytes& frame : frames) {
    EXPECT_EQ(bench.receive(5, frame), kNowhere) << &frame - frames;
  }
  EXPECT_TRUE(bench.take_messages().empty());
  EXPECT_EQ(bench.count(5, FrameFate::igmp_query_blocked), std::size(frames));
  EXPECT_EQ(bench.sum_of_fates(5), std::size(frames));
}

// Of these nobody learns of a querier or a router.
// Its type is in the second buffer, so it is known as a hello only when the frame has been put together.
TEST(ForwardRouter, OfAPortWithBlockQueriesAHelloInTwoBuffersGoesNowhere) {
  Bench bench{{.block_queries = ports({5})}};
  Bytes whole = test::pim_hello(kRouter);
  const Linearizer linearizer{.whole = [](void* context, std::size_t) -> const std::uint8_t* {
                                return static_cast<Bytes*>(context)->data();
                              },
                              .context = &whole};
  const Frame frame{
      .data = whole.data(), .contiguous = 14 + 20, .length = static_cast<std::uint32_t>(whole.size())};
  PortSet egress{0xffffffff};
  bench.notes.assign(1, {});
  bench.forwarder.process(5, {&frame, 1}, bench.clock.now(), {&egress, 1}, bench.notes, linearizer);
  EXPECT_EQ(egress, kNowhere);
  EXPECT_TRUE(bench.take_messages().empty());
  EXPECT_EQ(bench.count(5, FrameFate::igmp_query_blocked), 1U);
}

TEST(ForwardRouter, OfAPortWithBlockQueriesOtherMessagesGoToEveryPort) {
  Bench bench{{.block_queries = ports({5})}};
  const test::FrameOptions link = but([](auto& o) { o.ttl = 1; });
  const Bytes frames[] = {
      test::ipv4_frame(ip("224.0.0.13"), 103, test::sealed({0x23, 0, 0, 0}), link),  // Join/Prune
      test::ipv4_frame(ip("224.0.0.13"), 103, Bytes{}, link),
      test::pim_hello(but([](auto& o) { o.fragment = 0x0001; })),  // not its beginning
      test::other_igmp(0x13, kRouter),
  };
  for (const Bytes& frame : frames) {
    EXPECT_EQ(bench.receive(5, frame), ports({2, 3, 8})) << &frame - frames;
  }
  EXPECT_EQ(bench.count(5, FrameFate::igmp_query_blocked), 0U);
}

TEST(ForwardRouter, WhatIsBlockedGoesWhereItWouldGoInAVlanThatOnlyObserves) {
  Bench bench{{.block_queries = ports({5})}};
  bench.vlans[10].igmp = table::Snooping::observe;
  EXPECT_EQ(bench.receive(5, test::pim_hello(kRouter)), ports({2, 3, 8}));
  EXPECT_EQ(bench.receive(5, test::mrd_advertisement(20, kRouter)), ports({2, 3, 8}));
  EXPECT_EQ(bench.count(5, FrameFate::igmp_query_blocked), 2U);
}

TEST(ForwardRouter, WhereTheRingIsFullItIsCountedAndThePortNoted) {
  Bench bench{{.ring = 2}};
  for (int n = 0; n < 5; ++n) {
    EXPECT_EQ(bench.receive(2, test::pim_hello(kRouter)), ports({3, 5, 8}));
  }
  EXPECT_EQ(bench.count(2, PortEvent::routers_lost), 3U);
  EXPECT_EQ(bench.port_table[2].attention.load(), table::kQueryLost);
}

}  // namespace
}  // namespace mcswitch::forwarding
