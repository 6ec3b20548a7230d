// SPDX-License-Identifier: BSD-3-Clause
//
// mcsbench: packet rates of the worker, against the ceiling of the same devices.

#include <fmt/format.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_version.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "dataplane/worker.hpp"
#include "packet_rate/forwarding.hpp"
#include "packet_rate/protocol.hpp"

namespace mcswitch::bench {
namespace {

std::string cpu_model() {
  std::ifstream in{"/proc/cpuinfo"};
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("model name")) {
      return line.substr(line.find(':') + 2);
    }
  }
  return "unknown";
}

void start_eal(unsigned main_core, unsigned worker_core) {
  std::vector<std::string> args{"mcsbench",
                                fmt::format("--lcores=0@{},1@{}", main_core, worker_core),
                                "--main-lcore=0",
                                "--no-huge",
                                "-m",
                                "1024",
                                "--no-pci",
                                "--no-telemetry",
                                "--no-shconf",
                                "--iova-mode=va",
                                "--log-level=*:error"};
  std::vector<char*> argv;
  for (std::string& arg : args) {
    argv.push_back(arg.data());
  }
  if (rte_eal_init(static_cast<int>(argv.size()), argv.data()) < 0) {
    throw std::runtime_error{fmt::format("DPDK does not start: {}", rte_strerror(rte_errno))};
  }
}

std::vector<ForwardingCase> cases_of(const std::string& set) {
  std::vector<ForwardingCase> cases;
  if (set == "aggregated" || set == "all") {
    for (const std::size_t fan_out : {1UL, 4UL, 15UL, 31UL}) {
      cases.push_back({.name = fmt::format("F={}, 100 groups", fan_out), .fan_out = fan_out});
    }
    cases.push_back({.name = "15 of 31 ports, by lot", .fan_out = 15, .random_ports = true});
  }
  if (set == "matrix" || set == "all") {
    for (const std::uint32_t groups : {1U, 10U, 100U, 1000U, 10'000U, 100'000U, 1'000'000U}) {
      cases.push_back({.name = fmt::format("F=4, {} groups", groups), .groups = groups, .fan_out = 4});
    }
  }
  if (set == "sizes" || set == "all") {
    for (const unsigned size : {64U, 128U, 256U, 512U, 1024U, 1280U, 1518U, 9000U}) {
      cases.push_back({.name = fmt::format("F=4, {} octets", size),
                       .fan_out = 4,
                       .size = static_cast<std::uint16_t>(size - 4)});
    }
  }
  return cases;
}

nlohmann::json json_of(const Summary& s) {
  return {{"minimum", s.minimum},
          {"low95", s.low},
          {"median", s.median},
          {"high95", s.high},
          {"maximum", s.maximum}};
}

int run(int argc, char** argv) {
  CLI::App app{"mcsbench: packet rates of mcswitch's worker (RFC 3918 and RFC 2544 terms)"};
  std::string set = "aggregated";
  std::string json_file;
  ForwardingOptions options;
  unsigned main_core = 0;
  unsigned worker_core = 1;
  ForwardingCase one;
  app.add_option("set", set,
                 "aggregated | matrix | sizes | reports | all | one (see --groups, --fan-out, --size)")
      ->check(CLI::IsMember({"aggregated", "matrix", "sizes", "reports", "all", "one"}));
  app.add_option("--groups", one.groups)->check(CLI::Range(1U, 1U << 24));
  app.add_option("--fan-out", one.fan_out)->check(CLI::Range(1, 31));
  app.add_option("--size", one.size, "octets without FCS")->check(CLI::Range(60, 9014));
  app.add_option("--pairs", options.pairs, "pairs of runs, ceiling and mcswitch")
      ->check(CLI::Range(1U, 1000U));
  app.add_option("--frames", options.frames, "ingress frames of a run at fan-out 1");
  app.add_option("--json", json_file, "write results there");
  app.add_option("--main-core", main_core);
  app.add_option("--worker-core", worker_core);
  CLI11_PARSE(app, argc, argv);

  start_eal(main_core, worker_core);
  fmt::print("mcsbench {}, {}, {}, fast path {}\n", MCSWITCH_VERSION, rte_version(), cpu_model(),
             dataplane::best_fast_path().name);
  fmt::print("{:<28} {:>20} {:>20} {:>26} {:>22}\n", "", "ceiling Mpps", "mcswitch Mpps", "ratio (95 %)",
             "added ns a frame");
  nlohmann::json all = {{"version", MCSWITCH_VERSION},
                        {"dpdk", rte_version()},
                        {"cpu", cpu_model()},
                        {"compiler", __VERSION__},
                        {"fast_path", dataplane::best_fast_path().name},
                        {"pairs", options.pairs},
                        {"results", nlohmann::json::array()}};
  const bool is_terminal = isatty(STDERR_FILENO) == 1;
  one.name = fmt::format("F={}, {} groups, {} octets", one.fan_out, one.groups, one.size + 4);
  const auto cases = set == "one" ? std::vector{one} : cases_of(set);
  for (const ForwardingCase& what : cases) {
    const ForwardingResult r = run_forwarding(what, options, [&](const std::string& text) {
      if (is_terminal) {
        fmt::print(stderr, "\r{:<60}", text);
      }
    });
    if (is_terminal) {
      fmt::print(stderr, "\r{:<60}\r", "");
    }
    fmt::print(
        "{:<28} {:>20} {:>20} {:>26} {:>22}\n", what.name,
        fmt::format("{:.1f} {:.1f} {:.1f}", r.ceiling_mpps.minimum, r.ceiling_mpps.median,
                    r.ceiling_mpps.maximum),
        fmt::format("{:.1f} {:.1f} {:.1f}", r.mcswitch_mpps.minimum, r.mcswitch_mpps.median,
                    r.mcswitch_mpps.maximum),
        fmt::format("{:.3f} ({:.3f} to {:.3f})", r.ratio.median, r.ratio.low, r.ratio.high),
        fmt::format("{:.1f} {:.1f} {:.1f}", r.added_ns.minimum, r.added_ns.median, r.added_ns.maximum));
    std::fflush(stdout);
    all["results"].push_back({{"name", what.name},
                              {"groups", what.groups},
                              {"fan_out", what.fan_out},
                              {"frame_size", what.size + 4},
                              {"ceiling_mpps", json_of(r.ceiling_mpps)},
                              {"mcswitch_mpps", json_of(r.mcswitch_mpps)},
                              {"ratio", json_of(r.ratio)},
                              {"added_ns", json_of(r.added_ns)}});
  }
  if (set == "reports" || set == "all") {
    fmt::print("{:<28} {:>26} {:>26}\n", "version 2 reports", "new joins M/s", "refreshes M/s");
    for (const std::uint32_t groups : {1000U, 100'000U, 1'000'000U}) {
      const ProtocolResult r = run_protocol(groups, options, [](const std::string&) {});
      fmt::print(
          "{:<28} {:>26} {:>26}\n", fmt::format("{} groups", groups),
          fmt::format("{:.2f} {:.2f} {:.2f}", r.new_joins.minimum, r.new_joins.median, r.new_joins.maximum),
          fmt::format("{:.2f} {:.2f} {:.2f}", r.refreshes.minimum, r.refreshes.median, r.refreshes.maximum));
      std::fflush(stdout);
      all["reports"].push_back({{"groups", groups},
                                {"new_joins_mps", json_of(r.new_joins)},
                                {"refreshes_mps", json_of(r.refreshes)}});
    }
  }
  if (!json_file.empty()) {
    std::ofstream{json_file} << all.dump(2) << '\n';
  }
  return 0;
}

}  // namespace
}  // namespace mcswitch::bench

int main(int argc, char** argv) {
  try {
    return mcswitch::bench::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "mcsbench: {}\n", error.what());
    return 1;
  }
}
