// SPDX-License-Identifier: BSD-3-Clause
//
// Many frames at once: conservation, order within a burst, learning, buffers of several segments.

#include <algorithm>
#include <random>

#include "unit/forwarding/bench.hpp"

namespace mcswitch::forwarding {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::SizeIs;

// One frame of each kind that there is a fate for, on port 2.
std::vector<Bytes> one_of_each() {
  Bytes truncated = test::udp(kGroup, {}, 100);
  truncated.resize(100);
  return {
      Bytes(13),
      truncated,
      test::arp_request(ip("10.0.0.1"), {.source_mac = own_mac(2)}),
      test::arp_request(ip("10.0.0.1"), {.source_mac = MacAddress{}}),
      test::udp(kGroup, {.vlan = VlanId{20}}),
      test::ethernet_frame(MacAddress{0x0180c2000000}, 0x0026, Bytes(46)),
      test::v2_report(kGroup, {.wrong_igmp_checksum = true}),
      test::v2_report(kGroup),
      test::leave(kGroup),
      test::v2_query(),
      test::pim_hello(),
      test::udp(ip("224.0.0.251")),
      test::udp(kGroup),
      test::udp(kSameMac),
      test::ipv6_multicast(),
      test::ethernet_frame(mac("01:1b:19:00:00:00"), 0x88f7, Bytes(46)),
      test::arp_request(ip("10.0.0.1"), {.source_mac = host(2)}),
      test::unicast(host(2)),
      test::unicast(host(99)),
  };
}

TEST(Fates, EachIsReachedOnceByTheFrameThatItIsFor) {
  Bench bench;
  bench.receive(2, one_of_each());
  for (std::size_t i = 0; i < decltype(PortCounters::fates)::size(); ++i) {
    const auto fate = static_cast<FrameFate>(i);
    // The first is of ports that block queries, the second is counted by the worker that hands over.
    const bool is_elsewhere = fate == FrameFate::igmp_query_blocked || fate == FrameFate::igmp_handover_full;
    EXPECT_EQ(bench.count(2, fate), is_elsewhere ? 0U : 1U) << kFrameFateNames[i].name;
  }
  EXPECT_EQ(bench.sum_of_fates(2), bench.counters[2].rx_packets.value());
}

// "frames conserved": every frame has one fate, and a burst gives the result of its frames one by one.
TEST(Fates, AddUpToWhatWasReceivedForWhateverComes) {
  std::mt19937_64 random{20'250'301};
  Bench bench{{.block_queries = ports({3})}};
  const std::vector<Bytes> kinds = one_of_each();
  std::uint64_t bytes = 0;
  std::uint64_t frames = 0;
  for (int burst = 0; burst < 400; ++burst) {
    const auto port = static_cast<PortId>(2 + random() % 8);
    std::vector<Bytes> received(random() % (Forwarder::kMaxBurst + 1));
    for (Bytes& frame : received) {
      frame = kinds[random() % kinds.size()];
      // Some of them spoilt, some cut.
      if (random() % 3 == 0) {
        frame[random() % frame.size()] ^= static_cast<std::uint8_t>(1U << random() % 8);
      }
      if (random() % 5 == 0) {
        frame.resize(random() % (frame.size() + 1));
      }
      bytes += frame.size();
    }
    frames += received.size();
    const auto egress = bench.receive(port, received);
    for (const PortSet set : egress) {
      ASSERT_FALSE(set.contains(port));
      ASSERT_TRUE((set & ~(kFlood10.contains(port) ? kFlood10 : kFlood20)).empty());
    }
    bench.take_messages();
    bench.clock.advance(1ms);
  }
  std::uint64_t counted_frames = 0;
  std::uint64_t counted_bytes = 0;
  for (PortId port = 0; port < Bench::kPortCount; ++port) {
    EXPECT_EQ(bench.sum_of_fates(port), bench.counters[port].rx_packets.value());
    EXPECT_EQ(bench.sum_of_errors(port), bench.count(port, FrameFate::malformed));
    counted_frames += bench.counters[port].rx_packets.value();
    counted_bytes += bench.counters[port].rx_bytes.value();
  }
  EXPECT_EQ(counted_frames, frames);
  EXPECT_EQ(counted_bytes, bytes);
}

// 64 lookups at once, hits and misses mixed, each answer with its frame.
TEST(Burst, OfSixtyFourFramesKeepsAnswersWithTheirFrames) {
  Bench bench;
  std::vector<Bytes> data;
  for (std::uint32_t i = 0; i < Forwarder::kMaxBurst; ++i) {
    const Ipv4Address group{0xef010100U + i};
    if (i % 3 == 0) {
      bench.receive(i % 2 == 0 ? 3 : 5, test::v2_report(group));
    }
    data.push_back(i % 7 == 6 ? test::arp_request(ip("10.0.0.1")) : test::udp(group));
  }
  const std::vector<PortSet> egress = bench.receive(2, data);
  ASSERT_THAT(egress, SizeIs(64));
  for (std::size_t i = 0; i < egress.size(); ++i) {
    const PortSet expected = i % 7 == 6   ? ports({3, 5, 8})
                             : i % 3 != 0 ? ports({3})  // unregistered
                             : i % 2 == 0 ? ports({3, 8})
                                          : ports({5, 8});
    EXPECT_EQ(egress[i], expected) << i;
  }
}

TEST(Burst, OfNothingChangesNothing) {
  Bench bench;
  const Bench::State before = bench.state();
  bench.receive(2, std::vector<Bytes>{});
  EXPECT_TRUE(bench.state() == before);
  EXPECT_EQ(bench.counters[2].rx_packets.value(), 0U);
}

// Data behind the report in the same burst finds the member.
TEST(Burst, DataBehindAReportInItFindsTheMember) {
  Bench bench;
  bench.receive(5, test::v2_report(kGroup));
  const auto egress =
      bench.receive(8, std::vector{test::v2_report(kSameMac), test::udp(kGroup), test::udp(kSameMac)});
  EXPECT_THAT(egress, ElementsAre(ports({5}), ports({5}), kNowhere));
  EXPECT_EQ(bench.count(8, FrameFate::multicast_registered), 2U);
}

// --- learning ------------------------------------------------------------------------------------

// Fast data goes as a burst of its own, after everything else of its burst: also where it is among others,
// also where one of its frames turns out to be damaged.
TEST(Burst, DataAmongOtherFramesGoesWhereItGoesAlone) {
  const Ipv4Address wanted = ip("239.1.2.3");
  for (const bool one_is_spoilt : {false, true}) {
    Bench bench;
    std::vector<Bytes> burst;
    for (unsigned n = 0; n < 7; ++n) {
      burst.push_back(test::udp(n % 2 == 0 ? wanted : ip("239.1.2.4"), {}, 30 + n));
      burst.push_back(test::unicast(MacAddress{0x02'00'00'00'0a'0bU}));
    }
    burst.push_back(test::udp(wanted, {.wrong_ip_checksum = one_is_spoilt}));
    bench.receive(5, test::v2_report(wanted));
    const std::vector<PortSet> egress = bench.receive(8, burst);
    ASSERT_EQ(egress.size(), 15U);
    for (unsigned n = 0; n < 14; ++n) {
      Bench alone;
      alone.receive(5, test::v2_report(wanted));
      EXPECT_EQ(egress[n], alone.receive(8, burst[n])) << n;
    }
    EXPECT_EQ(egress[14].empty(), one_is_spoilt);
    EXPECT_EQ(bench.count(8, FrameFate::malformed), one_is_spoilt ? 1U : 0U);
    EXPECT_EQ(bench.sum_of_fates(8), 15U);
    EXPECT_EQ(bench.counters[8].rx_packets.value(), 15U);
    for (unsigned n = 0; n < 14; ++n) {
      EXPECT_EQ(bench.notes[n].tci, 10);
    }
  }
}

TEST(MacLearning, TakesSourcesOfWhatIsForwardedAndOfValidIgmp) {
  Bench bench;
  const Bytes frames[] = {
      test::arp_request(ip("10.0.0.1"), {.source_mac = host(1)}),
      test::unicast(host(99), {.source_mac = host(2)}),
      test::udp(kGroup, {.source_mac = host(3)}),
      test::v2_report(kGroup, {.source_mac = host(4)}),
      test::leave(kGroup, {.source_mac = host(5)}),
      test::v2_query({}, 100, {.source_mac = host(6)}),
      test::pim_hello({.source_mac = host(7)}),
      test::other_igmp(0x30, {.source_mac = host(8)}),
      test::ipv6_multicast({.source_mac = host(9)}),
  };
  for (const Bytes& frame : frames) {
    bench.receive(5, frame);
  }
  for (unsigned n = 1; n <= 9; ++n) {
    EXPECT_EQ(bench.macs.find(10, host(n)), PortId{5}) << n;
    EXPECT_FALSE(bench.macs.find(20, host(n)).has_value()) << n;
  }
  EXPECT_EQ(bench.count(5, PortEvent::macs_learned), 9U);
}

TEST(MacLearning, AStationThatMovesIsFoundAtItsNewPort) {
  Bench bench;
  bench.receive(2, test::arp_request(ip("10.0.0.1"), {.source_mac = host(1)}));
  bench.receive(5, test::arp_request(ip("10.0.0.1"), {.source_mac = host(1)}));
  EXPECT_EQ(bench.receive(8, test::unicast(host(1), {.source_mac = host(8)})), ports({5}));
  EXPECT_EQ(bench.count(5, PortEvent::macs_moved), 1U);
  bench.receive(2, test::arp_request(ip("10.0.0.1"), {.source_mac = host(1)}));
  EXPECT_EQ(bench.receive(8, test::unicast(host(1), {.source_mac = host(8)})), ports({2}));
  EXPECT_EQ(bench.count(2, PortEvent::macs_moved), 1U);
}

// Back and forth within one burst: a frame of another station in between does not hide the return.
TEST(MacLearning, InABurstGoesByTheLastFrame) {
  Bench bench;
  const auto from = [](unsigned n) { return test::arp_request(ip("10.0.0.1"), {.source_mac = host(n)}); };
  bench.receive(2, std::vector{from(1), from(2), from(1), from(1)});
  bench.receive(5, std::vector{from(1), from(1), from(2)});
  EXPECT_EQ(bench.macs.find(10, host(1)), PortId{5});
  EXPECT_EQ(bench.count(2, PortEvent::macs_learned), 2U);
  EXPECT_EQ(bench.count(5, PortEvent::macs_moved), 2U);
  // What was learned in the burst counts within it.
  const auto egress = bench.receive(8, std::vector{from(3), test::unicast(host(3), {.source_mac = host(4)})});
  EXPECT_THAT(egress, ElementsAre(ports({2, 3, 5}), kNowhere));
}

TEST(MacLearning, FullTableIsCountedAndTheUnknownIsFlooded) {
  Bench bench{{.max_macs = 2}};
  for (unsigned n = 1; n <= 3; ++n) {
    bench.receive(2, test::arp_request(ip("10.0.0.1"), {.source_mac = host(n)}));
  }
  EXPECT_EQ(bench.count(2, PortEvent::macs_learned), 2U);
  EXPECT_EQ(bench.count(2, PortEvent::macs_refused_full), 1U);
  EXPECT_EQ(bench.receive(3, test::unicast(host(3), {.source_mac = host(1)})), ports({2, 5, 8}));
}

// What fast leave goes by: has one host been seen on the port, or more?
TEST(MacLearning, TellsWhetherAPortHasASingleHost) {
  Bench bench;
  const auto from = [](unsigned n) { return test::arp_request(ip("10.0.0.1"), {.source_mac = host(n)}); };
  const TimePoint start = bench.clock.now();
  bench.receive(2, from(1));
  bench.receive(2, from(1));
  EXPECT_TRUE(bench.port_table[2].has_single_host(start));
  const TimePoint last_of_1 = bench.clock.now();
  bench.receive(2, std::vector{from(1), from(2), from(2)});
  EXPECT_FALSE(bench.port_table[2].has_single_host(start));
  EXPECT_FALSE(bench.port_table[2].has_single_host(last_of_1));
  EXPECT_TRUE(bench.port_table[2].has_single_host(last_of_1 + 1ns));
  EXPECT_TRUE(bench.port_table[3].has_single_host(start));
}

// --- buffers of several segments -----------------------------------------------------------------

struct Segments {
  Bytes whole;
  std::size_t asked = 0;
  std::size_t index = 99;
  static const std::uint8_t* linear(void* context, std::size_t index) {
    auto* self = static_cast<Segments*>(context);
    ++self->asked;
    self->index = index;
    return self->whole.empty() ? nullptr : self->whole.data();
  }
};

// A long report whose records lie in a second segment.
TEST(Linearizer, IsAskedForIgmpInSeveralSegments) {
  std::vector<test::V3Record> records;
  for (std::uint32_t i = 0; i < 20; ++i) {
    records.push_back({.type = 4, .group = Ipv4Address{0xef010000U + i}});
  }
  Segments segments{.whole = test::v3_report(records)};
  const Bytes other = test::udp(kGroup);
  // What is behind the first segment is not in its buffer.
  const Bytes first(segments.whole.begin(), segments.whole.begin() + 60);
  const Frame frames[] = {
      {.data = other.data(), .contiguous = 40, .length = static_cast<std::uint32_t>(other.size())},
      {.data = first.data(), .contiguous = 60, .length = static_cast<std::uint32_t>(segments.whole.size())},
  };
  Bench bench;
  std::vector<PortSet> egress(2);
  std::vector<FrameNote> notes(2);
  bench.forwarder.process(3, frames, bench.clock.now(), egress, notes,
                          {.whole = &Segments::linear, .context = &segments});
  EXPECT_THAT(egress, ElementsAre(kNowhere, ports({5})));
  EXPECT_EQ(segments.asked, 1U);
  EXPECT_EQ(segments.index, 1U);
  EXPECT_EQ(bench.groups.group_count(), 20U);
}

TEST(Linearizer, ThatCannotMakesTheMessageMalformed) {
  const Bytes report = test::v2_report(kGroup);
  const Bytes first(report.begin(), report.begin() + 40);
  const Frame frame{.data = first.data(), .contiguous = 40, .length = 60};
  Bench bench;
  PortSet egress = kFlood10;
  Segments none;
  FrameNote note;
  bench.forwarder.process(3, {&frame, 1}, bench.clock.now(), {&egress, 1}, {&note, 1},
                          {.whole = &Segments::linear, .context = &none});
  EXPECT_EQ(egress, kNowhere);
  egress = kFlood10;
  bench.forwarder.process(3, {&frame, 1}, bench.clock.now(), {&egress, 1}, {&note, 1});
  EXPECT_EQ(egress, kNowhere);
  EXPECT_EQ(bench.count(3, proto::ParseError::ip_header_truncated), 2U);
  EXPECT_TRUE(bench.members(kGroup).empty());
}

}  // namespace
}  // namespace mcswitch::forwarding
