// SPDX-License-Identifier: BSD-3-Clause

#include "support/traffic.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>

#include "base/net_text.hpp"
#include "support/switch_view.hpp"

namespace mcswitch::test {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kPorts = 10;

// The first four share 01:00:5e:01:02:03, the fifth has the MAC address of 224.0.0.5.
const std::array kGroups{
    Ipv4Address::of(239, 1, 2, 3),   Ipv4Address::of(239, 129, 2, 3), Ipv4Address::of(225, 1, 2, 3),
    Ipv4Address::of(232, 129, 2, 3), Ipv4Address::of(239, 0, 0, 5),   Ipv4Address::of(224, 0, 1, 0),
    Ipv4Address::of(239, 1, 2, 4),   Ipv4Address::of(239, 1, 2, 5),   Ipv4Address::of(239, 255, 255, 255),
    Ipv4Address::of(224, 1, 0, 0),   Ipv4Address::of(239, 7, 7, 7),   Ipv4Address::of(239, 7, 7, 8),
    Ipv4Address::of(239, 7, 7, 9),   Ipv4Address::of(239, 7, 7, 10),
};
const std::array kOddGroups{
    Ipv4Address::of(224, 0, 0, 1),       Ipv4Address::of(224, 0, 0, 2), Ipv4Address::of(224, 0, 0, 5),
    Ipv4Address::of(224, 0, 0, 255),     Ipv4Address::of(10, 1, 2, 3),  Ipv4Address::of(240, 0, 0, 1),
    Ipv4Address::of(255, 255, 255, 255), Ipv4Address::of(0, 0, 0, 0),   Ipv4Address::of(224, 0, 0, 0),
};
// The switch's own querier address is 10.0.0.10.
const std::array kQueriers{
    Ipv4Address::of(0, 0, 0, 0),       Ipv4Address::of(10, 0, 0, 2),  Ipv4Address::of(10, 0, 0, 9),
    Ipv4Address::of(10, 0, 0, 10),     Ipv4Address::of(10, 0, 0, 11), Ipv4Address::of(10, 0, 1, 1),
    Ipv4Address::of(9, 255, 255, 255),
};

template <typename T, std::size_t N>
const T& one_of(Choices& choices, const std::array<T, N>& pool) {
  return pool[choices.below(N)];
}

// A few groups and ports are busy, so that joins, leaves, queries and data of one membership meet.
Ipv4Address some_group(Choices& choices) {
  const unsigned which = choices.below(16);
  return which < 10   ? kGroups[which % 3]
         : which < 15 ? one_of(choices, kGroups)
                      : one_of(choices, kOddGroups);
}

PortId some_port(Choices& choices, std::size_t port_count) {
  constexpr std::array<PortId, 3> kBusy{1, 2, 7};
  const unsigned which = choices.below(16);
  return which < 9 ? kBusy[which % 3] : static_cast<PortId>(choices.below(static_cast<unsigned>(port_count)));
}

// Mostly the first of the three hosts of the port; sometimes a station that moves about.
MacAddress some_host(Choices& choices, PortId port) {
  const unsigned which = choices.below(40);
  if (which == 39) {
    return MacAddress{0x02'00'00'00'ee'00U + choices.below(2)};
  }
  return MacAddress{0x02'00'00'00'00'00U + port * 0x100U + (which < 37 ? 0U : which - 36)};
}

MacAddress some_destination(Choices& choices) {
  switch (choices.below(8)) {
    case 0:
      return MacAddress{0x02'00'00'00'ff'ff};  // nobody's
    case 1:
      return MacAddress{0x02'00'00'00'ee'00U + choices.below(2)};
    default:
      return some_host(choices, static_cast<PortId>(choices.below(kPorts)));
  }
}

std::uint8_t some_code(Choices& choices) {
  constexpr std::array<std::uint8_t, 8> kCodes{10, 10, 3, 1, 20, 100, 127, 255};
  return one_of(choices, kCodes);
}

std::vector<Ipv4Address> some_sources(Choices& choices) {
  std::vector<Ipv4Address> sources(choices.one_in(2) ? choices.below(3) : 0U);
  for (Ipv4Address& source : sources) {
    source = Ipv4Address::of(10, 9, 9, static_cast<std::uint8_t>(choices.below(4)));
  }
  return sources;
}

// What is wrong, or only unusual, with a frame before it is built.
void twist_options(Choices& choices, PortId port, FrameOptions& options, std::string& words) {
  const auto say = [&](const char* what) { words += std::string{", "} + what; };
  switch (choices.below(20)) {
    case 0:
      options.wrong_igmp_checksum = true;
      return say("wrong IGMP checksum");
    case 1:
      options.wrong_ip_checksum = true;
      return say("wrong IP checksum");
    case 2:
      options.ttl = static_cast<std::uint8_t>(choices.below(4) * 2);
      return say("other TTL");
    case 3:
      options.router_alert = false;
      return say("no Router Alert");
    case 4:
      options.router_alert = false;
      options.ip_options = Octets{0x01, 0x94, 0x04, 0x00, 0x00};
      return say("Router Alert behind padding");
    case 5:
      options.fragment = choices.one_in(2) ? 0x2000 : static_cast<std::uint16_t>(choices.below(0x2000));
      return say("fragment");
    case 6:
      options.trailing = Octets(1 + choices.below(12), 0xa5);
      return say("longer");
    case 7:
      options.total_length = static_cast<std::uint16_t>(choices.below(80));
      return say("other total length");
    case 8:
      options.header_words = static_cast<std::uint8_t>(choices.below(16));
      return say("other header length");
    case 9:
      options.ip_version = static_cast<std::uint8_t>(choices.below(16));
      return say("other IP version");
    case 10:
      options.vlan = VlanId{0};
      options.priority = 5;
      return say("priority tag");
    case 11:
      options.vlan = static_cast<VlanId>(10 * choices.below(3));
      return say("tag");
    case 12:
      options.destination_mac = some_destination(choices);
      return say("unicast MAC address");
    case 13:
      options.destination_mac = MacAddress{0xffff'ffff'ffff};
      return say("broadcast MAC address");
    case 14:
      options.destination = Ipv4Address::of(10, 0, 0, static_cast<std::uint8_t>(choices.below(4)));
      return say("unicast IP destination");
    case 15:
      options.destination = some_group(choices);
      return say("other IP destination");
    case 16:
      options.source_mac = port_mac(port);
      return say("own source address");
    case 17:
      options.source_mac = choices.one_in(2) ? MacAddress{} : MacAddress{0x01005e010203};
      return say("invalid source address");
    case 18:
      options.source_mac = kSwitchMac;
      return say("from the switch's address");
    default:
      options.pad_to = 0;
      return say("not padded");
  }
}

// What happens to it on the way.
void twist_octets(Choices& choices, Octets& frame, std::string& words) {
  if (choices.one_in(2)) {
    frame[choices.below(static_cast<unsigned>(frame.size()))] ^=
        static_cast<std::uint8_t>(1U << choices.below(8));
    words += ", a bit turned";
  } else {
    frame.resize(choices.below(static_cast<unsigned>(frame.size()) + 1));
    words += ", cut off";
  }
}

Octets v3_report_frame(Choices& choices, const FrameOptions& options) {
  std::vector<V3Record> records(choices.below(5));
  for (V3Record& record : records) {
    record.type = static_cast<std::uint8_t>(choices.one_in(10) ? choices.below(256) : 1 + choices.below(6));
    record.group = some_group(choices);
    record.sources = some_sources(choices);
    if (choices.one_in(8)) {
      record.aux_data = Octets(4 * (1 + choices.below(2)), 0x22);
    }
    if (choices.one_in(25)) {
      record.source_count = static_cast<std::uint16_t>(choices.below(5));
    }
    if (choices.one_in(25)) {
      record.aux_words = static_cast<std::uint8_t>(choices.below(5));
    }
  }
  return choices.one_in(25) ? v3_report(records, options, static_cast<std::uint16_t>(choices.below(7)))
                            : v3_report(records, options);
}

Octets v3_query_frame(Choices& choices, const FrameOptions& options) {
  V3Query query{.group = choices.one_in(3) ? Ipv4Address{} : some_group(choices),
                .code = choices.one_in(4) ? std::uint8_t{0x8f} : some_code(choices),
                .suppress_router_processing = choices.one_in(4)};
  if (choices.one_in(10)) {
    query.code = 0;
  }
  if (choices.one_in(3)) {
    query.sources = some_sources(choices);
  }
  if (choices.one_in(20)) {
    query.source_count = static_cast<std::uint16_t>(choices.below(5));
  }
  return v3_query(query, options);
}

// Any octets behind a type, with a right checksum.
Octets any_igmp_frame(Choices& choices, const FrameOptions& options) {
  constexpr std::array<std::uint8_t, 6> kTypes{0x11, 0x12, 0x16, 0x17, 0x22, 0x22};
  Octets message(choices.below(41));
  for (std::uint8_t& octet : message) {
    octet = static_cast<std::uint8_t>(choices.below(256));
  }
  if (!message.empty()) {
    message[0] = one_of(choices, kTypes);
  }
  return igmp_frame(some_group(choices), message, options);
}

Octets bridged_frame(Choices& choices, const FrameOptions& options, std::string& words) {
  switch (choices.below(9)) {
    case 0:
    case 1:
      words = "broadcast";
      return arp_request(Ipv4Address::of(10, 0, 0, 1), options);
    case 2:
      words = "reserved address";
      return ethernet_frame(MacAddress{0x0180c2000000U + choices.below(20)}, 0x88cc, Octets(40), options);
    case 3:
      words = "other multicast";
      return ethernet_frame(MacAddress{0x011b19000000}, 0x88f7, Octets(40), options);
    case 4:
      words = "IPv6 multicast";
      return ipv6_multicast(options);
    case 5: {
      words = "octets";
      Octets frame(choices.below(80));
      for (std::uint8_t& octet : frame) {
        octet = static_cast<std::uint8_t>(choices.below(256));
      }
      return frame;
    }
    default:
      words = "unicast";
      return unicast(some_destination(choices), options, 20);
  }
}

Octets some_frame(Choices& choices, PortId port, std::string& words) {
  FrameOptions options{.source_mac = some_host(choices, port),
                       .source = choices.one_in(6) ? Ipv4Address{} : Ipv4Address::of(10, 0, 2, port)};
  // Drawn first, so that a small change of the choices is a small change of the frame.
  const unsigned kind = choices.below(100);
  std::string twist;
  if (choices.one_in(7)) {
    twist_options(choices, port, options, twist);
  }
  if (choices.one_in(6)) {
    options.vlan = static_cast<VlanId>(10 * choices.below(4));
    options.priority = static_cast<std::uint8_t>(choices.below(8));
  }
  Octets frame;
  if (kind < 18) {
    words = "v2 report";
    frame = v2_report(some_group(choices), options);
  } else if (kind < 21) {
    words = "v1 report";
    frame = v1_report(some_group(choices), options);
  } else if (kind < 30) {
    words = "v3 report";
    frame = v3_report_frame(choices, options);
  } else if (kind < 44) {
    words = "leave";
    frame = leave(some_group(choices), options);
  } else if (kind < 56) {
    options.source = one_of(choices, kQueriers);
    if (kind < 48) {
      words = "general query";
      frame = v2_query({}, some_code(choices), options);
    } else if (kind < 52) {
      words = "specific query";
      frame = v2_query(some_group(choices), some_code(choices), options);
    } else if (kind < 53) {
      words = "v1 query";
      frame = v1_query(options);
    } else {
      words = "v3 query";
      frame = v3_query_frame(choices, options);
    }
  } else if (kind < 57) {
    words = "any IGMP message";
    frame = any_igmp_frame(choices, options);
  } else if (kind < 58) {
    words = "unknown IGMP type";
    frame = other_igmp(static_cast<std::uint8_t>(0x30 + choices.below(4)), options);
  } else if (kind < 59) {
    words = "PIM hello";
    frame = pim_hello(options);
  } else if (kind < 80) {
    words = "data";
    frame = udp(
        some_group(choices),
        [&] {
          // Of no group: udp() wants a MAC address for it.
          FrameOptions to = options;
          to.destination_mac = to.destination_mac.value_or(MacAddress{0x01005e010203});
          return to;
        }(),
        20);
  } else {
    frame = bridged_frame(choices, options, words);
  }
  words += twist;
  if (!frame.empty() && choices.one_in(20)) {
    twist_octets(choices, frame, words);
  }
  return frame;
}

// Mostly short, so that memberships meet queries and leaves; sometimes everything runs out.
Duration some_time(Choices& choices) {
  const unsigned kind = choices.below(1000);
  if (kind < 800) {
    return (1 + choices.below(20)) * 1ms;
  }
  if (kind < 840) {
    return (1 + choices.below(60000)) * 1us;
  }
  if (kind < 950) {
    return (20 + choices.below(300)) * 1ms;
  }
  if (kind < 992) {
    return (3 + choices.below(30)) * 100ms;
  }
  if (kind < 999) {
    return (1 + choices.below(20)) * 1s;
  }
  return (10 + choices.below(300)) * 1s;
}

config::Config basic_config() {
  config::Config config;
  for (std::size_t i = 0; i < kPorts; ++i) {
    config::Port port;
    port.name = fmt::format("p{}", i);
    port.vlan = i == 0 || i == 7 || i == 9 ? 20 : i == 8 ? 0 : 10;
    config.ports.push_back(port);
  }
  config.ports[3].multicast_router = config::MulticastRouter::always;
  config.ports[4].multicast_router = config::MulticastRouter::never;
  config.ports[5].block_queries = true;
  config.ports[6].flood_unregistered = true;
  config.ports[2].fast_leave = config.ports[6].fast_leave = true;
  config.sw.max_groups = 200;
  config.sw.max_macs = 400;
  config.sw.mac_aging_time = 40s;
  config.igmp.intervals.version = 2;
  config.igmp.intervals.query_interval = 5s;
  config.igmp.intervals.query_response_interval = 1s;
  config.igmp.intervals.last_member_query_interval = 300ms;
  return config;
}

config::Config querier_config() {
  config::Config config = basic_config();
  config.igmp.querier = true;
  config.igmp.querier_address = Ipv4Address::of(10, 0, 0, 10);
  return config;
}

std::vector<NamedConfig> make_configs() {
  std::vector<NamedConfig> configs;
  const auto add = [&](const char* name, const config::Config& from, auto change) {
    configs.push_back({name, from});
    change(configs.back().config);
  };
  add("querier, held pruning", querier_config(),
      [](auto& c) { c.igmp.intervals.set_startup_query_count = std::uint8_t{4}; });
  add("no querier of its own, held pruning", basic_config(), [](auto&) {});
  add("querier, default times, unregistered to router ports", querier_config(), [](auto& c) {
    c.snooping.unregistered = config::Unregistered::router_ports;
    c.igmp.intervals = {};
    c.sw.mac_aging_time = 300s;
  });
  add("version 1, a table that is too small", querier_config(), [](auto& c) {
    c.igmp.intervals.version = 1;
    c.sw.max_groups = 7;
  });
  add("querier 0.0.0.0, unregistered flooded", querier_config(), [](auto& c) {
    c.igmp.querier_address = {};
    c.snooping.unregistered = config::Unregistered::flood;
  });
  add("Router Alert required, version 1 reports ignored, unregistered dropped", basic_config(), [](auto& c) {
    c.igmp.require_router_alert = true;
    c.igmp.ignore_v1_reports = true;
    c.snooping.unregistered = config::Unregistered::drop;
  });
  add("fast leave everywhere, five queries, odd intervals", querier_config(), [](auto& c) {
    for (config::Port& port : c.ports) {
      port.fast_leave = true;
    }
    membership::Intervals& i = c.igmp.intervals;
    i.version = 3;
    i.robustness_variable = 3;
    i.query_interval = 7s;
    i.query_response_interval = 2500ms;
    i.last_member_query_interval = 700ms;
    i.set_last_member_query_count = std::uint8_t{5};
    i.set_startup_query_count = std::uint8_t{1};
    i.set_group_membership_interval = 2900ms;
    i.set_other_querier_present_interval = 4s;
    i.set_router_port_interval = 6s;
  });
  add("fast leave, no querier of its own", basic_config(), [](auto& c) {
    for (config::Port& port : c.ports) {
      port.fast_leave = true;
    }
    c.igmp.intervals.set_group_membership_interval = 4s;
    c.sw.mac_aging_time = 5s;
  });
  add("observe", querier_config(), [](auto& c) { c.snooping.mode = config::SnoopingMode::observe; });
  add("snooping off", querier_config(), [](auto& c) { c.snooping.mode = config::SnoopingMode::off; });
  add("trunks, VLANs of their own kind", querier_config(), [](auto& c) {
    c.ports[0].tagged_vlans = {10};
    c.ports[1].tagged_vlans = {20, 30};
    c.ports[7].vlan = 0;
    c.ports[7].tagged_vlans = {10, 20};
    c.ports[8].tagged_vlans = {30};
    config::Vlan twenty{.id = 20, .name = "", .snooping = c.snooping, .igmp = c.igmp};
    twenty.snooping.unregistered = config::Unregistered::drop;
    twenty.igmp.querier = false;
    twenty.igmp.require_router_alert = true;
    twenty.igmp.intervals.set_group_membership_interval = 3s;
    config::Vlan thirty{.id = 30, .name = "", .snooping = c.snooping, .igmp = c.igmp};
    thirty.snooping.mode = config::SnoopingMode::observe;
    thirty.igmp.ignore_v1_reports = true;
    thirty.igmp.intervals.query_interval = 2s;
    c.vlans = {twenty, thirty};
  });
  add("IGMP not enabled", querier_config(), [](auto& c) { c.igmp.enabled = false; });
  return configs;
}

}  // namespace

const std::vector<NamedConfig>& traffic_configs() {
  static const std::vector<NamedConfig> configs = make_configs();
  return configs;
}

Step next_step(Choices& choices, std::size_t port_count) {
  Step step;
  const unsigned kind = choices.below(200);
  if (kind < 118) {
    step.kind = Step::Kind::frame;
    step.port = some_port(choices, port_count);
    step.frame = some_frame(choices, step.port, step.words);
  } else if (kind < 120) {
    step.kind = Step::Kind::link;
    step.port = some_port(choices, port_count);
    step.up = !choices.one_in(4);
  } else if (kind < 128) {
    step.kind = Step::Kind::to_next;
    constexpr std::array<Duration, 4> kOffsets{-1ns, 0ns, 0ns, 1ns};
    step.by = one_of(choices, kOffsets);
  } else {
    step.kind = Step::Kind::clock;
    step.by = some_time(choices);
  }
  return step;
}

std::string describe(const Step& step) {
  switch (step.kind) {
    case Step::Kind::link:
      return fmt::format("port {} {}", step.port, step.up ? "up" : "down");
    case Step::Kind::clock:
      return fmt::format("clock + {} ns", step.by.count());
    case Step::Kind::to_next:
      return fmt::format("clock to what is next {:+} ns", step.by.count());
    case Step::Kind::frame:
      break;
  }
  std::string text = fmt::format("port {}: {}", step.port, step.words);
  if (step.frame.size() >= 12) {
    text += fmt::format(", {} to {}", to_string(MacAddress::from_octets(step.frame.data() + 6)),
                        to_string(MacAddress::from_octets(step.frame.data())));
  }
  text += fmt::format(", {} octets:", step.frame.size());
  for (const std::uint8_t octet : step.frame) {
    text += fmt::format(" {:02x}", octet);
  }
  return text;
}

}  // namespace mcswitch::test
