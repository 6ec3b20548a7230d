// SPDX-License-Identifier: BSD-3-Clause

#include <fmt/format.h>

#include "packet_rate/forwarding.hpp"
#include "report/plot.hpp"

namespace mcswitch::bench {
namespace {

void run(const TestOptions& options, Report& report) {
  Table& table = forwarding_table(report, "sizes", "RFC 3918 section 4.3, RFC 2544 section 9.1",
                                  "one ingress, 100 groups, 4 egress ports");
  // RFC 2544 section 9.1, with FCS; and 9000.
  for (const unsigned size : {64U, 128U, 256U, 512U, 1024U, 1280U, 1518U, 9000U}) {
    run_forwarding({.name = fmt::format("F=4, {} octets", size),
                    .fan_out = 4,
                    .size = static_cast<std::uint16_t>(size - 4)},
                   options, report, table);
  }
  report.plot("sizes", rates_plot(table, "Throughput by frame size, 100 groups, F=4"));
}

}  // namespace

Test sizes_test() {
  return {.name = "sizes",
          .section = "RFC 3918 section 4.3, RFC 2544 section 9.1",
          .about = "aggregated multicast throughput by frame size, 64 to 9000 bytes, to 4 ports",
          .run = run};
}

}  // namespace mcswitch::bench
