// SPDX-License-Identifier: BSD-3-Clause
//
// Routers that say so themselves: PIM hellos (R7761-1) and multicast router discovery (R4286-1, R4541-2).

#include <gmock/gmock.h>

#include "unit/control/source_lab.hpp"

namespace mcswitch::control::routers_test {
namespace {

const Ipv4Address kPimRouter = ip("10.0.0.30");
constexpr PortId kRouterPort = 5;

test::FrameOptions router(Ipv4Address address = kPimRouter) {
  return {.source_mac = MacAddress{0x02'00'00'00'30'30}, .source = address};
}
test::Bytes hello(std::optional<std::uint16_t> holdtime = std::uint16_t{105}) {
  return test::pim_hello(router(), holdtime);
}
bool is_router_port(SourceLab& lab) { return lab.egress(kA, ip("239.99.1.1")).contains(kRouterPort); }

// A3: the router asks once, hears our lower address, and is silent from then on (RFC 2236 section 3).
TEST(PimRouter, ThatLostTheElectionToUsKeepsGettingReportsAndStreams) {
  SourceLab lab;
  lab.engine.receive(kRouterPort, test::v2_query({}, 100, router()));
  for (int n = 0; n < 12; ++n) {
    lab.engine.receive(kRouterPort, hello());
    lab.advance(30s);
  }
  EXPECT_EQ(lab.engine.receive(3, test::v2_report(kGroup)), PortSet::of(kRouterPort));
  EXPECT_EQ(lab.egress(kA), PortSet::of(3) | PortSet::of(kRouterPort));
}

TEST(PimRouter, IsKnownForItsHoldtime) {
  SourceLab lab;
  EXPECT_FALSE(is_router_port(lab));
  lab.engine.receive(kRouterPort, hello(7));
  lab.advance(7s - 1ns);
  EXPECT_TRUE(is_router_port(lab));
  lab.advance(1ns);
  EXPECT_FALSE(is_router_port(lab));
  lab.engine.receive(kRouterPort, hello(std::nullopt));
  lab.advance(105s - 1ns);
  EXPECT_TRUE(is_router_port(lab));
  lab.advance(1ns);
  EXPECT_FALSE(is_router_port(lab));
}

TEST(PimRouter, ThatGoesIsKnownNoMore) {
  SourceLab lab;
  lab.engine.receive(kRouterPort, hello());
  EXPECT_TRUE(is_router_port(lab));
  lab.engine.receive(kRouterPort, hello(0));
  EXPECT_FALSE(is_router_port(lab));
}

TEST(PimRouter, WithAHoldtimeOf65535IsKnownUntilItsLinkGoes) {
  SourceLab lab;
  lab.engine.receive(kRouterPort, hello(0xffff));
  lab.advance(100'000s);
  EXPECT_TRUE(is_router_port(lab));
  lab.engine.link(kRouterPort, false);
  lab.engine.link(kRouterPort, true);
  EXPECT_FALSE(is_router_port(lab));
}

TEST(PimRouter, IsNoneWhereTheConfigurationSaysNeverOrWithoutAnAddress) {
  config::Config config = lab_config();
  config.ports[4].multicast_router = config::MulticastRouter::never;
  SourceLab lab{config};
  lab.engine.receive(4, hello());
  lab.engine.receive(kRouterPort, test::pim_hello(router(ip("0.0.0.0"))));
  EXPECT_EQ(lab.egress(kA), PortSet{});
}

TEST(Mrd, AnAdvertisementMakesARouterPortForThreeIntervalsAndATerminationEndsIt) {
  SourceLab lab;
  lab.engine.receive(kRouterPort, test::mrd_advertisement(4, router()));
  lab.advance(12s - 1ns);
  EXPECT_TRUE(is_router_port(lab));
  lab.advance(1ns);
  EXPECT_FALSE(is_router_port(lab));
  lab.engine.receive(kRouterPort, test::mrd_advertisement(4, router()));
  lab.engine.receive(kRouterPort, test::mrd_termination(router()));
  EXPECT_FALSE(is_router_port(lab));
}

TEST(Mrd, IsListedBesidesTheOtherReasons) {
  SourceLab lab;
  lab.engine.receive(kRouterPort, hello());
  lab.engine.receive(kRouterPort, test::mrd_advertisement(4, router()));
  const auto routers = lab.engine.view().routers;
  ASSERT_EQ(routers.size(), 2U);
  EXPECT_EQ(routers[0].reason, test::RouterReason::pim);
  EXPECT_EQ(routers[0].expires, lab.engine.now() + 105s);
  EXPECT_EQ(routers[1].reason, test::RouterReason::mrd);
  EXPECT_EQ(routers[1].address, kPimRouter);
}

// --- solicitations --------------------------------------------------------------------------------

std::size_t solicited(const SourceLab& lab, PortId port) {
  return static_cast<std::size_t>(std::ranges::count_if(
      lab.engine.solicitations(), [&](const test::SentFrame& frame) { return frame.ports.contains(port); }));
}

TEST(Solicitations, AreSentThreeTimesOnAPortThatComesUp) {
  SourceLab lab;
  lab.advance(30s);
  for (PortId port = 0; port < 8; ++port) {
    EXPECT_EQ(solicited(lab, port), 3U) << int{port};
  }
  const test::SentFrame& frame = lab.engine.solicitations().front();
  test::Bytes expected = test::mrd_solicitation({.source_mac = test::kSwitchMac, .source = ip("10.0.0.20")});
  EXPECT_EQ(test::Bytes(frame.bytes.begin() + 26, frame.bytes.end()),
            test::Bytes(expected.begin() + 26, expected.end()));
  lab.engine.link(3, false);
  lab.engine.link(3, true);
  lab.advance(30s);
  EXPECT_EQ(solicited(lab, 3), 6U);
  EXPECT_EQ(solicited(lab, 2), 3U);
}

TEST(Solicitations, EndWithAnAdvertisement) {
  SourceLab lab;
  lab.engine.receive(kRouterPort, test::mrd_advertisement(20, router()));
  lab.advance(30s);
  EXPECT_EQ(solicited(lab, kRouterPort), 0U);
  EXPECT_EQ(solicited(lab, 3), 3U);
}

TEST(Solicitations, AreNotSentWhereTheAnswerWouldNotMatter) {
  config::Config config = lab_config();
  config.ports[4].multicast_router = config::MulticastRouter::never;
  config.ports[5].multicast_router = config::MulticastRouter::always;
  SourceLab lab{config};
  lab.advance(30s);
  EXPECT_EQ(solicited(lab, 4) + solicited(lab, 5), 0U);
  config.snooping.mode = config::SnoopingMode::off;
  SourceLab off{config};
  off.advance(30s);
  EXPECT_TRUE(off.engine.solicitations().empty());
}

}  // namespace
}  // namespace mcswitch::control::routers_test
