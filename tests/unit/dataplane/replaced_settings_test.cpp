// SPDX-License-Identifier: BSD-3-Clause
//
// The real worker while another thread replaces the settings: where a frame goes and how it is tagged there
// are said by one block, for all frames of a burst.

#include <array>
#include <atomic>
#include <thread>

#include "unit/dataplane/bench.hpp"

namespace mcswitch::dataplane {
namespace {

// How frames of port 2 leave by one of two settings, which agree in nothing.
struct Way {
  VlanId vlan;
  PortSet all;
  PortSet tagged;
};
const std::array<Way, 2> kWays{Way{10, ports({3, 4}), ports({4})}, Way{10, ports({3, 4, 5}), ports({3})}};

std::unique_ptr<table::ForwardingBlock> settings_of(const Way& way) {
  auto block = std::make_unique<table::ForwardingBlock>();
  block->has_tags = true;
  block->ports[2].vlan = way.vlan;
  table::VlanForwarding& vlan = block->vlans[way.vlan];
  vlan.flood.store(way.all);
  vlan.unregistered.store(way.all);
  vlan.tagged = way.tagged;
  vlan.igmp = table::Snooping::prune;
  return block;
}

// What ports 3 to 5 have sent of a burst: that by this way, and nothing else.
bool is_sent_by(const Way& way, const std::array<std::vector<rte_mbuf*>, Bench::kPorts>& sent,
                const Bytes& frame, std::size_t count) {
  for (PortId port = 3; port <= 5; ++port) {
    if (sent[port].size() != (way.all.contains(port) ? count : 0)) {
      return false;
    }
    const std::size_t size = frame.size() + (way.tagged.contains(port) ? 4 : 0);
    for (const rte_mbuf* m : sent[port]) {
      if (m->pkt_len != size) {
        return false;
      }
    }
  }
  return true;
}

// Frames come in, the way changes meanwhile, until both ways have been taken often, one behind the other.
void expect_one_way_for_each_burst(const Bytes& frame) {
  constexpr std::size_t kBurstSize = 32;
  constexpr int kChanges = 40;
  Bench bench;
  std::atomic<bool> is_over{false};
  std::thread control_thread{[&] {
    for (unsigned n = 0; !is_over.load(); ++n) {
      bench.blocks().publish(settings_of(kWays[n % 2]), bench.quiescence());
      while (!bench.blocks().is_settled()) {
        bench.blocks().reclaim(bench.quiescence());
      }
    }
  }};
  // The bench has settings of its own, which know no port 3 to 5 with both.
  int changes = 0;
  const Way* last = nullptr;
  while (changes < kChanges && !testing::Test::HasFailure()) {
    for (std::size_t n = 0; n < kBurstSize; ++n) {
      bench.arrive(2, frame);
    }
    bench.turn();
    std::array<std::vector<rte_mbuf*>, Bench::kPorts> sent;
    for (PortId port = 0; port < Bench::kPorts; ++port) {
      sent[port] = bench.sent(port);
    }
    const bool is_first = is_sent_by(kWays[0], sent, frame, kBurstSize);
    const bool is_second = is_sent_by(kWays[1], sent, frame, kBurstSize);
    if (last != nullptr || is_first || is_second) {
      EXPECT_NE(is_first, is_second) << "frames by ports 3, 4, 5: " << sent[3].size() << ", "
                                     << sent[4].size() << ", " << sent[5].size();
      const Way* way = is_first ? &kWays[0] : &kWays[1];
      changes += last != nullptr && way != last ? 1 : 0;
      last = way;
    }
    EXPECT_EQ(bench.missing(), 0U);
  }
  is_over = true;
  control_thread.join();
}

TEST(ReplacedSettings, PlainDataGoesOneWay) { expect_one_way_for_each_burst(test::udp(kGroup)); }

TEST(ReplacedSettings, OtherFramesGoOneWay) {
  expect_one_way_for_each_burst(test::arp_request(Ipv4Address::of(10, 0, 0, 1)));
}

}  // namespace
}  // namespace mcswitch::dataplane
