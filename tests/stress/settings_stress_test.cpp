// SPDX-License-Identifier: BSD-3-Clause
//
// Workers forward while the control thread replaces the settings and stores words in place, as fast as it
// can: each burst is decided by one block, which nobody frees meanwhile.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "forwarding/forwarder.hpp"
#include "stress/reader_grace_period.hpp"
#include "support/packet_builder.hpp"

namespace mcswitch::forwarding {
namespace {

using test::Bytes;
using test::ip;
using test::ReaderGracePeriod;

constexpr int kWorkers = 2;
constexpr int kReplacements = MCSWITCH_SANITIZED ? 1'000 : 5'000;
const Ipv4Address kGroup = Ipv4Address::of(239, 1, 2, 3);
const Ipv4Address kOther = Ipv4Address::of(239, 1, 2, 4);

// Blocks of eight kinds: each has a port of its own, 8 to 15, in all of its words. Port 16 comes and goes in
// place; the workers' ports are members of the group that they report.
constexpr unsigned kBlocks = 8;
constexpr PortSet kOwn{0xff00};
constexpr PortId kInPlace = 16;
constexpr VlanId kFirstVlan = 100;
PortSet own(unsigned n) { return PortSet::of(static_cast<PortId>(8 + n % kBlocks)); }
VlanId vlan_of(unsigned n) { return static_cast<VlanId>(kFirstVlan + n % kBlocks); }

void store(table::VlanWords& words, PortSet ports) {
  words.flood.store(ports);
  words.registered.store(ports);
  words.unregistered.store(ports);
  words.reports.store(ports);
}

std::unique_ptr<table::ForwardingBlock> block(unsigned n) {
  auto made = std::make_unique<table::ForwardingBlock>();
  for (PortId port = 0; port < kWorkers; ++port) {
    made->ports[port].vlan = vlan_of(n);
  }
  for (const VlanId id : {vlan_of(n), VlanId{10}}) {
    table::VlanForwarding& vlan = made->vlans[id];
    store(vlan, own(n));
    vlan.tagged = PortSet::first(kWorkers);
    vlan.igmp = table::Snooping::prune;
  }
  return made;
}

struct Worker {
  Worker(PortId its_port, table::Tables& shared, ReaderGracePeriod& grace_period)
      : port{its_port}, tables{shared}, grace{grace_period} {}

  const PortId port;
  table::Tables& tables;
  ReaderGracePeriod& grace;
  SpscRing<table::WorkerMessage> messages{64};
  std::array<PortCounters, kMaxPorts> counters{};
  Forwarder forwarder{{.tables = tables, .messages = messages, .counters = counters}};
  std::array<std::atomic<std::uint64_t>, kBlocks> bursts{};  // by the kind of block that decided

  // Which block has decided on the burst; fails unless it is one, for frames of all ways through the
  // Forwarder.
  void expect_one_block(const std::vector<Bytes>& frames) {
    std::vector<Frame> views;
    for (const Bytes& bytes : frames) {
      const auto size = static_cast<std::uint32_t>(bytes.size());
      views.push_back({.data = bytes.data(), .contiguous = size, .length = size});
    }
    std::vector<PortSet> egress(frames.size());
    std::vector<FrameNote> notes(frames.size());
    forwarder.process(port, views, TimePoint{std::chrono::seconds{1}}, egress, notes);
    for (table::WorkerMessage message; messages.pop(message);) {
    }
    PortSet seen;
    for (const PortSet ports : egress) {
      seen |= ports & kOwn;
    }
    ASSERT_EQ(seen.count(), 1U) << std::hex << seen.bits();
    const unsigned n = *seen.begin() - 8U;
    for (std::size_t i = 0; i < egress.size(); ++i) {
      ASSERT_EQ(egress[i] & kOwn, seen) << "frame " << i << ": " << std::hex << egress[i].bits();
      const VlanId vlan = notes[i].tci & kVidMask;
      ASSERT_TRUE(vlan == vlan_of(n) || vlan == 10) << "frame " << i << ": " << vlan << ", block " << n;
    }
    bursts[n].fetch_add(1, std::memory_order_relaxed);
  }

  [[nodiscard]] bool has_met_all() const {
    return std::all_of(bursts.begin(), bursts.end(), [](const auto& count) { return count.load() > 2; });
  }
};

std::vector<Bytes> mixed_burst() {
  std::vector<Bytes> frames{test::arp_request(ip("10.0.0.1")), test::udp(kGroup, {.vlan = VlanId{10}}),
                            test::v2_report(kGroup), test::v2_query(),
                            test::udp(kOther, {.vlan = VlanId{0}})};
  for (int n = 0; n < 6; ++n) {
    frames.push_back(test::udp(n % 2 == 0 ? kGroup : kOther));
  }
  frames.push_back(test::arp_request(ip("10.0.0.1")));
  return frames;
}

void work(Worker& worker, const std::atomic<bool>& stop) {
  const std::vector<Bytes> mixed = mixed_burst();
  const std::vector<Bytes> plain(16, test::udp(kOther));
  worker.grace.online(worker.port);
  while (!stop.load() && !testing::Test::HasFatalFailure()) {
    worker.expect_one_block(mixed);
    worker.grace.quiescent(worker.port);
    worker.expect_one_block(plain);
    worker.grace.quiescent(worker.port);
  }
  worker.grace.offline(worker.port);
}

TEST(SettingsStress, EachBurstIsDecidedByOneBlock) {
  const auto tables = std::make_unique<table::Tables>(
      table::Tables::Sizes{.max_groups = 64, .max_macs = 64, .ports = kMaxPorts, .seed = 5});
  ReaderGracePeriod grace;
  tables->forwarding.publish(block(0), grace);
  std::vector<std::unique_ptr<Worker>> workers;
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (PortId port = 0; port < kWorkers; ++port) {
    workers.push_back(std::make_unique<Worker>(port, *tables, grace));
    threads.emplace_back(work, std::ref(*workers.back()), std::cref(stop));
  }
  const auto have_met_all = [&] {
    return std::all_of(workers.begin(), workers.end(),
                       [](const auto& worker) { return worker->has_met_all(); });
  };
  for (unsigned n = 1; (n <= kReplacements || !have_met_all()) && !HasFailure(); ++n) {
    tables->forwarding.publish(block(n), grace);
    // Learned: a router port comes and goes, several times for some of the blocks.
    for (unsigned change = 0; change < n % 7; ++change) {
      store(tables->forwarding.words(vlan_of(n)),
            own(n) | (change % 2 == 0 ? PortSet::of(kInPlace) : PortSet{}));
    }
    // Some wait together.
    do {
      tables->forwarding.reclaim(grace);
    } while (n % 4 == 0 && !tables->forwarding.is_settled() && !HasFailure());
  }
  stop = true;
  for (std::thread& thread : threads) {
    thread.join();
  }
  tables->forwarding.reclaim(grace);
  EXPECT_TRUE(tables->forwarding.is_settled());
}

}  // namespace
}  // namespace mcswitch::forwarding
