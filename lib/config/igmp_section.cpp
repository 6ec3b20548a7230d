// SPDX-License-Identifier: BSD-3-Clause
//
// [snooping] and [igmp].

#include <fmt/format.h>

#include <chrono>

#include "base/net_text.hpp"
#include "config/keywords.hpp"
#include "config/sections.hpp"

namespace mcswitch::config {

namespace {

using membership::Intervals;
using std::chrono::milliseconds;
using std::chrono::seconds;

// The largest that version 3 can say, as Querier's Query Interval Code (RFC 9776 section 4.1.7).
constexpr Duration kLongestQueryInterval = seconds{31'744};
// One tenth of a second is the unit of Max Resp Time (RFC 2236 section 2.2): 0 would be a query of
// version 1. 255 is its largest value.
constexpr Duration kResponseTimeUnit = milliseconds{100};
constexpr Duration kLongestResponseTime = milliseconds{25'500};
// For the times that are neither sent nor in an RFC: as long as a MAC address may live. A millisecond is
// what the control thread can keep.
constexpr TimeRange kAnyTime{milliseconds{1}, seconds{1'000'000}};
constexpr TimeRange kQueryIntervals{kResponseTimeUnit, kLongestQueryInterval};
constexpr IntegerRange kCounts{1, 255};

// The keys that others are derived from, as they were found.
struct Basics {
  Found robustness;
  Found query_interval;
  Found query_response_interval;

  [[nodiscard]] bool are_usable() const {
    return robustness.is_usable() && query_interval.is_usable() && query_response_interval.is_usable();
  }
};

// "10 s", or "10 s, the default"
std::string value_in_words(const Found& found, Duration value) {
  return seconds_text(value) + (found.is_written() ? " s" : " s, the default");
}

Basics read_basics(TableReader& table, Intervals& intervals) {
  // With version 3 the field could say 3174.4 s (RFC 9776 section 4.1.1).
  const std::string_view remark =
      intervals.version == 3
          ? "the field of a version 2 query ends there, and version 3, which could say up to 3174.4, is "
            "queried as version 2 until it is built"
          : "the field of a version 2 query ends there (RFC 2236 section 2.2)";
  const TimeRange response_times{kResponseTimeUnit, kLongestResponseTime, remark};

  Basics basics;
  basics.robustness = table.integer("robustness", {1, 7}, intervals.robustness_variable);
  if (basics.robustness.is_written() && intervals.robustness_variable == 1) {
    table.findings().warning(
        basics.robustness.at,
        "igmp.robustness = 1 is discouraged (RFC 2236 section 8.1): one lost message ends a "
        "membership; 2 is the default");
  }
  basics.query_interval = table.time("query-interval", kQueryIntervals, intervals.query_interval);
  basics.query_response_interval =
      table.time("query-response-interval", response_times, intervals.query_response_interval);
  table.time("last-member-query-interval", response_times, intervals.last_member_query_interval);

  // RFC 2236 section 8.3.
  if (basics.query_interval.is_usable() && basics.query_response_interval.is_usable() &&
      intervals.query_response_interval >= intervals.query_interval) {
    const Found& where =
        basics.query_response_interval.is_written() ? basics.query_response_interval : basics.query_interval;
    table.findings().error(
        where.at,
        fmt::format(
            "igmp.query-response-interval ({}) must be less than igmp.query-interval ({}): hosts must "
            "have answered before the next query",
            value_in_words(basics.query_response_interval, intervals.query_response_interval),
            value_in_words(basics.query_interval, intervals.query_interval)));
  }
  return basics;
}

// A derived time that is set to another value works, but only somebody who means it should have it.
void read_derived(TableReader& table, std::string_view key, std::string_view formula, const Basics& basics,
                  Duration derived, std::optional<Duration>& target) {
  const Found found = table.time(key, kAnyTime, target);
  if (!found.is_written() || !basics.are_usable() || *target == derived) {
    return;
  }
  table.findings().warning(
      found.at,
      fmt::format("{} is {} s, but {} s follows from the other values ({}); leave the key out unless "
                  "this is a laboratory or the network's querier has other values",
                  table.path(key), seconds_text(*target), seconds_text(derived), formula));
}

void read_derived_values(TableReader& table, const Basics& basics, Intervals& intervals) {
  table.integer("last-member-query-count", kCounts, intervals.set_last_member_query_count);
  table.time("startup-query-interval", kQueryIntervals, intervals.set_startup_query_interval);
  table.integer("startup-query-count", kCounts, intervals.set_startup_query_count);
  read_derived(table, "group-membership-interval",
               intervals.version == 3 ? "robustness * query-interval + 2 * query-response-interval, RFC 9776 "
                                        "section 8.4"
                                      : "robustness * query-interval + query-response-interval, RFC 2236 "
                                        "section 8.4",
               basics, intervals.derived_group_membership_interval(),
               intervals.set_group_membership_interval);
  read_derived(table, "other-querier-present-interval",
               "robustness * query-interval + query-response-interval / 2, RFC 2236 section 8.5", basics,
               intervals.derived_other_querier_present_interval(),
               intervals.set_other_querier_present_interval);
  read_derived(table, "router-port-interval", "other-querier-present-interval", basics,
               intervals.other_querier_present_interval(), intervals.set_router_port_interval);
}

// Something a host may have: not multicast, loopback, reserved, or 0.0.0.0 (RFC 1122 section 3.2.1.3).
bool is_host_address(Ipv4Address address) {
  const std::uint32_t first_octet = address.bits >> 24;
  return first_octet != 0 && first_octet != 127 && first_octet < 224;
}

// Our own queries need a source, and nothing may choose one silently: many hosts and switches ignore
// queries from 0.0.0.0.
void read_querier(TableReader& table, Igmp& igmp) {
  const Found querier = table.boolean("querier", igmp.querier);
  std::string text;
  const Found found = table.string("querier-address", text);
  if (found.is_written()) {
    const auto address = parse_ipv4(text);
    if (!address || !(is_host_address(*address) || address->is_unspecified())) {
      table.mismatch(table.path("querier-address"), {found.at, text},
                     "a unicast IPv4 address such as \"192.0.2.1\", or \"0.0.0.0\"");
      return;
    }
    igmp.querier_address = *address;
  }
  if (!igmp.querier) {
    return;
  }
  if (found.state == Found::State::absent) {
    table.findings().error(
        querier.at,
        "igmp.querier = true needs igmp.querier-address: write the source of its queries, such as "
        "querier-address = \"192.0.2.1\" (\"0.0.0.0\" is possible when written)");
  } else if (found.is_written() && igmp.querier_address.is_unspecified()) {
    table.findings().warning(
        found.at,
        "igmp.querier-address is 0.0.0.0: some hosts and switches ignore queries from it, and it "
        "yields to every other querier; write an address of this network");
  }
}

}  // namespace

Snooping read_snooping(TableReader& root) {
  TableReader table = root.table("snooping");
  Snooping snooping;
  table.choice("mode", kSnoopingModeWords, snooping.mode);
  table.choice("unregistered", kUnregisteredWords, snooping.unregistered);
  table.unbuilt("flood-ipv6-link-local", "MLD, which it needs, is", {true});
  table.report_unknown_keys();
  return snooping;
}

Igmp read_igmp(TableReader& root) {
  TableReader table = root.table("igmp");
  Igmp igmp;
  table.boolean("enabled", igmp.enabled);
  const Found version = table.integer("version", {1, 3}, igmp.intervals.version);
  if (version.is_usable() && igmp.intervals.version == 3 && igmp.enabled) {
    table.findings().notice(
        version.at,
        "IGMPv3 is not built yet: queried as version 2, reports of version 3 are understood at "
        "group level");
  }
  read_querier(table, igmp);
  table.unbuilt("proxy-address", "IGMP proxying is", {std::string_view{"0.0.0.0"}});
  const Basics basics = read_basics(table, igmp.intervals);
  read_derived_values(table, basics, igmp.intervals);
  table.boolean("require-router-alert", igmp.require_router_alert);
  table.boolean("ignore-v1-reports", igmp.ignore_v1_reports);
  table.unbuilt("report-mode", "IGMP proxying is", {std::string_view{"transparent"}});
  // Tracking is not built, and without it nothing differs between true and false.
  table.unbuilt("host-tracking", "host tracking is", {true, false});
  table.report_unknown_keys();
  return igmp;
}

}  // namespace mcswitch::config
