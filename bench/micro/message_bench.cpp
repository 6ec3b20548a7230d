// SPDX-License-Identifier: BSD-3-Clause
//
// What a frame of each kind costs: classified alone, and through the whole Forwarder (tables, counters,
// messages) in bursts of 32. One item is one frame.

#include <benchmark/benchmark.h>

#include <memory>

#include "forwarding/forwarder.hpp"
#include "support/packet_builder.hpp"
#include "support/simple_grace_period.hpp"

namespace mcswitch::bench {
namespace {

using forwarding::Forwarder;
using forwarding::Frame;
using test::Bytes;

constexpr std::size_t kBurst = 32;
const Ipv4Address kGroup = Ipv4Address::of(239, 1, 2, 3);

struct Kind {
  const char* name;
  Bytes frame;
};

std::vector<Kind> kinds() {
  std::vector<test::V3Record> records;
  for (std::uint32_t n = 0; n < 8; ++n) {
    records.push_back({.type = 4, .group = Ipv4Address{0xef010000U + n}});
  }
  return {{"data", test::udp(kGroup)},
          {"data-unregistered", test::udp(Ipv4Address::of(239, 9, 9, 9))},
          {"data-ip-options", test::udp(kGroup, {.router_alert = true})},
          {"link-local", test::udp(Ipv4Address::of(224, 0, 0, 5))},
          {"v1-report", test::v1_report(kGroup)},
          {"v2-report", test::v2_report(kGroup)},
          {"v3-report-8-records", test::v3_report(records)},
          {"leave", test::leave(kGroup)},
          {"query", test::v2_query()},
          {"malformed", test::v2_report(kGroup, {.wrong_igmp_checksum = true})},
          {"unicast", test::arp_request(Ipv4Address::of(10, 0, 0, 1),
                                        {.destination_mac = MacAddress{0x02'00'00'00'00'99}})},
          {"broadcast", test::arp_request(Ipv4Address::of(10, 0, 0, 1))},
          {"ipv6", test::ipv6_multicast()}};
}

Frame view(const Bytes& bytes) {
  const auto size = static_cast<std::uint32_t>(bytes.size());
  return {.data = bytes.data(), .contiguous = size, .length = size};
}

void classify(benchmark::State& state, const Kind& kind) {
  const Frame frame = view(kind.frame);
  for (auto _ : state) {
    benchmark::DoNotOptimize(forwarding::classify(frame));
  }
  state.SetItemsProcessed(state.iterations());
}

void forward(benchmark::State& state, const Kind& kind) {
  const auto tables = std::make_unique<table::Tables>(
      table::Tables::Sizes{.max_groups = 1024, .max_macs = 1024, .ports = 4, .seed = 1});
  SpscRing<table::WorkerMessage> messages{1024};
  std::vector<PortCounters> counters(kMaxPorts);
  auto settings = std::make_unique<table::ForwardingBlock>();
  settings->ports.fill({.own_mac = {}, .vlan = 1});
  settings->vlans[1].flood.store(PortSet::first(4));
  settings->vlans[1].igmp = table::Snooping::prune;
  test::SimpleGracePeriod grace;
  tables->forwarding.publish(std::move(settings), grace);
  tables->groups.join({1, IpAddress::from(kGroup)}, 3, 1, 2);
  Forwarder forwarder{{*tables, messages, counters}};
  std::array<Frame, kBurst> frames;
  frames.fill(view(kind.frame));
  std::array<PortSet, kBurst> egress;
  std::array<forwarding::FrameNote, kBurst> notes;
  TimePoint now{std::chrono::seconds{1}};
  table::WorkerMessage message;
  for (auto _ : state) {
    now += std::chrono::microseconds{1};
    forwarder.process(2, frames, now, egress, notes);
    benchmark::DoNotOptimize(egress.data());
    while (messages.pop(message)) {
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kBurst));
}

const bool added = [] {
  for (const Kind& kind : kinds()) {
    benchmark::RegisterBenchmark((std::string{"classify/"} + kind.name).c_str(),
                                 [kind](benchmark::State& state) { classify(state, kind); });
    benchmark::RegisterBenchmark((std::string{"forward/"} + kind.name).c_str(),
                                 [kind](benchmark::State& state) { forward(state, kind); });
  }
  return true;
}();

}  // namespace
}  // namespace mcswitch::bench
