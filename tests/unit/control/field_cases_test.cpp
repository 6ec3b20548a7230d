// SPDX-License-Identifier: BSD-3-Clause
//
// What users of other switches met (the cases S-F1-25, -31, -35, -37 and -41 of the conformance suite), on
// the whole engine.

#include <vector>

#include "unit/control/source_lab.hpp"

namespace mcswitch::control::field_cases_test {
namespace {

using enum RecordType;

const test::FrameOptions kRouter{.source_mac = MacAddress{0x02'00'00'00'55'05}, .source = ip("10.0.0.9")};
const Ipv4Address kUnwanted = ip("239.9.9.9");
// Of the sender's VLAN.
const PortSet kOthers = PortSet{0b1011'1110};

PortSet set_of(std::initializer_list<PortId> list) {
  PortSet ports;
  for (const PortId port : list) {
    ports.add(port);
  }
  return ports;
}

// S-F1-25. Self-made queries that name 224.0.0.1 as their group are about a group that nobody joins: they ask
// no host (RFC 2236 section 2.4). Pruning stays held, and nobody is a querier for them.
TEST(FieldCases, QueriesAboutAllSystemsAskNobody) {
  config::Config config = passive_lab_config();
  config.snooping.unregistered = config::Unregistered::automatic;
  SourceLab lab{config};
  for (int n = 0; n < 3; ++n) {
    lab.engine.receive(5, test::v2_query(kAllSystems, 1, kRouter));
    lab.engine.receive(5, test::v3_query({.group = kAllSystems, .code = 1}, kRouter));
    lab.advance(200ms);
  }
  lab.advance(60s);
  EXPECT_EQ(lab.egress(kA, kUnwanted), kOthers);
  EXPECT_EQ(lab.engine.view().vlans.back().role, test::QuerierRole::off);
  // General ones do.
  for (int n = 0; n < 3; ++n) {
    lab.engine.receive(5, test::v2_query(kUnspecifiedV4, 1, kRouter));
    lab.advance(200ms);
  }
  EXPECT_EQ(lab.egress(kA, kUnwanted), set_of({5}));
}

// S-F1-31. A router takes reports only from its own subnet (RFC 9776 section 4.2.13 lets it): a proxy's have
// the configured address, and say when a group begins and when it ends (RFC 4605 section 4.1).
TEST(FieldCases, AProxyReportsFromItsAddressWhenAGroupBeginsAndEnds) {
  const Ipv4Address proxy = ip("10.0.0.66");
  config::Config config = passive_lab_config();
  config.igmp.report_mode = config::ReportMode::proxy;
  config.igmp.proxy_address = proxy;
  SourceLab lab{config};
  const auto reported = [&] {
    std::vector<RecordType> types;
    for (const test::SentFrame& frame : lab.engine.sent()) {
      proto::IgmpMessage message;
      EXPECT_EQ(proto::parse_igmp(test::ip_payload(frame.bytes), message), proto::ParseError::none);
      if (message.kind == proto::IgmpKind::query) {
        continue;
      }
      EXPECT_EQ(message.kind, proto::IgmpKind::v3_report);
      EXPECT_EQ(frame.ports, set_of({5}));
      EXPECT_EQ(Ipv4Address::of(frame.bytes[26], frame.bytes[27], frame.bytes[28], frame.bytes[29]), proxy);
      EXPECT_EQ(Ipv4Address::of(frame.bytes[30], frame.bytes[31], frame.bytes[32], frame.bytes[33]),
                ip("224.0.0.22"));
      proto::GroupRecords records{message};
      for (proto::GroupRecord record; records.next(record);) {
        EXPECT_EQ(record.group, IpAddress::from(kGroup));
        EXPECT_TRUE(record.sources.empty());
        types.push_back(static_cast<RecordType>(record.type));
      }
    }
    return types;
  };
  lab.engine.receive(5, test::v3_query({.code = 50, .qqic = 20}, kRouter));
  lab.advance(6s);
  lab.clear();
  lab.record(2, change_to_exclude_mode);
  lab.advance(2s);
  ASSERT_FALSE(reported().empty());
  for (const RecordType type : reported()) {
    EXPECT_EQ(type, change_to_exclude_mode);
  }
  lab.clear();
  lab.record(2, change_to_include_mode);
  lab.advance(2s + 2 * kAnswerGrace);
  ASSERT_FALSE(reported().empty());
  for (const RecordType type : reported()) {
    EXPECT_EQ(type, change_to_include_mode);
  }
}

// S-F1-35 (RFC 4541 section 2.1.2(3)).
TEST(FieldCases, APortToWhichUnregisteredGroupsAreFloodedGetsWhatNobodyHasJoined) {
  config::Config config = passive_lab_config();
  config.ports[1].flood_unregistered = true;
  SourceLab lab{config};
  lab.engine.receive(5, test::v2_query(kUnspecifiedV4, 100, kRouter));
  lab.v2_report(2);
  EXPECT_EQ(lab.egress(kA, kUnwanted), set_of({1, 5}));
  EXPECT_EQ(lab.egress(kA, kGroup), set_of({2, 5}));
}

// S-F1-37. Each channel is there when it is joined, and only what is joined remains; a second host stays on
// one of them (RFC 2236 sections 3 and 6).
TEST(FieldCases, ZappingLeavesNothingBehind) {
  constexpr int kChannels = 12;
  constexpr int kWatched = 3;
  config::Config config = lab_config();
  config.igmp.intervals.last_member_query_interval = 300ms;
  SourceLab lab{config};
  const auto channel = [](int n) { return Ipv4Address::of(239, 20, 3, static_cast<std::uint8_t>(n)); };
  const test::FrameOptions zapper{.source_mac = kHostOne};
  lab.engine.receive(3, test::v2_report(channel(kWatched), {.source_mac = kHostTwo}));
  for (int n = 0; n < kChannels; ++n) {
    lab.engine.receive(2, test::v2_report(channel(n), zapper));
    EXPECT_TRUE(lab.egress(kA, channel(n)).contains(2)) << n;
    lab.advance(100ms);
    EXPECT_TRUE(lab.egress(kA, channel(n)).contains(2)) << n;
    if (n != kChannels - 1) {
      lab.engine.receive(2, test::leave(channel(n), zapper));
    }
  }
  lab.advance(600ms + 2 * kAnswerGrace);
  for (int n = 0; n < kChannels; ++n) {
    EXPECT_EQ(lab.egress(kA, channel(n)), n == kChannels - 1 ? set_of({2})
                                          : n == kWatched    ? set_of({3})
                                                             : PortSet{})
        << n;
  }
}

// S-F1-41. A cluster's frames: IP unicast in a frame with a group MAC address is no group's (RFC 1112 section
// 6.4 maps groups to MAC addresses, and nothing back), and goes to every port (IEEE 802.1Q section 8.8),
// alone and among data.
TEST(FieldCases, UnicastDatagramsInMulticastFramesGoToEveryPort) {
  SourceLab lab{passive_lab_config()};
  lab.engine.receive(5, test::v2_query(kUnspecifiedV4, 100, kRouter));
  for (const char* cluster : {"01:00:5e:7f:01:02", "03:bf:0a:63:00:4d"}) {
    const test::Bytes frame = test::udp(ip("10.0.0.77"), {.destination_mac = test::mac(cluster)});
    EXPECT_EQ(lab.engine.receive(kSender, frame), kOthers) << cluster;
    std::vector<test::Bytes> burst(8, test::udp(kUnwanted));
    burst[3] = frame;
    const std::vector<PortSet> egress = lab.engine.receive_burst(kSender, burst);
    EXPECT_EQ(egress[3], kOthers) << cluster;
    EXPECT_EQ(egress[4], set_of({5})) << cluster;
  }
  EXPECT_EQ(lab.engine.counters(kSender).fates[FrameFate::multicast_other].value(), 4U);
}

}  // namespace
}  // namespace mcswitch::control::field_cases_test
