// SPDX-License-Identifier: BSD-3-Clause
//
// Where data of a group goes by its source (RFC 9776 section 6.3): in bursts of fast data, among other
// frames, and one by one.

#include <algorithm>
#include <map>
#include <random>
#include <tuple>

#include "unit/forwarding/bench.hpp"

namespace mcswitch::forwarding {
namespace {

using table::EntryKind;

const Ipv4Address kRequested = ip("10.9.9.1");  // by 3
const Ipv4Address kExcluded = ip("10.9.9.2");   // by 5, which wants any other
const Ipv4Address kBoth = ip("10.9.9.3");       // excluded by 5 and requested by 3
const Ipv4Address kUnlisted = ip("10.9.9.4");
const Ipv4Address kInclude = ip("239.1.2.4");    // members in mode INCLUDE only: 3 wants kRequested
const Ipv4Address kWithout = ip("239.129.2.3");  // no sources; member 5; the MAC address of kGroup
const Ipv4Address kNobodys = ip("239.1.2.9");

struct FilterBench : Bench {
  explicit FilterBench(const BenchOptions& options = {}) : Bench{options} {}

  static IpAddress six(Ipv4Address address) { return IpAddress::from(address); }
  void request(PortId port, Ipv4Address group, Ipv4Address source, VlanId vlan = 10) {
    EXPECT_EQ(groups.join_source({vlan, six(group)}, six(source), port, next()).result,
              table::JoinResult::joined);
  }
  void exclude(PortId port, Ipv4Address group, Ipv4Address source, VlanId vlan = 10) {
    EXPECT_EQ(
        groups.control_join_source(EntryKind::excluded, {vlan, six(group)}, six(source), port, next()).result,
        table::JoinResult::joined);
  }
  void want(PortId port, Ipv4Address group, VlanId vlan = 10) {
    EXPECT_EQ(groups.join({vlan, six(group)}, port, next(), 3).result, table::JoinResult::joined);
  }
  Stamp next() { return ++stamp_; }

  // The groups above.
  void fill() {
    want(5, kGroup);
    exclude(5, kGroup, kExcluded);
    exclude(5, kGroup, kBoth);
    request(3, kGroup, kRequested);
    request(3, kGroup, kBoth);
    request(3, kInclude, kRequested);
    want(5, kWithout);
  }

 private:
  Stamp stamp_ = 100;
};

struct Data {
  Ipv4Address group;
  Ipv4Address source;
  PortSet ports;  // in VLAN 10, received on 2; 8 is the router port, 3 gets what is not registered
};

const Data kData[] = {
    {kGroup, kRequested, ports({3, 5, 8})},
    {kGroup, kExcluded, ports({8})},
    {kGroup, kBoth, ports({3, 8})},
    {kGroup, kUnlisted, ports({5, 8})},
    {kInclude, kRequested, ports({3, 8})},
    {kInclude, kUnlisted, ports({8})},  // registered, and no port wants it
    {kWithout, kRequested, ports({5, 8})},
    {kNobodys, kRequested, ports({3})},
};

Bytes frame_of(const Data& data, std::size_t size = 64) {
  return test::udp(data.group, {.source = data.source}, size);
}

TEST(SourceFilter, DecidesByRequestedAndExcluded) {
  for (const Data& data : kData) {
    FilterBench bench;
    bench.fill();
    EXPECT_EQ(bench.receive(2, frame_of(data)), data.ports)
        << to_string(data.group) << ' ' << to_string(data.source);
    const bool is_registered = data.group != kNobodys;
    EXPECT_EQ(bench.count(2, FrameFate::multicast_registered), is_registered ? 1U : 0U);
    EXPECT_EQ(bench.count(2, FrameFate::multicast_unregistered), is_registered ? 0U : 1U);
  }
}

// Bursts of fast data of every size that is special: one, part of a step, a step, one more, all.
TEST(SourceFilter, DecidesInPlainBurstsOfAnySize) {
  for (const std::size_t size : {1U, 2U, 7U, 8U, 9U, 31U, 32U, 33U, 63U, 64U}) {
    for (std::size_t begin = 0; begin < std::size(kData); ++begin) {
      FilterBench bench;
      bench.fill();
      std::vector<Bytes> burst;
      for (std::size_t i = 0; i < size; ++i) {
        burst.push_back(frame_of(kData[(begin + i * 3) % std::size(kData)], 18 + i));
      }
      const auto egress = bench.receive(2, burst);
      std::uint64_t registered = 0;
      for (std::size_t i = 0; i < size; ++i) {
        const Data& data = kData[(begin + i * 3) % std::size(kData)];
        ASSERT_EQ(egress[i], data.ports) << "burst of " << size << ", frame " << i;
        registered += data.group != kNobodys ? 1 : 0;
      }
      EXPECT_EQ(bench.count(2, FrameFate::multicast_registered), registered);
      EXPECT_EQ(bench.count(2, FrameFate::multicast_unregistered), size - registered);
      EXPECT_EQ(bench.counters[2].rx_packets.value(), size);
    }
  }
}

TEST(SourceFilter, DecidesInBurstsAmongOtherFrames) {
  for (const std::size_t every : {2U, 3U, 5U, 9U}) {
    FilterBench bench;
    bench.fill();
    std::vector<Bytes> burst;
    for (std::size_t i = 0; i < Forwarder::kMaxBurst; ++i) {
      burst.push_back(i % every == 1 ? test::arp_request(ip("10.0.0.1"))
                                     : frame_of(kData[i % std::size(kData)], 40 + i));
    }
    const auto egress = bench.receive(2, burst);
    for (std::size_t i = 0; i < burst.size(); ++i) {
      ASSERT_EQ(egress[i], i % every == 1 ? ports({3, 5, 8}) : kData[i % std::size(kData)].ports) << i;
    }
  }
}

// Headers that the fast path leaves alone: IP options move nothing that is asked for.
TEST(SourceFilter, DecidesOnFramesWithIpOptions) {
  FilterBench bench;
  bench.fill();
  std::vector<Bytes> burst;
  for (const Data& data : kData) {
    const Bytes frame = test::udp(
        data.group, {.source = data.source, .ip_options = Bytes{0x82, 0x0b, 0, 0, 1, 2, 3, 4, 5, 6, 7}});
    EXPECT_EQ(bench.receive(2, frame), data.ports);
    burst.push_back(frame);
  }
  const auto egress = bench.receive(2, burst);
  for (std::size_t i = 0; i < burst.size(); ++i) {
    EXPECT_EQ(egress[i], kData[i].ports) << i;
  }
}

TEST(SourceFilter, DecidesInTheVlanOfTheTag) {
  FilterBench bench;
  bench.make_trunks();
  bench.fill();
  bench.want(6, kGroup, 20);
  bench.exclude(6, kGroup, kRequested, 20);
  bench.request(7, kGroup, kExcluded, 20);
  std::vector<Bytes> burst;
  std::vector<PortSet> expected;
  for (const Data& data : kData) {
    burst.push_back(test::udp(data.group, {.source = data.source, .vlan = VlanId{10}}));
    expected.push_back(data.ports);
    burst.push_back(test::udp(data.group, {.source = data.source, .vlan = VlanId{20}}));
    // In VLAN 20 port 4 is the router port, and 7 gets what is not registered.
    expected.push_back(data.group != kGroup        ? ports({7})
                       : data.source == kRequested ? ports({4})
                       : data.source == kExcluded  ? ports({4, 6, 7})
                                                   : ports({4, 6}));
  }
  const auto egress = bench.receive(9, burst);
  for (std::size_t i = 0; i < burst.size(); ++i) {
    EXPECT_EQ(egress[i], expected[i]) << i;
    EXPECT_EQ(bench.receive(9, burst[i]), expected[i]) << i;
  }
}

// A tag that the device has taken out, and buffers of several segments.
TEST(SourceFilter, DecidesOnFramesWhoseTagTheDeviceHasTakenOutOrThatAreNotInOnePiece) {
  FilterBench bench;
  bench.make_trunks();
  bench.fill();
  for (const Data& data : kData) {
    const Bytes bytes = frame_of(data, 400);
    const auto size = static_cast<std::uint32_t>(bytes.size());
    EXPECT_EQ(bench.receive(9, Frame{.data = bytes.data(),
                                     .contiguous = size,
                                     .length = size,
                                     .has_stripped_tag = true,
                                     .stripped_tci = 10}),
              data.ports);
    EXPECT_EQ(bench.receive(2, Frame{.data = bytes.data(), .contiguous = 60, .length = size}), data.ports);
  }
}

// The port that a frame came in by is never among those that it leaves by, requested or not.
TEST(SourceFilter, NeverSendsBack) {
  FilterBench bench;
  bench.fill();
  EXPECT_EQ(bench.receive(3, frame_of({kGroup, kRequested, {}})), ports({5, 8}));
  EXPECT_EQ(bench.receive(3, std::vector(9, frame_of({kGroup, kBoth, {}}))).back(), ports({8}));
  EXPECT_EQ(bench.receive(8, frame_of({kInclude, kUnlisted, {}})), kNowhere);
}

// A group that has members in mode INCLUDE only is registered: what no port wants goes to the routers, not
// where unregistered data goes.
TEST(SourceFilter, AGroupWithoutPortsIsRegistered) {
  FilterBench bench;
  bench.request(3, kGroup, kRequested);
  EXPECT_EQ(bench.receive(2, frame_of({kGroup, kUnlisted, {}})), ports({8}));
  bench.vlans[10].registered.store(kNowhere);
  EXPECT_EQ(bench.receive(2, frame_of({kGroup, kUnlisted, {}})), kNowhere);
  EXPECT_EQ(bench.receive(2, frame_of({kGroup, kRequested, {}})), ports({3}));
  EXPECT_EQ(bench.count(2, FrameFate::multicast_registered), 3U);
}

// Data behind the report in the same burst finds the source.
TEST(SourceFilter, DataBehindAReportInItsBurstFindsTheSource) {
  FilterBench bench;
  std::vector<Bytes> burst(12, frame_of({kGroup, kRequested, {}}));
  burst[0] = test::v3_report({{.type = 5, .group = kGroup, .sources = {kRequested}}});
  EXPECT_EQ(bench.receive(2, frame_of({kGroup, kRequested, {}})), ports({3}));
  const auto egress = bench.receive(2, burst);
  for (std::size_t i = 1; i < burst.size(); ++i) {
    EXPECT_EQ(egress[i], ports({8})) << i;  // registered now, and 2 is the only member
  }
  EXPECT_EQ(bench.receive(5, frame_of({kGroup, kRequested, {}})), ports({2, 8}));
}

// --- by chance ------------------------------------------------------------------------------------

// Any groups and sources, any bursts: the burst as a whole, its frames one by one on another bench, and plain
// maps say the same.
TEST(SourceFilter, BurstsFramesAndPlainMapsAgreeForWhateverComes) {
  std::mt19937 random{9776};
  const auto pick = [&](std::uint32_t below) { return static_cast<std::uint32_t>(random() % below); };
  constexpr std::uint32_t kGroups = 12;
  constexpr std::uint32_t kSources = 6;
  const auto group = [](std::uint32_t g) { return Ipv4Address{0xef010200U + g}; };
  const auto source = [](std::uint32_t s) { return Ipv4Address{0x0a090900U + s}; };
  const PortId kMembers[] = {2, 3, 5, 8};
  std::uint64_t filtered = 0;
  for (int round = 0; round < 60; ++round) {
    FilterBench burst_bench{{.max_groups = 200}};
    FilterBench frame_bench{{.max_groups = 200}};
    std::map<std::tuple<std::uint32_t, EntryKind, std::uint32_t>, PortSet> model;
    std::map<std::uint32_t, bool> is_registered;
    for (int n = 0; n < 70; ++n) {
      const std::uint32_t g = pick(kGroups);
      // Every third group has no sources, every fourth no port that wants any.
      const auto kind = g % 3 == 0   ? EntryKind::group
                        : g % 4 == 1 ? EntryKind::requested
                                     : static_cast<EntryKind>(pick(3));
      const std::uint32_t s = kind == EntryKind::group ? 0 : pick(kSources);
      const PortId port = kMembers[pick(4)];
      PortSet& set = model[{g, kind, s}];
      if (set.contains(port)) {
        continue;
      }
      set.add(port);
      is_registered[g] = true;
      for (FilterBench* bench : {&burst_bench, &frame_bench}) {
        if (kind == EntryKind::group) {
          bench->want(port, group(g));
        } else if (kind == EntryKind::requested) {
          bench->request(port, group(g), source(s));
        } else {
          bench->exclude(port, group(g), source(s));
        }
      }
    }
    for (int bursts = 0; bursts < 20; ++bursts) {
      const PortId ingress = kMembers[pick(4)];
      // Fast data only, or with some other frames, or with many.
      const std::uint32_t others = std::array<std::uint32_t, 3>{0, 10, 2}[pick(3)];
      std::vector<Bytes> burst;
      std::vector<PortSet> expected;
      const std::size_t size = 1 + pick(Forwarder::kMaxBurst);
      while (burst.size() < size) {
        const std::uint32_t g = pick(kGroups + 1);
        const std::uint32_t s = pick(kSources + 1);
        test::FrameOptions options{.source_mac = host(ingress), .source = source(s)};
        if (others != 0 && pick(others) == 0) {
          if (pick(2) == 0) {
            burst.push_back(test::arp_request(ip("10.0.0.1"), options));
            expected.push_back(PortSet{kFlood10}.remove(ingress));
            continue;
          }
          options.ip_options = Bytes{1, 1, 1, 1};
        }
        burst.push_back(test::udp(group(g), options, 18 + pick(200)));
        PortSet to = ports({3});
        if (is_registered.contains(g)) {
          to = (model[{g, EntryKind::group, 0}] & ~model[{g, EntryKind::excluded, s}]) |
               model[{g, EntryKind::requested, s}] | ports({8});
          filtered += g % 3 != 0 ? 1 : 0;
        }
        expected.push_back(to.remove(ingress));
      }
      const auto egress = burst_bench.receive(ingress, burst);
      for (std::size_t i = 0; i < burst.size(); ++i) {
        ASSERT_EQ(egress[i], expected[i]) << "round " << round << ", burst of " << size << ", frame " << i;
        ASSERT_EQ(frame_bench.receive(ingress, burst[i]), expected[i])
            << "round " << round << ", frame " << i;
      }
    }
    for (const PortId port : kMembers) {
      for (std::size_t i = 0; i < decltype(PortCounters::fates)::size(); ++i) {
        const auto fate = static_cast<FrameFate>(i);
        ASSERT_EQ(burst_bench.count(port, fate), frame_bench.count(port, fate)) << kFrameFateNames[i].name;
      }
    }
  }
  EXPECT_GT(filtered, 10'000U);
}

}  // namespace
}  // namespace mcswitch::forwarding
