// SPDX-License-Identifier: BSD-3-Clause
//
// Bench: one Forwarder on the real tables. What the control thread would have published and stored is there
// by hand, and every word is another set, so that a rule that reads the wrong one is found out:
//
//             flood          registered  unregistered  reports
//   VLAN 10   2, 3, 5, 8     8           3             5
//   VLAN 20   4, 6, 7        4           7             6
//
// Ports 0 and 1 are not used; port 9 drops untagged frames (VLAN 0).

#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <initializer_list>
#include <memory>
#include <ostream>
#include <tuple>
#include <utility>
#include <vector>

#include "base/net_text.hpp"
#include "forwarding/forwarder.hpp"
#include "support/manual_clock.hpp"
#include "support/packet_builder.hpp"
#include "support/simple_grace_period.hpp"

namespace mcswitch {

inline void PrintTo(PortSet ports, std::ostream* out) {
  *out << "ports {";
  for (const PortId port : ports) {
    *out << ' ' << int{port};
  }
  *out << " }";
}
inline void PrintTo(FrameFate fate, std::ostream* out) {
  *out << kFrameFateNames[static_cast<std::size_t>(fate)].name;
}

namespace proto {
inline void PrintTo(ParseError error, std::ostream* out) {
  *out << (error == ParseError::none ? "none" : kParseErrorNames[static_cast<std::size_t>(error)].name);
}
}  // namespace proto

}  // namespace mcswitch

namespace mcswitch::forwarding {

using namespace std::chrono_literals;
using test::Bytes;
using test::ip;
using test::mac;

inline PortSet ports(std::initializer_list<int> list) {
  PortSet set;
  for (const int port : list) {
    set.add(static_cast<PortId>(port));
  }
  return set;
}

inline const PortSet kNowhere;
inline const PortSet kFlood10 = ports({2, 3, 5, 8});
inline const PortSet kFlood20 = ports({4, 6, 7});
inline const Ipv4Address kGroup = Ipv4Address::of(239, 1, 2, 3);
inline const Ipv4Address kSameMac = Ipv4Address::of(225, 129, 2, 3);  // 01:00:5e:01:02:03 as well

inline constexpr MacAddress kSwitchMac{0x02'aa'00'00'00'80};
inline MacAddress own_mac(PortId port) { return MacAddress{0x02'aa'00'00'00'00U + port}; }
inline MacAddress host(unsigned n) { return MacAddress{0x02'00'00'00'50'00U + n}; }

struct BenchOptions {
  std::uint32_t max_groups = 100;
  std::uint32_t max_macs = 200;
  std::size_t ring = 64;
  PortSet control_ports{0xffffffff};
  PortSet block_queries{};
};

class Bench {
 public:
  static constexpr std::size_t kPortCount = 10;

  explicit Bench(const BenchOptions& options = {})
      : tables{{.max_groups = options.max_groups,
                .max_macs = options.max_macs,
                .ports = kPortCount,
                .seed = 0x5eed}},
        messages{options.ring},
        forwarder{{.tables = tables,
                   .messages = messages,
                   .counters = counters,
                   .control_ports = options.control_ports}} {
    for (PortId port = 0; port < kPortCount; ++port) {
      settings.ports[port] = {.own_mac = own_mac(port),
                              .vlan = static_cast<VlanId>(kFlood10.contains(port)   ? 10
                                                          : kFlood20.contains(port) ? 20
                                                                                    : 0),
                              .block_queries = options.block_queries.contains(port)};
    }
    settings.switch_mac = kSwitchMac;
    store(10, kFlood10, ports({8}), ports({3}), ports({5}));
    store(20, kFlood20, ports({4}), ports({7}), ports({6}));
  }

  void store(VlanId vlan, PortSet flood, PortSet registered, PortSet unregistered, PortSet reports) {
    vlans[vlan].flood.store(flood);
    vlans[vlan].registered.store(registered);
    vlans[vlan].unregistered.store(unregistered);
    vlans[vlan].reports.store(reports);
    vlans[vlan].reports_v3.store(reports);
    vlans[vlan].igmp = table::Snooping::prune;
  }
  // Port 9, which has no VLAN for untagged frames, carries both with a tag; port 2 carries 20 besides its
  // own.
  void make_trunks() {
    vlans[10].tagged = ports({9});
    vlans[20].tagged = ports({2, 9});
    store(10, kFlood10 | ports({9}), ports({8}), ports({3}), ports({5}));
    store(20, kFlood20 | ports({2, 9}), ports({4}), ports({7}), ports({6, 9}));
  }

  // A burst of frames, in order.
  std::vector<PortSet> receive(PortId ingress, const std::vector<Bytes>& burst) {
    std::vector<Frame> frames;
    for (const Bytes& bytes : burst) {
      const auto size = static_cast<std::uint32_t>(bytes.size());
      frames.push_back({.data = bytes.data(), .contiguous = size, .length = size});
    }
    std::vector<PortSet> egress(frames.size(), PortSet{0xffffffff});
    notes.assign(frames.size(), FrameNote{.tci = 0xffff});
    forwarder.process(ingress, frames, clock.now(), egress, notes);
    return egress;
  }
  // One frame, then a millisecond.
  PortSet receive(PortId ingress, const Bytes& bytes) {
    const PortSet egress = receive(ingress, std::vector<Bytes>{bytes}).front();
    clock.advance(1ms);
    return egress;
  }
  PortSet receive(PortId ingress, const Frame& frame) {
    PortSet egress{0xffffffff};
    notes.assign(1, FrameNote{.tci = 0xffff});
    forwarder.process(ingress, {&frame, 1}, clock.now(), {&egress, 1}, notes);
    clock.advance(1ms);
    return egress;
  }

  // What is in the ring to the control thread.
  std::vector<table::WorkerMessage> take_messages() {
    std::vector<table::WorkerMessage> taken;
    for (table::WorkerMessage message; messages.pop(message);) {
      taken.push_back(message);
    }
    return taken;
  }
  // The same where all are of one kind.
  template <typename Message>
  std::vector<Message> take_all() {
    std::vector<Message> taken;
    for (const table::WorkerMessage& message : take_messages()) {
      const auto* one = std::get_if<Message>(&message);
      EXPECT_NE(one, nullptr) << "of another kind";
      taken.push_back(one == nullptr ? Message{} : *one);
    }
    return taken;
  }
  // The same where the kind is of no interest.
  std::vector<table::MessageHead> take_heads() {
    std::vector<table::MessageHead> taken;
    for (const table::WorkerMessage& message : take_messages()) {
      taken.push_back(table::head_of(message));
    }
    return taken;
  }

  [[nodiscard]] PortSet members(Ipv4Address group, VlanId vlan = 10) const {
    return groups.find_v4(vlan, group).ports;
  }
  [[nodiscard]] const table::Membership& membership(PortId port, Ipv4Address group, VlanId vlan = 10) {
    return groups.membership(groups.find_v4(vlan, group).id(), port);
  }

  // --- counters -----------------------------------------------------------------------------------

  [[nodiscard]] std::uint64_t count(PortId port, FrameFate fate) const {
    return counters[port].fates[fate].value();
  }
  [[nodiscard]] std::uint64_t count(PortId port, PortEvent event) const {
    return counters[port].events[event].value();
  }
  [[nodiscard]] std::uint64_t count(PortId port, proto::ParseError error) const {
    return counters[port].parse_errors[static_cast<std::size_t>(error)].value();
  }
  [[nodiscard]] std::uint64_t sum_of_fates(PortId port) const {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < decltype(PortCounters::fates)::size(); ++i) {
      sum += count(port, static_cast<FrameFate>(i));
    }
    return sum;
  }
  [[nodiscard]] std::uint64_t sum_of_errors(PortId port) const {
    std::uint64_t sum = 0;
    for (const Counter& counter : counters[port].parse_errors) {
      sum += counter.value();
    }
    return sum;
  }

  // All that a frame could have changed, counters apart.
  using Entry = std::tuple<VlanId, IpAddress, std::uint32_t, std::vector<Stamp>, std::vector<int>>;
  struct State {
    std::vector<Entry> groups;
    std::vector<std::tuple<VlanId, MacAddress, int, TimePoint>> macs;
    std::vector<std::tuple<std::uint32_t, Stamp, Stamp, MacAddress>> ports;
    bool has_messages = false;
    bool operator==(const State&) const = default;
  };
  [[nodiscard]] State state() {
    State s;
    groups.for_each([&](table::EntryId id) {
      std::vector<Stamp> stamps;
      std::vector<int> versions;
      for (PortId port = 0; port < kPortCount; ++port) {
        stamps.push_back(groups.membership(id, port).stamp.load());
        stamps.push_back(groups.membership(id, port).older.load());
        versions.push_back(groups.membership(id, port).older_hosts().last_version());
      }
      s.groups.emplace_back(groups.key(id).vlan, groups.key(id).group.v4(), groups.ports(id).bits(), stamps,
                            versions);
    });
    for (std::size_t i = 0; i < macs.slot_count(); ++i) {
      if (const auto entry = macs.snapshot(i)) {
        s.macs.emplace_back(entry->vlan, entry->mac, int{entry->port}, entry->last_seen);
      }
    }
    for (PortId port = 0; port < kPortCount; ++port) {
      const table::PortState& p = port_table[port];
      s.ports.emplace_back(p.attention.load(), p.last_stamp, p.hosts.other_seen(),
                           MacAddress{p.hosts.latest()});
    }
    s.has_messages = !messages.empty();
    return s;
  }

  test::ManualClock clock;
  table::Tables tables;
  table::GroupControl& groups = tables.groups;
  table::MacControl& macs = tables.macs;
  test::SimpleGracePeriod grace;
  // The block in force. All threads are this one, so it may be changed between two bursts.
  table::ForwardingBlock& settings = publish(std::make_unique<table::ForwardingBlock>());
  std::array<table::VlanForwarding, kMaxVlans>& vlans = settings.vlans;
  table::PortTable& port_table = tables.ports;
  SpscRing<table::WorkerMessage> messages;
  std::array<PortCounters, kPortCount> counters;
  Forwarder forwarder;
  // Of the last burst.
  std::vector<FrameNote> notes;

 private:
  table::ForwardingBlock& publish(std::unique_ptr<table::ForwardingBlock> block) {
    table::ForwardingBlock& published = *block;
    tables.forwarding.publish(std::move(block), grace);
    return published;
  }
};

}  // namespace mcswitch::forwarding
