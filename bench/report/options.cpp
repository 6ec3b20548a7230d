// SPDX-License-Identifier: BSD-3-Clause

#include "report/options.hpp"

#include <CLI/CLI.hpp>

namespace mcswitch::bench {

void add_report_options(CLI::App& app, ReportOptions& options) {
  app.add_option("--json", options.json_file, "write results there, anew after each row");
  app.add_option("--plots", options.plots, "write plots (SVG) into this folder");
}

}  // namespace mcswitch::bench
