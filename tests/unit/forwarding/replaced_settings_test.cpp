// SPDX-License-Identifier: BSD-3-Clause
//
// Settings are replaced while a burst is being decided: all of its frames go by the old ones, the next burst
// by the new ones. The moment is not left to chance: the control thread's part is done in the middle of the
// burst, when the Forwarder asks for the bytes of an IGMP message in several buffers.

#include "unit/forwarding/bench.hpp"

namespace mcswitch::forwarding {
namespace {

// Of everything that can be decided otherwise, the other.
std::unique_ptr<table::ForwardingBlock> other_settings() {
  auto block = std::make_unique<table::ForwardingBlock>();
  for (PortId port = 0; port < Bench::kPortCount; ++port) {
    block->ports[port] = {.own_mac = host(7), .vlan = 20, .block_queries = true};
  }
  for (const VlanId id : {VlanId{10}, VlanId{20}}) {
    table::VlanForwarding& vlan = block->vlans[id];
    vlan.flood.store(ports({0, 1, 6}));
    vlan.registered.store(ports({0}));
    vlan.unregistered.store(ports({1}));
    vlan.reports.store(ports({6}));
    vlan.tagged = ports({2, 5});
    vlan.igmp = table::Snooping::prune;
    vlan.igmp_rules = table::kIgnoreV1Reports | table::kHasSsmRange;
    vlan.ssm_range[0] = 0xe8000000'ff000000;
  }
  return block;
}

// What is received in one piece each, but for one, which is asked for in the middle of the burst.
struct Burst {
  std::vector<Bytes> frames;
  std::size_t in_pieces = 0;
};

// Each kind of decision, before and behind the one in pieces; `data` of them in a row are plain multicast
// data.
Burst burst_of_all_kinds(std::size_t data) {
  const std::vector<Bytes> kinds{
      test::arp_request(ip("10.0.0.1")),
      test::v2_query(),
      test::v1_report(kGroup),
      test::v2_report(Ipv4Address::of(232, 1, 1, 1)),
      test::v3_report({{.type = 4, .group = Ipv4Address::of(232, 1, 1, 2)}}),
      test::leave(Ipv4Address::of(232, 1, 1, 1)),
      test::arp_request(ip("10.0.0.1"), {.source_mac = host(7)}),
      test::udp(kGroup, {.vlan = VlanId{20}}),
      test::udp(kGroup, {.vlan = VlanId{0}}),
  };
  Burst burst{.frames = kinds};
  burst.in_pieces = burst.frames.size();
  burst.frames.push_back(test::v2_report(kSameMac));
  burst.frames.insert(burst.frames.end(), kinds.begin(), kinds.end());
  for (std::size_t n = 0; n < data; ++n) {
    burst.frames.push_back(test::udp(n % 2 == 0 ? kGroup : ip("239.9.9.9")));
  }
  return burst;
}

struct Decided {
  std::vector<PortSet> egress;
  std::vector<std::uint16_t> tcis;
  std::vector<std::uint64_t> fates;
  friend bool operator==(const Decided&, const Decided&) = default;
};

std::vector<std::uint64_t> fates(const Bench& bench) {
  std::vector<std::uint64_t> counts;
  for (std::size_t i = 0; i < decltype(PortCounters::fates)::size(); ++i) {
    counts.push_back(bench.count(2, static_cast<FrameFate>(i)));
  }
  return counts;
}

struct Replacement {
  Bench& bench;
  const Burst& burst;
  bool is_due = false;
  int times = 0;
};

// The bench decides on the burst that port 2 receives; with `replace` the settings are replaced in the
// middle.
Decided decide(Bench& bench, const Burst& burst, bool replace = false) {
  constexpr std::uint32_t kHeaders = 14 + 24;
  std::vector<Frame> frames;
  for (const Bytes& bytes : burst.frames) {
    const auto size = static_cast<std::uint32_t>(bytes.size());
    const bool is_whole = frames.size() != burst.in_pieces;
    frames.push_back({.data = bytes.data(), .contiguous = is_whole ? size : kHeaders, .length = size});
  }
  Replacement replacement{.bench = bench, .burst = burst, .is_due = replace};
  const Linearizer linearizer{.whole =
                                  [](void* context, std::size_t index) {
                                    auto& r = *static_cast<Replacement*>(context);
                                    ++r.times;
                                    if (r.is_due) {
                                      r.bench.tables.forwarding.publish(other_settings(), r.bench.grace);
                                    }
                                    return r.burst.frames[index].data();
                                  },
                              .context = &replacement};
  Decided decided{.egress = std::vector<PortSet>(frames.size()), .tcis = {}, .fates = {}};
  std::vector<FrameNote> notes(frames.size());
  const std::vector<std::uint64_t> before = fates(bench);
  bench.forwarder.process(2, frames, bench.clock.now(), decided.egress, notes, linearizer);
  EXPECT_EQ(replacement.times, 1) << "asked for in the middle of the burst";
  decided.fates = fates(bench);
  for (std::size_t i = 0; i < before.size(); ++i) {
    decided.fates[i] -= before[i];
  }
  for (const FrameNote& note : notes) {
    decided.tcis.push_back(note.tci);
  }
  bench.clock.advance(1ms);
  return decided;
}

class ReplacedSettings : public ::testing::TestWithParam<std::size_t> {};

TEST_P(ReplacedSettings, DecideFromTheNextBurstOn) {
  const Burst burst = burst_of_all_kinds(GetParam());
  // What the old settings say, and what the new ones say behind a burst that the old ones have decided.
  Bench apart;
  const Decided by_old = decide(apart, burst);
  apart.tables.forwarding.publish(other_settings(), apart.grace);
  const Decided by_new = decide(apart, burst);
  EXPECT_NE(by_old, by_new);

  Bench bench;
  EXPECT_EQ(decide(bench, burst, true), by_old);
  EXPECT_EQ(decide(bench, burst), by_new);
}

// Without plain data, with some that is looked up frame by frame, and with as much as is decided as a burst
// in the burst.
INSTANTIATE_TEST_SUITE_P(Data, ReplacedSettings, ::testing::Values(0, 2, 8));

// Plain data as a whole, which the worker hands over with the block that it has loaded.
TEST(ReplacedSettings, DoNotDecideABurstThatArrivedBefore) {
  Bench bench;
  const Bytes data = test::udp(kGroup);
  std::array<const std::uint8_t*, QuickBurst::kStep> frames{};
  frames.fill(data.data());
  const auto size = static_cast<std::uint32_t>(data.size());
  const QuickBurst burst{
      .data = frames.data(), .count = 4, .longest = size, .shortest = size, .lengths = nullptr};
  const Arrival arrival{2, bench.clock.now(), bench.tables.forwarding.current()};
  bench.tables.forwarding.publish(other_settings(), bench.grace);
  std::array<PortSet, QuickBurst::kStep> egress{};
  const Forwarder::Plain plain = bench.forwarder.process_plain(arrival, burst, 4 * data.size(), egress);
  EXPECT_TRUE(plain.done);
  EXPECT_EQ(plain.vlan, 10);
  EXPECT_EQ(egress[3], ports({3}));
  const Arrival next{2, bench.clock.now(), bench.tables.forwarding.current()};
  EXPECT_EQ(bench.forwarder.process_plain(next, burst, 4 * data.size(), egress).vlan, 20);
  EXPECT_EQ(egress[3], ports({1}));
}

}  // namespace
}  // namespace mcswitch::forwarding
