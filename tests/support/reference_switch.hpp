// SPDX-License-Identifier: BSD-3-Clause
//
// ReferenceSwitch: the switch once more, naive and slow, to be read beside the rules: "Forwarding rules",
// RFC 2236 sections 3 to 8, RFC 4541 section 2.1, IEEE 802.1Q for MAC addresses. Everything is a std::map, a
// timer is a moment at which something ends, and nothing is shared with the real one but the words of
// lib/base and the values of the configuration. Whatever the two do differently is a mistake in one of them.
//
// Version 3 is understood at group level; IPv6 multicast is flooded.
//
// Choices that no RFC makes, and both have to make alike:
//   - Times: what ends at a moment has ended at that moment. A port's membership messages have rising times:
//     the second one of a moment counts as a nanosecond later.
//   - Of what is due at the same moment the querier's part comes first, then leave checks, then ends of
//     memberships.
//   - The elected querier is the lowest address that was heard, until it has been silent for the Other
//     Querier Present Interval; then the one that was heard last.
//   - A port has a single host if no frame from any other source address than the latest one was accepted in
//     the last Group Membership Interval, both ends included, as far as its link has not been lost since.
//   - MAC ageing is late by up to an eighth of the ageing time (at most 10 s), and the time of an address may
//     be up to a second old; see Decision.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "base/time.hpp"
#include "config/config.hpp"
#include "support/switch_view.hpp"

namespace mcswitch::test {

class ReferenceSwitch {
 public:
  // Where a frame goes, and by which rule.
  struct Decision {
    PortSet egress;
    // As right as `egress`: the destination address may have aged out already, or not yet.
    std::optional<PortSet> or_else{};
    const char* rule = "";
    // Of a frame that was let in: its VLAN and priority (PCP and DEI), as they would be in a tag.
    unsigned tci = 0;
  };

  ReferenceSwitch(const config::Config& config, TimePoint now);

  void link(PortId port, bool up);
  Decision receive(PortId port, std::span<const std::uint8_t> frame);
  void advance(Duration by);
  // The next moment at which something ends or is sent by itself; kNever if there is none.
  [[nodiscard]] TimePoint next() const;

  [[nodiscard]] TimePoint now() const { return now_; }
  [[nodiscard]] const std::vector<SentQuery>& sent() const { return sent_; }
  void clear_sent() { sent_.clear(); }
  [[nodiscard]] SwitchView view() const;

 private:
  using Frame = std::span<const std::uint8_t>;

  // "Checking Membership" (RFC 2236 section 7), or the wait after another querier's specific query.
  struct Check {
    TimePoint begun;  // time of the leave or the query
    TimePoint end;
    std::vector<TimePoint> queries;  // still to be sent
  };
  struct Member {
    TimePoint reported;
    std::optional<TimePoint> v1_reported{};
    std::optional<Check> check{};
  };
  struct Router {
    Ipv4Address address;
    TimePoint heard;
  };
  struct Heard {
    Ipv4Address address;
    std::uint8_t version = 0;
    TimePoint at;
  };
  struct Vlan {
    std::map<Ipv4Address, std::map<PortId, Member>> groups;
    std::map<PortId, Router> routers;
    bool is_querier = false;
    std::vector<TimePoint> startup_queries;  // still to be sent
    std::optional<TimePoint> next_query;     // general, as querier
    std::optional<Heard> other;              // the last one that we yield to
    std::optional<Heard> elected;            // the lowest of them
    std::optional<Heard> unnumbered;         // the last one from 0.0.0.0, if we are none ourselves
    // Held pruning: until when in the whole VLAN (absent: no querier known), and on ports that were asked.
    std::optional<TimePoint> held_until;
    std::map<PortId, TimePoint> port_held_until;
  };
  // A message as read.
  struct Record {
    unsigned type = 0;
    Ipv4Address group;
    unsigned sources = 0;
  };
  struct Message {
    unsigned type = 0;
    Ipv4Address group;
    std::vector<Record> records{};  // version 3 report
    // Query.
    std::uint8_t version = 0;
    Duration response{};
    bool keeps_timers = false;

    [[nodiscard]] bool is_known() const {
      return type == 0x11 || type == 0x12 || type == 0x16 || type == 0x17 || type == 0x22;
    }
  };
  struct Leave {
    Ipv4Address group;
    TimePoint at;
  };

  // --- configuration -------------------------------------------------------------------------------
  [[nodiscard]] const config::Igmp& igmp(VlanId vlan) const { return config_.igmp_of(vlan); }
  [[nodiscard]] bool snoops(VlanId vlan) const;
  [[nodiscard]] bool prunes(VlanId vlan) const;
  [[nodiscard]] bool carries(PortId port, VlanId vlan) const;
  [[nodiscard]] Duration group_membership_interval(VlanId vlan) const;
  [[nodiscard]] Duration other_querier_present_interval(VlanId vlan) const;
  [[nodiscard]] Duration router_port_interval(VlanId vlan) const;
  [[nodiscard]] Duration startup_query_interval(VlanId vlan) const;
  [[nodiscard]] unsigned startup_query_count(VlanId vlan) const;
  [[nodiscard]] unsigned last_member_query_count(VlanId vlan) const;
  [[nodiscard]] Duration own_response_interval(VlanId vlan) const;

  // --- forwarding ----------------------------------------------------------------------------------
  [[nodiscard]] PortSet up_ports(VlanId vlan) const;
  [[nodiscard]] PortSet router_ports(VlanId vlan) const;
  [[nodiscard]] PortSet held_ports(VlanId vlan) const;
  [[nodiscard]] PortSet report_ports(VlanId vlan) const;
  [[nodiscard]] PortSet unregistered_ports(VlanId vlan) const;
  Decision decide(PortId port, Frame frame);
  Decision decide_in(PortId port, VlanId vlan, Frame frame, std::size_t type_at);
  Decision decide_ipv4(PortId port, VlanId vlan, Frame frame, std::size_t at);
  Decision decide_igmp(PortId port, VlanId vlan, Frame frame, Frame datagram);
  Decision bridge(PortId port, VlanId vlan, Frame frame);
  Decision flood(PortId port, VlanId vlan, Frame frame, const char* rule);
  void learn(PortId port, VlanId vlan, MacAddress source);

  // --- IGMP ----------------------------------------------------------------------------------------
  static const char* read(Frame payload, Message& message);
  static const char* read_query(Frame payload, Message& message);
  static const char* read_v3_report(Frame payload, Message& message);
  void take_report(PortId port, VlanId vlan, const Message& message);
  TimePoint message_time(PortId port);
  void join(PortId port, VlanId vlan, Ipv4Address group, bool is_version_1);
  void leave(PortId port, VlanId vlan, const Leave& leave);
  void query(PortId port, VlanId vlan, const Message& query, Ipv4Address source, TimePoint at);
  void lower_timers(VlanId id, const Message& query, TimePoint at);
  bool has_v1_host(VlanId vlan, const Member& member) const;
  bool has_single_host(PortId port, VlanId vlan) const;
  [[nodiscard]] TimePoint end_of(VlanId vlan, const Member& member) const;

  // --- time ----------------------------------------------------------------------------------------
  void do_what_is_due();
  void querier_knowledge(Vlan& vlan, Duration response);
  void send_general_query(VlanId id, PortSet ports);
  void send_specific_query(VlanId id, PortId port, Ipv4Address group);

  const config::Config config_;
  // Set while a frame is forwarded as if nobody looked for IGMP: see decide().
  bool forgets_snooping_ = false;
  TimePoint now_;
  std::map<VlanId, Vlan> vlans_;
  std::set<PortId> up_;
  std::map<std::pair<VlanId, MacAddress>, std::pair<PortId, TimePoint>> macs_;
  std::map<PortId, std::map<MacAddress, TimePoint>> hosts_;  // when each was last seen there
  std::map<PortId, MacAddress> latest_host_;
  std::map<PortId, TimePoint> last_message_;
  std::vector<SentQuery> sent_;
};

}  // namespace mcswitch::test
