// SPDX-License-Identifier: BSD-3-Clause
//
// A test of mcsbench: a subcommand and what it does. Each stands in a source file of its own; main.cpp has
// the list. DPDK runs when a test runs, with one worker core.

#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "report/report.hpp"

namespace CLI {
class App;
}

namespace mcswitch::bench {

// What every test takes.
struct TestOptions {
  unsigned pairs = 21;                   // repetitions of each measurement, in pairs where two are compared
  std::uint64_t frames = 2'000'000;      // of a run at fan-out 1; fewer with more replicas
  std::uint32_t max_groups = 1'000'000;  // rows with more are left out
  unsigned worker_lcore = 1;
};

struct Test {
  std::string name;
  std::string section;  // of the RFC; empty: none
  std::string about;
  std::function<void(const TestOptions&, Report&)> run;
  // Options of its own, besides those above; empty: none. What it captures lives as long as the test.
  std::function<void(CLI::App&)> add_options = {};
};

Test aggregated_test();
Test matrix_test();
Test sizes_test();
Test sources_test();
Test mixed_test();
Test kinds_test();
Test latency_test();
Test join_delay_test();
Test leave_delay_test();
Test capacity_test();
Test load_test();
Test reports_test();
Test leaves_test();
Test storm_test();
Test waits_test();
Test one_test();

}  // namespace mcswitch::bench
