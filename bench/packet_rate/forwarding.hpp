// SPDX-License-Identifier: BSD-3-Clause
//
// Forwarding tests against the ceiling: RFC 3918 section 4.2 (scaled group forwarding matrix) and section 4.3
// (aggregated multicast throughput), without loss search: a switch that is polled takes what it can.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "packet_rate/test.hpp"

namespace mcswitch::bench {

struct ForwardingCase {
  std::string name;
  std::uint32_t groups = 100;
  std::size_t fan_out = 1;
  std::uint16_t size = 60;    // bytes without FCS: 64 on the wire
  bool random_ports = false;  // each group has another half of the ports
};

// A table for such cases, with a row for each.
Table& forwarding_table(Report& report, std::string test, std::string_view section, std::string_view about);

// Pairs of runs, ceiling and mcswitch in turn; adds the row. Throws std::runtime_error if a replica is
// missing or too many.
void run_forwarding(const ForwardingCase& what, const TestOptions& options, Report& report, Table& table);

// Rates of the rows of `table` in Mpps, one name a row.
Plot rates_plot(const Table& table, std::string title);

}  // namespace mcswitch::bench
