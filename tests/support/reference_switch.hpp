// SPDX-License-Identifier: BSD-3-Clause
//
// ReferenceSwitch: the switch once more, naive and slow, to be read next to the rules: "Forwarding rules",
// RFC 2236 sections 3 to 8, RFC 9776 sections 6 and 7, RFC 4604 section 2.2, RFC 4541 section 2.1, IEEE
// 802.1Q for MAC addresses. Everything is a std::map, a timer is a moment at which something ends, and
// nothing is shared with the real one but the words of lib/base and the values of the configuration. Whatever
// the two do differently is a mistake in one of them.
//
// IPv6 multicast is flooded. report-mode = "proxy" is not known here.
//
// Choices that no RFC makes, and both have to make alike:
//   - Times: what ends at a moment has ended at that moment. A port's membership messages have rising times:
//     the second one of a moment counts as a nanosecond later. Each record of version 3 of a known type is a
//     message of its own, but for 224.0.0.0/24, and IS_EX and TO_EX in an SSM range.
//   - Of what is due at the same moment the querier's part comes first, then queries that are repeated, then
//     ends of memberships.
//   - The elected querier is the lowest address that was heard, until it has been silent for the Other
//     Querier Present Interval; then the one that was heard last. We are not Querier as long as one of the
//     two is present. How long a querier, or a router port, counts as present goes by the values of its last
//     query (QRV, QQIC, Max Response Time) where they are larger than ours, up to ten times ours; timers of
//     memberships by those of the elected querier, for as long as it is; if there is none, by those of the
//     device that queries from 0.0.0.0. If a querier asks less often than it says and than we would, by more
//     than a sixteenth, the time between its last two queries on the port counts, up to ten of our Query
//     Intervals.
//   - Each router behind a port counts by itself, for each way in which it was heard. Eight of a port are
//     remembered; one more takes the place of the one that would count no longer first, if it counts for
//     longer.
//   - A port has a single host if no frame from any other source address than the latest one was accepted in
//     the last Group Membership Interval, both ends included, as far as its link has not been lost since.
//   - MAC ageing is late by up to an eighth of the ageing time (at most 10 s), and the time of an address may
//     be up to a second old; see Decision.
//   - What a message asks for is there when the message has been read: sources that are requested, and any
//     source where nothing is excluded or mode EXCLUDE holds already. Only then the rest of what its records
//     mean is done, record by record (sections 6.4.1, 6.4.2), with what is there by then. A record means
//     nothing more if the group timer is newer than it, as a later EXCLUDE list takes the place of all
//     before; and a source whose timer is newer is neither deleted nor asked about.
//   - In mode EXCLUDE every source whose timer runs is one that is excluded when it ends (section 6.2.3).
//   - "A-X-Y = group timer" is the group timer as it was before the record.
//   - A host of version 1 or 2 is present on a port for one Group Membership Interval from its last report,
//     rounded up to 2^20 ns, and as long as the port is in mode EXCLUDE. With one of version 1 TO_IN is read
//     as IS_IN. Where version 1 is configured TO_IN and BLOCK mean nothing more than what they request.
//   - What is asked about already, to end no later, is not asked about anew, nor a source that ends by itself
//     before. Each source is asked about at times of its own; those of the same moment travel together. What
//     has been answered is not asked about at the moment of a query for the group (section 6.6.3.2). With own
//     queries of version 2 a query for the group stands for one for sources; a report ends the asking. In an
//     SSM range it cannot be asked then, nor with version 1, and the interval runs.
//   - On a fast-leave port what would be asked about ends at once if that is safe; see is_safe_to_end().
//   - A static membership never ends, is not lowered and not asked about; on a port with one for any source
//     records mean nothing more than what they request.
//   - A limit refuses one membership at a time, in the order in which the record needs them: what is
//     requested, then what is excluded, rising, then the group's own; without that nothing is excluded, and
//     without its timer no source. What a record deletes makes room for later messages.
//   - A query that another sends for a group ends the repetition of ours when its own end has come, at once
//     if ours was answered. It lowers no timer of a group where a host of version 1 is present, which does
//     not answer. The S flag says that what is asked about has been reported since it was lowered.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <tuple>
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
    bool is_final = false;  // also where a VLAN only observes
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
  // Groups, requested sources and excluded sources, of all ports together and of one.
  [[nodiscard]] std::size_t entry_count() const { return entries().size(); }
  [[nodiscard]] std::size_t memberships(PortId port) const;

 private:
  using Frame = std::span<const std::uint8_t>;
  // A host, as far as it can be told from others on its port.
  using Host = std::pair<MacAddress, IpAddress>;
  using Sources = std::vector<IpAddress>;

  // The group timer or a source timer of a port.
  struct Timer {
    bool is_static = false;              // never ends; else
    TimePoint reported{};                // runs for one Group Membership Interval from here,
    std::optional<TimePoint> lowered{};  // or until here, if that is earlier
    std::vector<TimePoint> queries{};    // that ask about it, still to be sent
    std::map<Host, TimePoint> hosts{};   // hosts that have reported, and when last
  };
  // A group on a port (section 6.2).
  struct Member {
    std::optional<Timer> any{};                   // the group timer; filter mode EXCLUDE if there is one
    std::map<IpAddress, Timer> requested{};       // source timers that run
    std::set<IpAddress> excluded{};               // in mode EXCLUDE: all sources named, also with a timer
    std::map<unsigned, TimePoint> older_hosts{};  // in mode EXCLUDE: version, last report
    std::map<Host, TimePoint> hosts{};  // hosts that have reported anything of the group, and when last

    [[nodiscard]] bool is_nothing() const { return !any && requested.empty(); }
  };
  using Members = std::map<PortId, Member>;
  using Router = std::pair<RouterReason, IpAddress>;
  struct Heard {
    IpAddress address;
    std::uint8_t version = 0;
    unsigned qrv = 0;  // 0: not given
    Duration query_interval{};
    Duration response{};
    TimePoint until{};
    std::optional<PortId> port{};  // where its values come in,
    TimePoint leaves_port{};       // until it has been silent there for so long
  };
  // Whose general query was heard on a port.
  struct Asker {
    TimePoint at;
    TimePoint until;
  };
  // A general query, and when hosts have had the time to answer it.
  struct Asked {
    TimePoint at;
    TimePoint over;
  };
  // Of a port that came up: so many are left, the next is due then, and none counts before the last is over.
  struct PortQueries {
    unsigned left = 0;
    TimePoint next;
    TimePoint over = TimePoint::min();
  };
  struct Vlan {
    std::map<IpAddress, Members> groups;
    std::map<PortId, std::map<Router, TimePoint>> routers;  // until when each of them counts
    bool is_querier = false;
    std::vector<TimePoint> startup_queries;  // still to be sent
    std::optional<TimePoint> next_query;     // general, as querier
    // Querier instead of one that is gone: no timer ends before hosts had their time to answer so many
    // queries that one of them was heard, and its answer.
    TimePoint first_answers = TimePoint::min();
    std::optional<Heard> other;       // the last one that we yield to
    std::optional<Heard> elected;     // the lowest of them
    std::optional<Heard> unnumbered;  // the last one from 0.0.0.0, if we are none ourselves
    std::map<std::pair<PortId, IpAddress>, Asker> askers;
    // Older Host Present Interval, and the longer one that older hosts began with who were heard until then.
    Duration older_interval{};
    Duration older_interval_before{};
    TimePoint older_interval_until = TimePoint::min();
    // Held pruning: the general queries that a port was sent.
    std::map<PortId, std::vector<Asked>> answered;
    // Queries that a port which came up is still to be sent.
    std::map<PortId, PortQueries> port_queries;

    [[nodiscard]] bool has_querier() const { return is_querier || other || unnumbered; }
  };
  // A message as read.
  struct Record {
    unsigned type = 0;
    IpAddress group;
    Sources sources;
  };
  struct Message {
    unsigned type = 0;
    IpAddress group;
    std::vector<Record> records{};  // version 3 report
    // Query.
    std::uint8_t version = 0;
    Duration response{};
    bool s_flag = false;
    unsigned qrv = 0;
    Duration query_interval{};
    Sources sources{};

    [[nodiscard]] bool is_known() const {
      return type == 0x11 || type == 0x12 || type == 0x16 || type == 0x17 || type == 0x22;
    }
  };
  // A record, or what stands for one (section 7.3.2), and whose it is.
  struct Report {
    PortId port = 0;
    VlanId vlan = 0;
    Host host;
    TimePoint at;
    unsigned version = 3;
    Record record;
    // As it was before the record: the port's group timer; had any port sources of the group?
    std::optional<Timer> group_timer{};
    bool has_sources = false;
  };

  // --- configuration and what is adopted from the querier (reference_intervals.cpp) ---------------------
  [[nodiscard]] const config::Igmp& igmp(VlanId vlan) const { return config_.igmp_of(vlan); }
  [[nodiscard]] bool snoops(VlanId vlan) const;
  [[nodiscard]] bool prunes(VlanId vlan) const;
  [[nodiscard]] bool carries(PortId port, VlanId vlan) const;
  // The querier whose values are adopted; one without values if there is none.
  [[nodiscard]] const Heard& adopted(VlanId vlan) const;
  // With what `other` says where it is larger.
  [[nodiscard]] unsigned robustness(VlanId vlan, const Heard& other) const;
  [[nodiscard]] Duration query_interval(VlanId vlan, const Heard& other) const;
  [[nodiscard]] Duration response_interval(VlanId vlan, const Heard& other) const;
  [[nodiscard]] Duration group_membership_interval(VlanId vlan) const;
  [[nodiscard]] Duration older_host_present_interval(VlanId vlan) const;
  // What it is now may be shorter than before.
  void note_older_host_present_interval(VlanId id, Vlan& vlan);
  [[nodiscard]] Duration other_querier_present_interval(VlanId vlan, const Heard& other) const;
  [[nodiscard]] Duration router_port_interval(VlanId vlan, const Heard& other) const;
  [[nodiscard]] Duration startup_query_interval(VlanId vlan) const;
  [[nodiscard]] unsigned startup_query_count(VlanId vlan) const;
  [[nodiscard]] unsigned last_member_query_count(VlanId vlan) const;
  [[nodiscard]] Duration last_member_query_time(VlanId vlan) const;
  [[nodiscard]] Duration own_response_interval(VlanId vlan) const;
  [[nodiscard]] bool is_source_specific(VlanId vlan, const IpAddress& group) const;

  // --- forwarding (reference_frames.cpp) -----------------------------------------------------------
  [[nodiscard]] PortSet up_ports(VlanId vlan) const;
  [[nodiscard]] PortSet router_ports(VlanId vlan) const;
  [[nodiscard]] PortSet held_ports(VlanId vlan) const;
  [[nodiscard]] PortSet report_ports(VlanId vlan, unsigned version) const;
  [[nodiscard]] PortSet unregistered_ports(VlanId vlan) const;
  [[nodiscard]] PortSet all_multicast_ports(VlanId vlan) const;
  // Ports whose filter accepts the source (section 6.3); absent if the group is not registered.
  [[nodiscard]] std::optional<PortSet> accepting_ports(VlanId vlan, const IpAddress& group,
                                                       const IpAddress& source) const;
  Decision decide(PortId port, Frame frame);
  Decision decide_in(PortId port, VlanId vlan, Frame frame, std::size_t type_at);
  Decision decide_ipv4(PortId port, VlanId vlan, Frame frame, std::size_t at);
  Decision decide_igmp(PortId port, VlanId vlan, Frame frame, Frame datagram);
  Decision bridge(PortId port, VlanId vlan, Frame frame);
  Decision flood(PortId port, VlanId vlan, Frame frame, const char* rule);
  void learn(PortId port, VlanId vlan, MacAddress source);

  // --- reading IGMP (reference_igmp.cpp) -------------------------------------------------------------
  static const char* read(Frame payload, Message& message);
  static const char* read_query(Frame payload, Message& message);
  static const char* read_v3_report(Frame payload, Message& message);
  void take_report(PortId port, VlanId vlan, const Message& message, const Host& host);
  TimePoint message_time(PortId port);
  [[nodiscard]] bool is_elsewhere(const std::optional<Heard>& known, PortId port) const;
  void query(PortId port, VlanId vlan, const Message& query, const IpAddress& source, TimePoint at);
  void lower_timers(VlanId id, const Message& query, TimePoint at);

  // --- routers (reference_routers.cpp) ----------------------------------------------------------------
  void hear_router(PortId port, VlanId id, RouterReason reason, const IpAddress& source,
                   std::optional<TimePoint> until);
  void hear_querier(PortId port, VlanId id, const Heard& heard, bool is_general);
  void hear_pim(PortId port, VlanId id, Frame datagram);
  void hear_mrd(PortId port, VlanId id, Frame datagram, bool has_router_alert, bool is_to_group);

  // --- memberships (reference_records.cpp) -----------------------------------------------------------
  // What the record asks for, at once.
  void join(Report& report);
  // The rest of what it means.
  void apply(Report report);
  void include(const Report& report, Member& member);
  void exclude(const Report& report, Member& member);
  void block(const Report& report, Member& member);
  // "Send Q(G)", "Send Q(G,A)" (sections 6.6.3.1, 6.6.3.2).
  void ask(const Report& report, Member& member, bool about_group, const Sources& about);
  void ask_about(const Report& report, Timer& timer);
  void ask_routers(const Report& report, const Sources& ended);
  [[nodiscard]] bool is_safe_to_end(const Report& report, const Member& member,
                                    const std::map<Host, TimePoint>& hosts) const;
  [[nodiscard]] bool is_older_host_present(VlanId vlan, const Member& member, unsigned version) const;
  // 1, 2 or 3 (section 7.3.2).
  [[nodiscard]] unsigned compatibility(VlanId vlan, const Member& member) const;
  [[nodiscard]] bool has_single_host(PortId port) const;
  [[nodiscard]] TimePoint end_of(VlanId vlan, const Timer& timer) const;
  // When what the timer stands for goes: an answer of the last moment is on its way until then.
  [[nodiscard]] TimePoint gone_at(VlanId vlan, const Timer& timer) const;
  void restart(const Report& report, Member& member, Timer& timer) const;
  void end_with(VlanId vlan, Timer& timer, const Timer& group) const;
  void list_requested(const Report& report, Member& member);
  void end_group_timer(Member& member) const;

  // Limits.
  enum class Kind : std::uint8_t { group, requested, excluded };
  using Entry = std::tuple<VlanId, IpAddress, Kind, IpAddress>;
  [[nodiscard]] bool take_room(const Report& report, Kind kind, const IpAddress& source = {});
  [[nodiscard]] bool is_at_port_limit(const Report& report) const;
  [[nodiscard]] bool is_at_source_limit(const Report& report, const Entry& added, std::set<Entry> live) const;
  [[nodiscard]] std::set<Entry> entries() const;
  Member& member_of(const Report& report) {
    return vlans_[report.vlan].groups[report.record.group][report.port];
  }

  // --- time (reference_switch.cpp) ------------------------------------------------------------------
  void do_what_is_due();
  void querier_due(VlanId id, Vlan& vlan);
  void ports_due(VlanId id, Vlan& vlan);
  void count_port_query(VlanId id, PortId port);
  void queries_due(VlanId id, const IpAddress& group, PortId port, Member& member);
  void ends_due(VlanId id, Member& member);
  void forget_what_is_nothing();
  void add_static_members(VlanId id, PortSet ports);
  void querier_knowledge(Vlan& vlan);
  void asked(VlanId id, PortSet ports, Duration response);
  [[nodiscard]] static std::size_t chances_by(std::vector<Asked> queries, TimePoint now);
  void send_general_query(VlanId id, PortSet ports);
  // A group, the port that wanted it or sources of it, and whether that is asked too or has gone already.
  struct Left {
    IpAddress group;
    PortId port = 0;
    bool is_asked = true;
  };
  void send_specific_query(VlanId id, const Left& left, bool s_flag, const Sources& sources);
  [[nodiscard]] SentQuery query_of(VlanId id, Duration response) const;

  const config::Config config_;
  // Set while a frame is forwarded without a look for IGMP: see decide().
  bool forgets_snooping_ = false;
  TimePoint now_;
  std::map<VlanId, Vlan> vlans_;
  std::set<PortId> up_;
  std::set<PortId> reporting_;  // a report has been heard there since the link came up
  std::map<std::pair<VlanId, MacAddress>, std::pair<PortId, TimePoint>> macs_;
  // Since the link came up: source MAC addresses, and IP source addresses of reports and leaves.
  std::map<PortId, std::set<MacAddress>> hosts_;
  std::map<PortId, std::set<IpAddress>> reporters_;
  std::map<PortId, TimePoint> last_message_;
  // While a message is read: groups that it has added, requested sources that its records have deleted, and
  // how many entries there are with those that it has deleted. What is deleted makes room for later messages
  // only.
  std::set<Entry> added_groups_;
  std::set<Entry> deleted_;
  std::size_t used_ = 0;
  std::vector<SentQuery> sent_;
};

}  // namespace mcswitch::test
