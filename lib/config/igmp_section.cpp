// SPDX-License-Identifier: BSD-3-Clause
//
// [igmp], and the same keys in [vlan.igmp], where they start from the values of that table.

#include <fmt/format.h>

#include <chrono>
#include <string>

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
// version 1. 255 is its largest value; version 3 has a code for up to 31744 (RFC 9776 section 4.1.1).
constexpr Duration kResponseTimeUnit = milliseconds{100};
constexpr TimeRange kResponseTimesV2{kResponseTimeUnit, milliseconds{25'500},
                                     "the field of a version 2 query ends there (RFC 2236 section 2.2); "
                                     "version 3 can say up to 3174.4"};
constexpr TimeRange kResponseTimesV3{kResponseTimeUnit, milliseconds{3'174'400},
                                     "the field of a version 3 query ends there (RFC 9776 section 4.1.1)"};
// For the times that are neither sent nor in an RFC: as long as a MAC address may live. A millisecond is
// what the control thread can keep.
constexpr TimeRange kAnyTime{milliseconds{1}, seconds{1'000'000}};
constexpr TimeRange kQueryIntervals{kResponseTimeUnit, kLongestQueryInterval};
constexpr IntegerRange kCounts{1, 255};

// One table: [igmp], or a [vlan.igmp] that starts from the values of [igmp].
struct Reading {
  TableReader& table;
  const IgmpSection* base;  // nullptr: this is [igmp] itself
  IgmpSection& section;

  [[nodiscard]] bool is_of_one_vlan() const { return base != nullptr; }
  [[nodiscard]] Igmp& igmp() const { return section.igmp; }
  [[nodiscard]] Intervals& intervals() const { return section.igmp.intervals; }
};

// The keys that others are derived from, as they were found.
struct Basics {
  Found version;
  Found robustness;
  Found query_interval;
  Found query_response_interval;

  [[nodiscard]] bool are_usable() const {
    return version.is_usable() && robustness.is_usable() && query_interval.is_usable() &&
           query_response_interval.is_usable();
  }
  [[nodiscard]] bool are_written() const {
    return version.is_written() || robustness.is_written() || query_interval.is_written() ||
           query_response_interval.is_written();
  }
};

// "10 s", "10 s, the default" or "10 s, as in [igmp]"
std::string value_in_words(const Reading& reading, const Found& found, Duration value) {
  return seconds_text(value) + (found.is_written()         ? " s"
                                : reading.is_of_one_vlan() ? " s, as in [igmp]"
                                                           : " s, the default");
}

// RFC 2236 section 8.3.
void check_response_interval(const Reading& reading, const Basics& basics) {
  const Intervals& intervals = reading.intervals();
  const Found& response = basics.query_response_interval;
  const Found& query = basics.query_interval;
  const bool is_news = !reading.is_of_one_vlan() || response.is_written() || query.is_written();
  const bool is_usable = query.is_usable() && response.is_usable() &&
                         (!reading.is_of_one_vlan() || reading.base->has_usable_timers);
  if (!is_news || !is_usable || intervals.query_response_interval < intervals.query_interval) {
    return;
  }
  const TableReader& table = reading.table;
  reading.table.findings().error(
      response.is_written() ? response.at : query.at,
      fmt::format("{} ({}) must be less than {} ({}): hosts must have answered before the next query",
                  table.path("query-response-interval"),
                  value_in_words(reading, response, intervals.query_response_interval),
                  table.path("query-interval"), value_in_words(reading, query, intervals.query_interval)));
}

// A time that queries carry. A value that a VLAN takes from an [igmp] of version 3 may not fit its own.
Found read_response_time(const Reading& reading, std::string_view key, const Found& version,
                         Duration& target) {
  TableReader& table = reading.table;
  const TimeRange range = reading.intervals().version == 3 ? kResponseTimesV3 : kResponseTimesV2;
  Found found = table.time(key, range, target);
  if (found.state == Found::State::absent && version.is_written() && target > range.max) {
    table.findings().error(
        version.at, fmt::format("{} ({}) does not fit {} = {}: write a time from {} to {} seconds "
                                "here; {}",
                                table.path(key), value_in_words(reading, found, target),
                                table.path("version"), reading.intervals().version, seconds_text(range.min),
                                seconds_text(range.max), range.remark));
    found.state = Found::State::refused;
  }
  return found;
}

Basics read_basics(const Reading& reading, const Found& version) {
  TableReader& table = reading.table;
  Intervals& intervals = reading.intervals();
  Basics basics;
  basics.version = version;
  basics.robustness = table.integer("robustness", {1, 7}, intervals.robustness_variable);
  if (basics.robustness.is_written() && intervals.robustness_variable == 1) {
    table.findings().warning(
        basics.robustness.at,
        fmt::format("{} = 1 is discouraged (RFC 2236 section 8.1): one lost message ends a "
                    "membership; 2 is the default",
                    table.path("robustness")));
  }
  basics.query_interval = table.time("query-interval", kQueryIntervals, intervals.query_interval);
  basics.query_response_interval =
      read_response_time(reading, "query-response-interval", version, intervals.query_response_interval);
  read_response_time(reading, "last-member-query-interval", version, intervals.last_member_query_interval);
  if (!basics.are_usable()) {
    reading.section.has_usable_timers = false;
  }
  check_response_interval(reading, basics);
  return basics;
}

// Setting a derived time to another value works, but should only be done on purpose. A VLAN may also get it
// from [igmp], and it may no longer fit because of what the VLAN changes.
void read_derived(const Reading& reading, std::string_view key, std::string_view formula, bool inputs_written,
                  Duration derived, std::optional<Duration>& target) {
  TableReader& table = reading.table;
  const Found found = table.time(key, kAnyTime, target);
  const bool is_news =
      found.is_written() || (reading.is_of_one_vlan() && found.is_usable() && inputs_written);
  if (!is_news || !reading.section.has_usable_timers || !target || *target == derived) {
    return;
  }
  table.findings().warning(
      found.at,
      fmt::format("{} is {}, but {} s follows from the other values ({}); leave the key out unless "
                  "this is a laboratory or the network's querier has other values",
                  table.path(key), value_in_words(reading, found, *target), seconds_text(derived), formula));
}

void read_derived_values(const Reading& reading, const Basics& basics) {
  TableReader& table = reading.table;
  Intervals& intervals = reading.intervals();
  table.integer("last-member-query-count", kCounts, intervals.set_last_member_query_count);
  table.time("startup-query-interval", kQueryIntervals, intervals.set_startup_query_interval);
  table.integer("startup-query-count", kCounts, intervals.set_startup_query_count);
  read_derived(reading, "group-membership-interval",
               intervals.version == 3 ? "robustness * query-interval + 2 * query-response-interval, RFC 9776 "
                                        "section 8.4"
               : intervals.version == 2 ? "robustness * query-interval + query-response-interval, RFC 2236 "
                                          "section 8.4"
                                        : "robustness * query-interval + 10 s, RFC 2236 sections 4 and 8.4",
               basics.are_written(), intervals.derived_group_membership_interval(),
               intervals.set_group_membership_interval);
  const Duration other_querier_before = intervals.other_querier_present_interval();
  read_derived(reading, "other-querier-present-interval",
               intervals.version == 1
                   ? "robustness * query-interval + 5 s, RFC 2236 sections 4 and 8.5"
                   : "robustness * query-interval + query-response-interval / 2, RFC 2236 section 8.5",
               basics.are_written(), intervals.derived_other_querier_present_interval(),
               intervals.set_other_querier_present_interval);
  read_derived(reading, "router-port-interval", "other-querier-present-interval",
               basics.are_written() || intervals.other_querier_present_interval() != other_querier_before,
               intervals.other_querier_present_interval(), intervals.set_router_port_interval);
}

// The source of own messages.
Found read_own_address(TableReader& table, std::string_view key, IpAddress& target) {
  std::string text;
  Found found = table.string(key, text);
  if (!found.is_written()) {
    return found;
  }
  const auto address = parse_ipv4(text);
  if (!address || !address->is_source()) {
    table.mismatch(table.path(key), {found.at, text},
                   "a unicast IPv4 address such as \"192.0.2.1\", or \"0.0.0.0\"");
    found.state = Found::State::refused;
    return found;
  }
  target = *address;
  return found;
}

// Our own queries need a source, and nothing may choose one silently: many hosts and switches ignore
// queries from 0.0.0.0.
void read_querier(const Reading& reading) {
  TableReader& table = reading.table;
  Igmp& igmp = reading.igmp();
  const Found querier = table.boolean("querier", igmp.querier);
  const Found found = read_own_address(table, "querier-address", igmp.querier_address);
  if (found.state != Found::State::absent) {
    reading.section.names_querier_address = true;  // If it is wrong, that has been reported.
  }
  if (found.state == Found::State::refused) {
    return;
  }
  const bool is_news = querier.is_written() || found.is_written();
  if (!igmp.querier || !is_news) {
    return;
  }
  if (!reading.section.names_querier_address) {
    table.findings().error(
        querier.at, fmt::format("{} = true needs {}: write the source of its queries, such as "
                                "querier-address = \"192.0.2.1\" (\"0.0.0.0\" is possible when written)",
                                table.path("querier"), table.path("querier-address")));
  } else if (igmp.querier_address.is_unspecified()) {
    table.findings().warning(
        found.is_written() ? found.at : querier.at,
        fmt::format("{} is 0.0.0.0: some hosts and switches ignore queries from it, and it "
                    "yields to every other querier; write an address of this network",
                    table.path("querier-address")));
  }
}

// Routers take reports from 0.0.0.0 (RFC 9776 section 4.2.13), but not every one does.
void read_report_mode(const Reading& reading, const Found& proxy_address) {
  TableReader& table = reading.table;
  const Igmp& igmp = reading.igmp();
  const Found mode = table.choice("report-mode", kReportModeWords, reading.igmp().report_mode);
  if (igmp.report_mode == ReportMode::proxy && igmp.proxy_address.is_unspecified() &&
      proxy_address.is_usable() && (mode.is_written() || proxy_address.is_written())) {
    table.findings().warning(
        proxy_address.is_written() ? proxy_address.at : mode.at,
        fmt::format("{} is 0.0.0.0: some routers ignore reports from it; write an address of this network",
                    table.path("proxy-address")));
  }
}

IgmpSection read_igmp_table(TableReader& table, const IgmpSection* base) {
  IgmpSection section = base == nullptr ? IgmpSection{} : *base;
  const Reading reading{table, base, section};
  Igmp& igmp = section.igmp;
  table.boolean("enabled", igmp.enabled);
  const Found version = table.integer("version", {1, 3}, igmp.intervals.version);
  read_querier(reading);
  const Found proxy_address = read_own_address(table, "proxy-address", igmp.proxy_address);
  const Basics basics = read_basics(reading, version);
  read_derived_values(reading, basics);
  table.boolean("require-router-alert", igmp.require_router_alert);
  read_whose_messages_count(table, igmp);
  read_report_mode(reading, proxy_address);
  table.boolean("host-tracking", igmp.host_tracking);
  read_ssm_range(table, igmp.ssm_range);
  table.report_unknown_keys();
  return section;
}

}  // namespace

IgmpSection read_igmp(TableReader& root) {
  TableReader table = root.table("igmp");
  return read_igmp_table(table, nullptr);
}

Igmp read_vlan_igmp(TableReader& vlan, const IgmpSection& base) {
  TableReader table = vlan.table("igmp");
  return read_igmp_table(table, &base).igmp;
}

}  // namespace mcswitch::config
