// SPDX-License-Identifier: BSD-3-Clause
//
// The settings of the reference switch, and the intervals that follow from them and from the querier's.

#include <algorithm>
#include <chrono>

#include "support/reference_switch.hpp"

namespace mcswitch::test {

using namespace std::chrono_literals;

namespace {

// What ends a report has to say 2^20 ns more exactly.
TimePoint rounded_up(TimePoint time) {
  constexpr std::int64_t kTick = 1 << 20;
  const std::int64_t ns = time.time_since_epoch().count();
  return TimePoint{Duration{(ns + kTick - 1) / kTick * kTick}};
}

}  // namespace

bool ReferenceSwitch::snoops(VlanId vlan) const {
  return !forgets_snooping_ && igmp(vlan).enabled &&
         config_.snooping_of(vlan).mode != config::SnoopingMode::off;
}

bool ReferenceSwitch::prunes(VlanId vlan) const {
  return snoops(vlan) && config_.snooping_of(vlan).mode == config::SnoopingMode::prune;
}

bool ReferenceSwitch::carries(PortId port, VlanId vlan) const {
  const config::Port& settings = config_.ports[port];
  return settings.vlan == vlan ||
         std::count(settings.tagged_vlans.begin(), settings.tagged_vlans.end(), vlan) > 0;
}

// RFC 9776 sections 4.1.6 and 4.1.7; docs/choices.md, "Queriers": a non-querier uses the querier's values
// (QRV, QQIC) where they are larger.
const ReferenceSwitch::Heard& ReferenceSwitch::adopted(VlanId id) const {
  static const Heard kNobody{};
  const Vlan& vlan = vlans_.at(id);
  return vlan.is_querier   ? kNobody
         : vlan.elected    ? *vlan.elected
         : vlan.unnumbered ? *vlan.unnumbered
                           : kNobody;
}

unsigned ReferenceSwitch::robustness(VlanId id, const Heard& other) const {
  return std::max<unsigned>(igmp(id).intervals.robustness_variable, other.qrv);
}

Duration ReferenceSwitch::query_interval(VlanId id, const Heard& other) const {
  return std::max(igmp(id).intervals.query_interval, other.query_interval);
}

Duration ReferenceSwitch::response_interval(VlanId id, const Heard& other) const {
  return std::max(own_response_interval(id), other.response);
}

// RFC 2236 section 8.4, RFC 9776 section 8.4.
Duration ReferenceSwitch::group_membership_interval(VlanId vlan) const {
  const auto& i = igmp(vlan).intervals;
  const Duration derived = robustness(vlan, adopted(vlan)) * query_interval(vlan, adopted(vlan)) +
                           (i.version == 3 ? 2 : 1) * response_interval(vlan, adopted(vlan));
  return i.set_group_membership_interval.value_or(derived);
}

// RFC 9776 section 8.13, "MUST".
Duration ReferenceSwitch::older_host_present_interval(VlanId vlan) const {
  return robustness(vlan, adopted(vlan)) * query_interval(vlan, adopted(vlan)) +
         response_interval(vlan, adopted(vlan));
}

// A timer that runs (section 7.3.2) is not shortened.
void ReferenceSwitch::note_older_host_present_interval(VlanId id, Vlan& vlan) {
  const Duration interval = older_host_present_interval(id);
  if (interval < vlan.older_interval) {
    const bool runs_still = now_ < vlan.older_interval_until + vlan.older_interval_before;
    vlan.older_interval_before =
        runs_still ? std::max(vlan.older_interval, vlan.older_interval_before) : vlan.older_interval;
    vlan.older_interval_until = now_;
  }
  vlan.older_interval = interval;
}

// --- older hosts (section 7.3.2) ---------------------------------------------------------------------

bool ReferenceSwitch::is_older_host_present(VlanId vlan, const Member& member, unsigned version) const {
  const auto last = member.older_hosts.find(version);
  if (last == member.older_hosts.end()) {
    return false;
  }
  const TimePoint heard = rounded_up(last->second);
  const Vlan& of = vlans_.at(vlan);
  // To the tick in which times are kept.
  const bool is_of_before = heard <= of.older_interval_until + 2ms;
  return now_ < heard + older_host_present_interval(vlan) ||
         (is_of_before && now_ < heard + of.older_interval_before);
}

unsigned ReferenceSwitch::compatibility(VlanId vlan, const Member& member) const {
  if (is_older_host_present(vlan, member, 1)) {
    return 1;
  }
  return is_older_host_present(vlan, member, 2) ? 2 : 3;
}

// --- the querier and its queries ------------------------------------------------------------------------

// Section 8.5.
Duration ReferenceSwitch::other_querier_present_interval(VlanId vlan, const Heard& other) const {
  const auto& i = igmp(vlan).intervals;
  const auto derived = [&](const Heard& by) {
    return robustness(vlan, by) * query_interval(vlan, by) + response_interval(vlan, by) / 2;
  };
  // "never makes Other Querier Present longer than ten times our own"
  return i.set_other_querier_present_interval.value_or(std::min(derived(other), 10 * derived({})));
}

Duration ReferenceSwitch::router_port_interval(VlanId vlan, const Heard& other) const {
  return igmp(vlan).intervals.set_router_port_interval.value_or(other_querier_present_interval(vlan, other));
}

// Sections 8.6, 8.7, 8.9, of the querier alone.
Duration ReferenceSwitch::startup_query_interval(VlanId vlan) const {
  const auto& i = igmp(vlan).intervals;
  return i.set_startup_query_interval.value_or(i.query_interval / 4);
}

unsigned ReferenceSwitch::startup_query_count(VlanId vlan) const {
  const auto& i = igmp(vlan).intervals;
  return i.set_startup_query_count.value_or(i.robustness_variable);
}

// RFC 9776 sections 8.9 and 8.10.
unsigned ReferenceSwitch::last_member_query_count(VlanId vlan) const {
  return igmp(vlan).intervals.set_last_member_query_count.value_or(robustness(vlan, adopted(vlan)));
}

Duration ReferenceSwitch::last_member_query_time(VlanId vlan) const {
  return last_member_query_count(vlan) * igmp(vlan).intervals.last_member_query_interval;
}

// A version 1 query has no Max Response Time; its hosts take ten seconds (RFC 2236 section 4).
Duration ReferenceSwitch::own_response_interval(VlanId vlan) const {
  const auto& i = igmp(vlan).intervals;
  return i.version == 1 ? 10s : i.query_response_interval;
}

bool ReferenceSwitch::is_source_specific(VlanId vlan, const IpAddress& group) const {
  const auto& ranges = igmp(vlan).ssm_range;
  return std::any_of(ranges.begin(), ranges.end(), [&](const auto& range) {
    const unsigned rest = 32U - range.length;
    return std::uint64_t{group.v4().bits} >> rest == std::uint64_t{range.address.bits} >> rest;
  });
}

}  // namespace mcswitch::test
