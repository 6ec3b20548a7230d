// SPDX-License-Identifier: BSD-3-Clause
//
// Proxy reporting: what the routers hear of a VLAN.

#include "control/proxy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "proto/igmp.hpp"
#include "support/manual_clock.hpp"
#include "support/packet_builder.hpp"
#include "unit/control/merge.hpp"

namespace mcswitch::control::proxy_test {
namespace {

using namespace std::chrono_literals;
using membership::FilterMode;
using membership::PortFilter;
using membership::Sources;
using proto::RecordType;
using test::ip;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// Two groups of one MAC address.
const IpAddress kGroup = ip("239.1.2.3");
const IpAddress kOther = ip("239.129.2.3");
constexpr VlanId kVlan = 20;
constexpr MacAddress kMac{0x02'00'00'00'99'01};
const IpAddress kAddress = ip("10.0.0.20");
const PortSet kRouters = PortSet{}.add(3).add(5);

Sources sources(std::initializer_list<std::uint32_t> numbers) {
  Sources list;
  for (const std::uint32_t n : numbers) {
    list.push_back(Ipv4Address{ip("10.9.0.0").bits + n});
  }
  return list;
}
Sources many_sources(std::uint32_t count) {
  Sources list;
  for (std::uint32_t n = 0; n < count; ++n) {
    list.push_back(Ipv4Address{ip("10.9.0.0").bits + n});
  }
  return list;
}

PortFilter include(Sources list) { return {FilterMode::include, std::move(list), {}}; }
PortFilter exclude() { return {FilterMode::exclude, {}, {}}; }

// --- frames ---------------------------------------------------------------------------------------

struct Record {
  RecordType type{};
  IpAddress group;
  Sources sources;
  friend bool operator==(const Record&, const Record&) = default;
};

struct Sent {
  PortSet ports;
  VlanId vlan = 0;
  IpAddress destination;
  proto::IgmpKind kind{};
  std::uint8_t version = 0;
  IpAddress group;
  std::vector<Record> records;
};

class Recorder final : public FrameSink {
 public:
  bool send(PortSet ports, VlanId vlan, std::span<const std::uint8_t> frame) override {
    if (room == 0) {
      ++refused;
      return false;
    }
    --room;
    Sent message{.ports = ports, .vlan = vlan, .destination = {}, .group = {}, .records = {}};
    message.destination = Ipv4Address::of(frame[30], frame[31], frame[32], frame[33]);
    EXPECT_EQ(MacAddress::from_bytes(frame.data()), multicast_mac(message.destination.v4()));
    EXPECT_EQ(MacAddress::from_bytes(frame.data() + 6), kMac);
    EXPECT_EQ(Ipv4Address::of(frame[26], frame[27], frame[28], frame[29]), kAddress);
    EXPECT_GE(frame.size(), 60U);
    EXPECT_LE(frame.size(), 1514U);
    proto::IgmpMessage igmp;
    EXPECT_EQ(proto::parse_igmp(test::ip_payload(frame), igmp), proto::ParseError::none);
    message.kind = igmp.kind;
    message.version = igmp.version;
    message.group = igmp.group;
    proto::GroupRecords records{igmp};
    for (proto::GroupRecord record; records.next(record);) {
      Record& copy =
          message.records.emplace_back(Record{static_cast<RecordType>(record.type), record.group, Sources{}});
      copy.sources.assign(record.sources.begin(), record.sources.end());
    }
    sent.push_back(std::move(message));
    return true;
  }

  std::size_t room = 1000;
  std::size_t refused = 0;
  std::vector<Sent> sent;
};

membership::Intervals robustness(std::uint8_t variable) {
  membership::Intervals intervals;
  intervals.robustness_variable = variable;
  return intervals;
}

struct ProxyBench {
  explicit ProxyBench(const membership::Intervals& intervals = {})
      : proxy{{.vlan = kVlan,
               .source_mac = kMac,
               .address = kAddress,
               .intervals = intervals,
               .seed = 0x1234'5678}} {}

  void set(IpAddress group, FilterMode mode, const Sources& list) {
    proxy.set(group, mode, list, clock.now());
  }
  void set(IpAddress group, const std::vector<PortFilter>& ports) {
    const MergedFilter filter = merge(ports);
    proxy.set(group, filter.mode, filter.sources, clock.now());
  }
  void query(std::uint8_t version, IpAddress group = kUnspecifiedV4) {
    proxy.on_query({.version = version, .group = group, .max_resp_time = 10s, .robustness_variable = 2},
                   clock.now());
  }
  // What is sent now.
  std::vector<Sent> sent() {
    sink.sent.clear();
    const std::size_t count = proxy.on_time(clock.now(), sink, routers);
    EXPECT_EQ(count, sink.sent.size());
    return sink.sent;
  }
  // What is sent until nothing is left to send.
  std::vector<Sent> sent_in_the_end() {
    std::vector<Sent> all;
    while (proxy.next() != kNever) {
      clock.advance(std::max(Duration::zero(), proxy.next() - clock.now()));
      for (Sent& message : sent()) {
        all.push_back(std::move(message));
      }
    }
    return all;
  }

  test::ManualClock clock;
  Recorder sink;
  PortSet routers = kRouters;
  Proxy proxy;
};

TEST(Proxy, AReportGoesToAllVersion3RoutersOnTheRouterPortsAtOnceAndIsRepeated) {
  ProxyBench bench;
  bench.set(kGroup, FilterMode::exclude, {});
  EXPECT_EQ(bench.proxy.next(), bench.clock.now());
  const std::vector<Sent> first = bench.sent();
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_EQ(first[0].ports, kRouters);
  EXPECT_EQ(first[0].vlan, kVlan);
  EXPECT_EQ(first[0].destination, ip("224.0.0.22"));
  EXPECT_EQ(first[0].kind, proto::IgmpKind::v3_report);
  EXPECT_THAT(first[0].records, ElementsAre(Record{RecordType::change_to_exclude_mode, kGroup, {}}));
  EXPECT_LE(bench.proxy.next(), bench.clock.now() + 1s);
  EXPECT_THAT(bench.sent_in_the_end(), SizeIs(1));
}

// Joins and leaves of others behind the ports are no news for the routers.
TEST(Proxy, OnlyTheFirstMemberAndTheEndOfTheLastAreNews) {
  ProxyBench bench;
  bench.set(kGroup, {exclude()});
  EXPECT_THAT(bench.sent_in_the_end(), SizeIs(2));
  bench.set(kGroup, {exclude(), exclude()});
  bench.set(kGroup, {exclude(), include(sources({7}))});
  bench.set(kGroup, {exclude()});
  EXPECT_THAT(bench.sent_in_the_end(), IsEmpty());
  bench.set(kGroup, {});
  const std::vector<Sent> end = bench.sent_in_the_end();
  ASSERT_THAT(end, SizeIs(2));
  EXPECT_THAT(end[0].records, ElementsAre(Record{RecordType::change_to_include_mode, kGroup, {}}));
  EXPECT_EQ(bench.proxy.group_count(), 0U);
}

TEST(Proxy, WhereAMemberOfOneSourceStaysThatIsWhatIsLeft) {
  ProxyBench bench;
  bench.set(kGroup, {exclude(), include(sources({7}))});
  EXPECT_THAT(bench.sent_in_the_end(), SizeIs(2));
  bench.set(kGroup, {include(sources({7}))});
  const std::vector<Sent> said = bench.sent();
  ASSERT_THAT(said, SizeIs(1));
  EXPECT_THAT(said[0].records, ElementsAre(Record{RecordType::change_to_include_mode, kGroup, sources({7})}));
}

TEST(Proxy, AQueryIsAnsweredForTheWholeVlan) {
  ProxyBench bench;
  bench.set(kGroup, FilterMode::include, sources({1, 2}));
  bench.set(kOther, FilterMode::exclude, {});
  bench.sent_in_the_end();
  bench.query(3);
  EXPECT_GT(bench.proxy.next(), bench.clock.now());
  const std::vector<Sent> answer = bench.sent_in_the_end();
  ASSERT_THAT(answer, SizeIs(1));
  EXPECT_THAT(answer[0].records,
              testing::UnorderedElementsAre(Record{RecordType::mode_is_include, kGroup, sources({1, 2})},
                                            Record{RecordType::mode_is_exclude, kOther, {}}));
}

// Section 9 of RFC 2236: a report to the group, a leave to 224.0.0.2.
TEST(Proxy, WhereAVersion2QuerierIsPresentReportsAndLeavesAreOfVersion2) {
  ProxyBench bench;
  bench.query(2);
  bench.set(kGroup, FilterMode::include, sources({1}));
  std::vector<Sent> said = bench.sent();
  ASSERT_THAT(said, SizeIs(1));
  EXPECT_EQ(said[0].kind, proto::IgmpKind::report);
  EXPECT_EQ(said[0].version, 2);
  EXPECT_EQ(said[0].group, kGroup);
  EXPECT_EQ(said[0].destination, kGroup);
  bench.set(kGroup, FilterMode::include, {});
  said = bench.sent();
  ASSERT_THAT(said, SizeIs(1));
  EXPECT_EQ(said[0].kind, proto::IgmpKind::leave);
  EXPECT_EQ(said[0].group, kGroup);
  EXPECT_EQ(said[0].destination, kAllRouters);
  EXPECT_EQ(bench.proxy.next(), kNever);
}

TEST(Proxy, WhereAVersion1QuerierIsPresentReportsAreOfVersion1AndNothingIsLeft) {
  ProxyBench bench;
  bench.query(1);
  bench.set(kGroup, FilterMode::exclude, {});
  const std::vector<Sent> said = bench.sent();
  ASSERT_THAT(said, SizeIs(1));
  EXPECT_EQ(said[0].version, 1);
  bench.set(kGroup, FilterMode::include, {});
  EXPECT_THAT(bench.sent_in_the_end(), IsEmpty());
}

// C8, RFC 9776 section 7.2.1: [igmp] version = 2 is about our own queries.
TEST(Proxy, WhichVersionItSpeaksIsSaidByTheQueriesAlone) {
  membership::Intervals intervals;
  intervals.version = 2;
  ProxyBench bench{intervals};
  bench.set(kGroup, FilterMode::exclude, {});
  std::vector<Sent> said = bench.sent();
  ASSERT_THAT(said, SizeIs(1));
  EXPECT_EQ(said[0].kind, proto::IgmpKind::v3_report);
  bench.sent_in_the_end();
  bench.query(2);
  bench.set(kOther, FilterMode::exclude, {});
  said = bench.sent();
  ASSERT_THAT(said, SizeIs(1));
  EXPECT_EQ(said[0].kind, proto::IgmpKind::report);
  EXPECT_EQ(said[0].version, 2);
}

TEST(Proxy, ReportsAllThatIsWantedWithinASecondAndLeavesTheRobustnessVariableAsItIs) {
  ProxyBench bench{robustness(3)};
  bench.set(kGroup, FilterMode::exclude, {});
  bench.set(kOther, FilterMode::include, sources({1}));
  bench.sent_in_the_end();
  bench.proxy.report_all(bench.clock.now());
  const TimePoint start = bench.clock.now();
  const std::vector<Sent> all = bench.sent_in_the_end();
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_THAT(all[0].records,
              testing::UnorderedElementsAre(Record{RecordType::mode_is_exclude, kGroup, {}},
                                            Record{RecordType::mode_is_include, kOther, sources({1})}));
  EXPECT_LE(bench.clock.now(), start + 1s);
  bench.set(kGroup, FilterMode::include, {});
  EXPECT_THAT(bench.sent_in_the_end(), SizeIs(3));
}

TEST(Proxy, TheOlderQuerierIsPresentForTheIntervalThatFollowsFromTheConfiguredOnes) {
  membership::Intervals intervals = robustness(3);
  intervals.query_interval = 60s;
  intervals.query_response_interval = 5s;
  ProxyBench bench{intervals};
  bench.query(2);
  bench.clock.advance(3 * 60s + 10 * 10s - 1ns);  // C9, RFC 9776 section 8.12
  EXPECT_EQ(bench.proxy.version(bench.clock.now()), 2);
  bench.clock.advance(1ns);
  EXPECT_EQ(bench.proxy.version(bench.clock.now()), 3);
}

TEST(Proxy, EachReportIsRepeatedByTheRobustnessVariable) {
  ProxyBench bench{robustness(4)};
  bench.set(kGroup, FilterMode::exclude, {});
  EXPECT_THAT(bench.sent_in_the_end(), SizeIs(4));
}

// --- no room, no routers --------------------------------------------------------------------------

TEST(Proxy, AFrameForWhichThereIsNoRoomIsOfferedAgainAMillisecondLaterAndNothingIsLost) {
  ProxyBench bench{robustness(1)};
  bench.set(kGroup, FilterMode::include, many_sources(800));
  bench.sink.room = 1;
  EXPECT_THAT(bench.sent(), SizeIs(1));
  EXPECT_EQ(bench.sink.refused, 1U);
  EXPECT_EQ(bench.proxy.next(), bench.clock.now() + 1ms);
  // Not before, and not in between.
  bench.clock.advance(1ms - 1ns);
  EXPECT_THAT(bench.sent(), IsEmpty());
  EXPECT_EQ(bench.sink.refused, 1U);
  bench.clock.advance(1ns);
  EXPECT_THAT(bench.sent(), IsEmpty());
  EXPECT_EQ(bench.sink.refused, 2U);
  EXPECT_EQ(bench.proxy.next(), bench.clock.now() + 1ms);
  bench.sink.room = 1000;
  bench.clock.advance(1ms);
  const std::vector<Sent> rest = bench.sent();
  ASSERT_THAT(rest, SizeIs(2));
  Sources heard;
  for (const Sent& message : rest) {
    ASSERT_THAT(message.records, SizeIs(1));
    EXPECT_EQ(message.records[0].type, RecordType::allow_new_sources);
    heard.insert(heard.end(), message.records[0].sources.begin(), message.records[0].sources.end());
  }
  const Sources all = many_sources(800);
  EXPECT_EQ(heard, Sources(all.begin() + 365, all.end()));
  EXPECT_EQ(bench.proxy.next(), kNever);
}

TEST(Proxy, WithoutRouterPortsNothingIsSentAndARouterThatAppearsIsAnswered) {
  ProxyBench bench;
  bench.routers = {};
  bench.set(kGroup, FilterMode::exclude, {});
  EXPECT_THAT(bench.sent_in_the_end(), IsEmpty());
  EXPECT_EQ(bench.sink.refused, 0U);
  bench.routers = PortSet::of(7);
  bench.query(3);
  const std::vector<Sent> answer = bench.sent_in_the_end();
  ASSERT_THAT(answer, SizeIs(1));
  EXPECT_EQ(answer[0].ports, PortSet::of(7));
  EXPECT_THAT(answer[0].records, ElementsAre(Record{RecordType::mode_is_exclude, kGroup, {}}));
}

TEST(Proxy, AFrameThatWaitsIsForgottenWithTheLastRouterPort) {
  ProxyBench bench{robustness(1)};
  bench.set(kGroup, FilterMode::exclude, {});
  bench.sink.room = 0;
  EXPECT_THAT(bench.sent(), IsEmpty());
  bench.sink.room = 1000;
  bench.routers = {};
  bench.clock.advance(1ms);
  EXPECT_THAT(bench.sent(), IsEmpty());
  EXPECT_EQ(bench.proxy.next(), kNever);
}

// A hundred thousand groups are hundreds of frames: not in one turn of the control thread.
TEST(Proxy, OneCallSendsABoundedNumberOfFramesAndTheRestFollow) {
  constexpr std::uint32_t kGroups = 20'000;
  ProxyBench bench{robustness(1)};
  const auto group = [](std::uint32_t i) { return Ipv4Address{ip("239.7.0.0").bits + i}; };
  for (std::uint32_t i = 0; i < kGroups; ++i) {
    bench.set(group(i), FilterMode::exclude, {});
  }
  std::vector<bool> is_said(kGroups);
  std::size_t frames = 0;
  while (bench.proxy.next() <= bench.clock.now()) {
    const std::vector<Sent> said = bench.sent();
    EXPECT_LE(said.size(), Proxy::kFramesAtOnce);
    frames += said.size();
    for (const Sent& message : said) {
      for (const Record& record : message.records) {
        is_said[record.group.v4().bits - group(0).bits] = true;
      }
    }
  }
  // 183 records a frame.
  EXPECT_EQ(frames, (kGroups + 182) / 183);
  EXPECT_THAT(is_said, testing::Each(true));
  EXPECT_EQ(bench.proxy.next(), kNever);
}

// RFC 9776 section 5.2: the answer of a large VLAN is no burst.
TEST(Proxy, AnAnswerOfManyFramesIsSpreadOverTheTimeThatTheQuerierGives) {
  constexpr std::uint32_t kGroups = 20'000;
  ProxyBench bench{robustness(1)};
  for (std::uint32_t i = 0; i < kGroups; ++i) {
    bench.set(Ipv4Address{ip("239.7.0.0").bits + i}, FilterMode::exclude, {});
  }
  while (bench.proxy.next() <= bench.clock.now()) {
    bench.sent();
  }
  const TimePoint start = bench.clock.now();
  bench.query(3);
  std::size_t frames = 0;
  std::size_t largest = 0;
  while (bench.proxy.next() != kNever) {
    bench.clock.advance(bench.proxy.next() - bench.clock.now());
    const std::size_t sent = bench.sent().size();
    frames += sent;
    largest = std::max(largest, sent);
  }
  EXPECT_EQ(frames, (kGroups + 182) / 183);
  EXPECT_EQ(largest, 1U);
  EXPECT_GT(bench.clock.now(), start + 8s);
  EXPECT_LE(bench.clock.now(), start + 10s);
}

TEST(Proxy, GoesOnWhenItHasBeenMoved) {
  ProxyBench bench;
  bench.set(kGroup, FilterMode::exclude, {});
  EXPECT_THAT(bench.sent(), SizeIs(1));
  Proxy moved{std::move(bench.proxy)};
  bench.clock.advance(1s);
  bench.sink.sent.clear();
  EXPECT_EQ(moved.on_time(bench.clock.now(), bench.sink, kRouters), 1U);
  EXPECT_EQ(moved.next(), kNever);
}

}  // namespace
}  // namespace mcswitch::control::proxy_test
