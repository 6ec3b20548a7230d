// SPDX-License-Identifier: BSD-3-Clause

#include <fmt/format.h>

#include "packet_rate/forwarding.hpp"
#include "report/plot.hpp"

namespace mcswitch::bench {
namespace {

// Ratio to the ceiling by number of groups.
Plot plot_of(const Table& table) {
  Plot plot{.title = "Scaled group forwarding matrix, 64 bytes, F=4",
            .x_label = "groups",
            .y_label = "share of the ceiling",
            .series = {{.name = "mcswitch", .points = {}}},
            .names = {},
            .log_x = true};
  for (const Table::Row& row : table.rows()) {
    plot.series[0].points.push_back({std::get<double>(row[1]), std::get<Summary>(row[6])});
  }
  return plot;
}

void run(const TestOptions& options, Report& report) {
  Table& table = forwarding_table(report, "matrix", "RFC 3918 section 4.2",
                                  "one ingress, 1 to 1,000,000 groups in turn, 64 bytes, 4 egress ports");
  for (const std::uint32_t groups : {1U, 10U, 100U, 1000U, 10'000U, 100'000U, 1'000'000U}) {
    if (groups <= options.max_groups) {
      run_forwarding({.name = fmt::format("F=4, {} groups", groups), .groups = groups, .fan_out = 4}, options,
                     report, table);
    }
  }
  report.plot("matrix", plot_of(table));
}

}  // namespace

Test matrix_test() {
  return {.name = "matrix",
          .section = "RFC 3918 section 4.2",
          .about = "scaled group forwarding matrix: 1 to 1,000,000 groups to 4 ports",
          .run = run};
}

}  // namespace mcswitch::bench
