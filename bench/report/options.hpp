// SPDX-License-Identifier: BSD-3-Clause
//
// Where a report goes, as options of a command.

#pragma once

#include "report/report.hpp"

namespace CLI {
class App;
}

namespace mcswitch::bench {

// --json and --plots.
void add_report_options(CLI::App& app, ReportOptions& options);

}  // namespace mcswitch::bench
