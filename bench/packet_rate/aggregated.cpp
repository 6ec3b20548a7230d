// SPDX-License-Identifier: BSD-3-Clause

#include <fmt/format.h>

#include "packet_rate/forwarding.hpp"
#include "report/plot.hpp"

namespace mcswitch::bench {
namespace {

void run(const TestOptions& options, Report& report) {
  Table& table = forwarding_table(report, "aggregated", "RFC 3918 section 4.3",
                                  "one ingress, 100 groups, 64 bytes, F egress ports");
  for (const std::size_t fan_out : {1UL, 4UL, 15UL, 31UL}) {
    run_forwarding({.name = fmt::format("F={}, 100 groups", fan_out), .fan_out = fan_out}, options, report,
                   table);
  }
  run_forwarding({.name = "15 of 31 ports, by lot", .fan_out = 15, .random_ports = true}, options, report,
                 table);
  report.plot("aggregated", rates_plot(table, "Aggregated multicast throughput, 64 bytes"));
}

}  // namespace

Test aggregated_test() {
  return {.name = "aggregated",
          .section = "RFC 3918 section 4.3",
          .about = "aggregated multicast throughput: one ingress port, 100 groups to 1, 4, 15 and 31 ports",
          .run = run};
}

}  // namespace mcswitch::bench
