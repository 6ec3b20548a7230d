// SPDX-License-Identifier: BSD-3-Clause

#include "support/traffic.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>

#include "base/net_text.hpp"
#include "support/switch_view.hpp"
#include "support/traffic_pools.hpp"

namespace mcswitch::test {
namespace {

using namespace std::chrono_literals;

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
      options.ip_options = Bytes{0x01, 0x94, 0x04, 0x00, 0x00};
      return say("Router Alert behind padding");
    case 5:
      options.fragment = choices.one_in(2) ? 0x2000 : static_cast<std::uint16_t>(choices.below(0x2000));
      return say("fragment");
    case 6:
      options.trailing = Bytes(1 + choices.below(12), 0xa5);
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
void twist_bytes(Choices& choices, Bytes& frame, std::string& words) {
  if (choices.one_in(2)) {
    frame[choices.below(static_cast<unsigned>(frame.size()))] ^=
        static_cast<std::uint8_t>(1U << choices.below(8));
    words += ", a bit turned";
  } else {
    frame.resize(choices.below(static_cast<unsigned>(frame.size()) + 1));
    words += ", cut off";
  }
}

std::string list_of(const IpAddress& group, const std::vector<IpAddress>& sources) {
  std::string text = to_string(group) + " (";
  for (std::size_t i = 0; i < sources.size(); ++i) {
    text += (i == 0 ? "" : " ") + to_string(sources[i]);
  }
  return text + ")";
}

Bytes v3_report_frame(Choices& choices, const FrameOptions& options, std::string& words) {
  constexpr std::array kTypes{"?", "IS_IN", "IS_EX", "TO_IN", "TO_EX", "ALLOW", "BLOCK"};
  words = "v3 report";
  // Mostly one, sometimes several, which are often about the same group.
  std::vector<V3Record> records(choices.one_in(3) ? choices.below(5) : 1U);
  const bool is_same_group = choices.one_in(2);
  for (V3Record& record : records) {
    record.type = static_cast<std::uint8_t>(choices.one_in(20) ? choices.below(256) : 1 + choices.below(6));
    record.group = is_same_group && &record != records.data() ? records[0].group : some_group(choices);
    const bool has_many = &record == records.data() && choices.one_in(30);
    record.sources = has_many ? many_sources(choices) : some_sources(choices);
    if (choices.one_in(8)) {
      record.aux_data = Bytes(4 * (1 + choices.below(2)), 0x22);
    }
    if (choices.one_in(40)) {
      record.source_count = static_cast<std::uint16_t>(choices.below(5));
    }
    if (choices.one_in(40)) {
      record.aux_words = static_cast<std::uint8_t>(choices.below(5));
    }
    words += fmt::format(", {} {}", kTypes[record.type < kTypes.size() ? record.type : 0],
                         list_of(record.group, record.sources));
  }
  return choices.one_in(40) ? v3_report(records, options, static_cast<std::uint16_t>(choices.below(7)))
                            : v3_report(records, options);
}

Bytes v3_query_frame(Choices& choices, const FrameOptions& options, std::string& words) {
  constexpr std::array<std::uint8_t, 5> kQrv{2, 2, 0, 1, 3};
  constexpr std::array<std::uint8_t, 5> kQqic{5, 5, 0, 2, 9};
  V3Query query{.group = choices.one_in(4) ? Ipv4Address{} : some_group(choices),
                .code = choices.one_in(4) ? std::uint8_t{0x8f} : some_code(choices),
                .suppress_router_processing = choices.one_in(4),
                .qrv = one_of(choices, kQrv),
                .qqic = one_of(choices, kQqic)};
  if (choices.one_in(10)) {
    query.code = 0;
  }
  if (choices.one_in(2)) {
    query.sources = some_sources(choices);
  }
  if (choices.one_in(30)) {
    query.source_count = static_cast<std::uint16_t>(choices.below(5));
  }
  words = "v3 query " + list_of(query.group, query.sources);
  return v3_query(query, options);
}

// Any bytes behind a type, with a right checksum.
Bytes any_igmp_frame(Choices& choices, const FrameOptions& options) {
  constexpr std::array<std::uint8_t, 6> kTypes{0x11, 0x12, 0x16, 0x17, 0x22, 0x22};
  Bytes message(choices.below(41));
  for (std::uint8_t& byte : message) {
    byte = static_cast<std::uint8_t>(choices.below(256));
  }
  if (!message.empty()) {
    message[0] = one_of(choices, kTypes);
  }
  return igmp_frame(some_group(choices), message, options);
}

Bytes router_discovery_frame(Choices& choices, const FrameOptions& options, std::string& words) {
  constexpr std::array<std::uint8_t, 4> kIntervals{1, 2, 20, 0};
  switch (choices.below(6)) {
    case 0:
      words = "unknown IGMP type";
      return other_igmp(static_cast<std::uint8_t>(0x30 + choices.below(4)), options);
    case 1:
      words = "MRD solicitation";
      return mrd_solicitation(options);
    case 2:
      words = "MRD termination";
      return mrd_termination(options);
    default:
      words = "MRD advertisement";
      return mrd_advertisement(one_of(choices, kIntervals), options);
  }
}

Bytes bridged_frame(Choices& choices, const FrameOptions& options, std::string& words) {
  switch (choices.below(9)) {
    case 0:
    case 1:
      words = "broadcast";
      return arp_request(Ipv4Address::of(10, 0, 0, 1), options);
    case 2:
      words = "reserved address";
      return ethernet_frame(MacAddress{0x0180c2000000U + choices.below(20)}, 0x88cc, Bytes(40), options);
    case 3:
      words = "other multicast";
      return ethernet_frame(MacAddress{0x011b19000000}, 0x88f7, Bytes(40), options);
    case 4:
      words = "IPv6 multicast";
      return ipv6_multicast(options);
    case 5: {
      words = "bytes";
      Bytes frame(choices.below(80));
      for (std::uint8_t& byte : frame) {
        byte = static_cast<std::uint8_t>(choices.below(256));
      }
      return frame;
    }
    default:
      words = "unicast";
      return unicast(some_destination(choices), options, 20);
  }
}

Bytes some_frame(Choices& choices, PortId port, std::string& words) {
  FrameOptions options{.source_mac = some_host(choices, port),
                       .source = choices.one_in(6)    ? Ipv4Address{}
                                 : choices.one_in(60) ? one_of(choices, kNoHosts)
                                                      : Ipv4Address::of(10, 0, 2, port)};
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
  Bytes frame;
  const auto some_group_in = [&](const char* what) {
    const Ipv4Address group = some_group(choices);
    words = what + to_string(group);
    return group;
  };
  if (kind < 11) {
    frame = v2_report(some_group_in("v2 report "), options);
  } else if (kind < 13) {
    frame = v1_report(some_group_in("v1 report "), options);
  } else if (kind < 36) {
    frame = v3_report_frame(choices, options, words);
  } else if (kind < 44) {
    frame = leave(some_group_in("leave "), options);
  } else if (kind < 56) {
    options.source = some_querier(choices);
    if (kind < 47) {
      words = "general query";
      frame = v2_query({}, some_code(choices), options);
    } else if (kind < 49) {
      const Ipv4Address group = some_group_in("specific query ");
      frame = v2_query(group, some_code(choices), options);
    } else if (kind < 50) {
      words = "v1 query";
      frame = v1_query(options);
    } else {
      frame = v3_query_frame(choices, options, words);
    }
  } else if (kind < 57) {
    words = "any IGMP message";
    frame = any_igmp_frame(choices, options);
  } else if (kind < 58) {
    frame = router_discovery_frame(choices, options, words);
  } else if (kind < 59) {
    constexpr std::array<std::optional<std::uint16_t>, 6> kHoldtimes{105, 3, 0, 0xffff, std::nullopt, 1};
    words = "PIM hello";
    frame = pim_hello(options, one_of(choices, kHoldtimes));
  } else if (kind < 80) {
    if (!choices.one_in(4)) {
      options.source = one_of(choices, kSources);
    }
    // Of no group: udp() wants a MAC address for it.
    options.destination_mac = options.destination_mac.value_or(MacAddress{0x01005e010203});
    const Ipv4Address group = some_group_in("data for ");
    words += " from " + to_string(options.source);
    frame = udp(group, options, 20);
  } else {
    frame = bridged_frame(choices, options, words);
  }
  words += twist;
  if (!frame.empty() && choices.one_in(20)) {
    twist_bytes(choices, frame, words);
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

}  // namespace

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
    text += fmt::format(", {} to {}", to_string(MacAddress::from_bytes(step.frame.data() + 6)),
                        to_string(MacAddress::from_bytes(step.frame.data())));
  }
  text += fmt::format(", {} bytes:", step.frame.size());
  for (const std::uint8_t byte : step.frame) {
    text += fmt::format(" {:02x}", byte);
  }
  return text;
}

}  // namespace mcswitch::test
