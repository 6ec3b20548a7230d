// SPDX-License-Identifier: BSD-3-Clause

#include "support/engine.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <tuple>

#include "base/net_text.hpp"
#include "control/table_sizes.hpp"
#include "table/membership_end.hpp"

namespace mcswitch::test {
namespace {

constexpr std::uint64_t kSeed = 0x1234'5678'9abc'def1;

control::PortMacs port_macs() {
  control::PortMacs macs;
  for (PortId port = 0; port < kMaxPorts; ++port) {
    macs[port] = port_mac(port);
  }
  return macs;
}

// RFC 1071: over a right checksum the sum is all ones.
bool sums_up(std::span<const std::uint8_t> bytes) {
  unsigned sum = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    sum += i % 2 == 0 ? unsigned{bytes[i]} << 8 : unsigned{bytes[i]};
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return sum == 0xffff;
}

Ipv4Address address_at(const Bytes& o, std::size_t at) {
  return Ipv4Address::of(o[at], o[at + 1], o[at + 2], o[at + 3]);
}

RouterReason reason_of(membership::RouterOrigin origin) {
  switch (origin) {
    case membership::RouterOrigin::query:
      return RouterReason::query;
    case membership::RouterOrigin::pim:
      return RouterReason::pim;
    case membership::RouterOrigin::mrd:
      return RouterReason::mrd;
    case membership::RouterOrigin::configured:
      break;
  }
  return RouterReason::configured;
}

}  // namespace

SentQuery read_query(const SentFrame& frame) {
  const Bytes& o = frame.bytes;
  const auto require = [](bool is_so, const char* what) {
    if (!is_so) {
      throw std::runtime_error{std::string{"sent query: "} + what};
    }
  };
  constexpr std::size_t kIgmp = 38;
  require(o.size() >= 60, "60 bytes at least");
  // The length gives the version (RFC 9776 section 7.1).
  const std::size_t size = (std::size_t{o[16]} << 8 | o[17]) - 24U;
  require(kIgmp + size <= o.size(), "IP total length");
  require(size == 8 || size >= 12, "length of a query");
  require(o.size() == std::max<std::size_t>(60, kIgmp + size), "no more than padding behind it");
  const Ipv4Address group = address_at(o, 42);
  const Ipv4Address destination = group.is_unspecified() ? Ipv4Address::of(224, 0, 0, 1) : group;
  require(MacAddress::from_bytes(o.data() + 6) == kSwitchMac, "source MAC address");
  require(MacAddress::from_bytes(o.data()) == multicast_mac(destination), "destination MAC address");
  require(o[12] == 0x08 && o[13] == 0x00, "EtherType");
  require(o[14] == 0x46 && o[15] == 0xc0, "IP header with one word of options");
  require(o[22] == 1 && o[23] == 2, "TTL 1, protocol IGMP");
  require(sums_up({o.data() + 14, 24}), "IP header checksum");
  require(address_at(o, 30) == destination, "IP destination");
  require(o[34] == 0x94 && o[35] == 4 && o[36] == 0 && o[37] == 0, "Router Alert");
  require(o[38] == 0x11, "type");
  require(sums_up({o.data() + kIgmp, size}), "IGMP checksum");
  require(std::all_of(o.begin() + static_cast<std::ptrdiff_t>(kIgmp + size), o.end(),
                      [](std::uint8_t b) { return b == 0; }),
          "padding");
  SentQuery query{.at = frame.at,
                  .vlan = frame.vlan,
                  .group = group,
                  .ports = frame.ports,
                  .code = o[39],
                  .source = address_at(o, 26)};
  if (size == 8) {
    return query;
  }
  require(o[46] < 16, "reserved bits 0");
  query.is_version_3 = true;
  query.s_flag = (o[46] & 8) != 0;
  query.qrv = o[46] & 7;
  query.qqic = o[47];
  const std::size_t sources = std::size_t{o[48]} << 8 | o[49];
  require(size == 12 + 4 * sources, "number of sources");
  require(sources == 0 || !group.is_unspecified(), "sources of a group");
  for (std::size_t i = 0; i < sources; ++i) {
    query.sources.push_back(address_at(o, 50 + 4 * i));
  }
  std::sort(query.sources.begin(), query.sources.end());
  require(std::adjacent_find(query.sources.begin(), query.sources.end()) == query.sources.end(),
          "no source twice");
  return query;
}

bool Engine::Sink::send(PortSet ports, VlanId vlan, std::span<const std::uint8_t> frame) {
  auto& list = frame[38] == 0x31 ? solicitations : frames;
  list.push_back({clock.now(), ports, vlan, Bytes(frame.begin(), frame.end())});
  return true;
}

Engine::Engine(const config::Config& config)
    : tables_{control::table_sizes(config, kSeed)},
      forwarder_{{.tables = tables_, .messages = messages_, .counters = counters_}},
      core_{config,
            kSwitchMac,
            tables_,
            {.sink = sink_, .grace_period = grace_, .port_macs = port_macs()},
            [this](control::LogLevel, const std::string& line) { log_.push_back(line); }},
      wake_{clock_.now()} {
  grace_.pass_always();
  core_.start(clock_.now());
  settle();
}

void Engine::settle() {
  do {
    wake_ = core_.run(clock_.now());
  } while (wake_ <= clock_.now() || !groups_.is_settled());
}

void Engine::take_messages() {
  for (table::WorkerMessage message; messages_.pop(message);) {
    core_.on_message(message, clock_.now());
  }
  settle();
}

void Engine::link(PortId port, bool up) {
  core_.on_link(port, up, clock_.now());
  settle();
}

PortSet Engine::receive(PortId port, std::span<const std::uint8_t> frame) {
  const auto size = static_cast<std::uint32_t>(frame.size());
  const forwarding::Frame view{.data = frame.data(), .contiguous = size, .length = size};
  PortSet egress;
  forwarder_.process(port, {&view, 1}, clock_.now(), {&egress, 1}, {&note_, 1});
  take_messages();
  return egress;
}

std::vector<PortSet> Engine::receive_burst(PortId port, std::span<const Bytes> frames) {
  std::vector<forwarding::Frame> views;
  for (const Bytes& bytes : frames) {
    const auto size = static_cast<std::uint32_t>(bytes.size());
    views.push_back({.data = bytes.data(), .contiguous = size, .length = size});
  }
  std::vector<PortSet> egress(frames.size());
  std::vector<forwarding::FrameNote> notes(frames.size());
  forwarder_.process(port, views, clock_.now(), egress, notes);
  take_messages();
  return egress;
}

void Engine::advance(Duration by) {
  const TimePoint end = clock_.now() + by;
  while (wake_ <= end) {
    clock_.advance(wake_ - clock_.now());
    settle();
  }
  clock_.advance(end - clock_.now());
}

TimePoint Engine::ends(VlanId vlan, Ipv4Address group, PortId port) const {
  const table::EntryId id = groups_.find_entry({vlan, IpAddress::from(group)});
  if (id == table::kNoEntry || !groups_.ports(id).contains(port)) {
    throw std::runtime_error{"no member of " + to_string(group)};
  }
  return ends(id, port);
}

TimePoint Engine::ends(table::EntryId id, PortId port) const {
  const auto snapshot = core_.snapshot();
  for (const control::VlanRow& row : snapshot->vlans) {
    if (row.vlan == groups_.key(id).vlan) {
      return table::ends_at(groups_.membership(id, port), row.group_membership_interval, row.no_end_before);
    }
  }
  throw std::runtime_error{"no such VLAN"};
}

SwitchView Engine::view() const {
  SwitchView view;
  const auto snapshot = core_.snapshot();
  for (const control::VlanRow& row : snapshot->vlans) {
    VlanView& vlan = view.vlans.emplace_back();
    vlan.vlan = row.vlan;
    vlan.held = row.held_ports;
  }
  for (const control::QuerierRow& row : snapshot->queriers) {
    for (VlanView& vlan : view.vlans) {
      if (vlan.vlan == row.vlan) {
        vlan.role = row.role == membership::Role::querier       ? QuerierRole::querier
                    : row.role == membership::Role::non_querier ? QuerierRole::non_querier
                                                                : QuerierRole::off;
        vlan.querier = row.address;
        vlan.querier_version = row.version;
        vlan.querier_expires = row.expires;
      }
    }
  }
  for (const control::RouterRow& row : snapshot->routers) {
    view.routers.push_back({.vlan = row.vlan,
                            .port = row.router.port,
                            .reason = reason_of(row.router.origin),
                            .address = row.router.address,
                            .expires = row.router.expires});
  }
  view.memberships = memberships();
  return view;
}

std::vector<MembershipView> Engine::memberships() const {
  std::map<std::tuple<VlanId, IpAddress, PortId>, MembershipView> rows;
  groups_.for_each([&](table::EntryId id) {
    const table::GroupKey key = groups_.key(id);
    const table::EntryKind kind = groups_.kind(id);
    for (const PortId port : groups_.ports(id)) {
      MembershipView& row = rows[{key.vlan, key.group, port}];
      row.vlan = key.vlan;
      row.group = key.group;
      row.port = port;
      const TimePoint end = ends(id, port);
      switch (kind) {
        case table::EntryKind::group:
          row.mode = FilterMode::exclude;
          row.ends = end;
          break;
        case table::EntryKind::requested:
          row.requested.push_back({groups_.source(id), end});
          break;
        case table::EntryKind::excluded:
          row.excluded.push_back(groups_.source(id));
          break;
      }
    }
  });
  for (const control::StaticRow& entry : core_.snapshot()->static_members) {
    for (const PortId port : entry.ports) {
      MembershipView& row = rows[{entry.vlan, entry.group, port}];
      if (entry.source == IpAddress{}) {
        row.ends = kNever;
      }
      for (SourceView& source : row.requested) {
        source.ends = source.source == entry.source ? kNever : source.ends;
      }
    }
  }
  std::vector<MembershipView> list;
  for (auto& [key, row] : rows) {
    std::sort(row.requested.begin(), row.requested.end(),
              [](const SourceView& a, const SourceView& b) { return a.source < b.source; });
    std::sort(row.excluded.begin(), row.excluded.end());
    list.push_back(std::move(row));
  }
  return list;
}

}  // namespace mcswitch::test
