// SPDX-License-Identifier: BSD-3-Clause

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "packet_rate/forwarding.hpp"

namespace mcswitch::bench {

Test one_test() {
  const auto what = std::make_shared<ForwardingCase>();
  return {
      .name = "one",
      .section = "RFC 3918 section 4.3",
      .about = "aggregated multicast throughput with groups, fan-out and frame size as given",
      .run =
          [what](const TestOptions& options, Report& report) {
            Table& table = forwarding_table(report, "one", "RFC 3918 section 4.3", "one ingress, as given");
            what->name =
                fmt::format("F={}, {} groups, {} bytes", what->fan_out, what->groups, what->size + 4);
            run_forwarding(*what, options, report, table);
          },
      .add_options =
          [what](CLI::App& app) {
            app.add_option("--groups", what->groups)->check(CLI::Range(1U, 1U << 20));
            app.add_option("--fan-out", what->fan_out, "egress ports of each group")
                ->check(CLI::Range(1, 31));
            app.add_option("--size", what->size, "bytes of a frame without FCS")->check(CLI::Range(60, 9014));
            app.add_flag("--random-ports", what->random_ports, "each group has other ports of 31, at random");
          }};
}

}  // namespace mcswitch::bench
