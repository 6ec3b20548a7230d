// SPDX-License-Identifier: BSD-3-Clause
//
// mcsbench: one subcommand a test.

#include <fmt/format.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_version.h>
#include <sched.h>

#include <CLI/CLI.hpp>
#include <stdexcept>

#include "dataplane/worker.hpp"
#include "interfaces/interfaces.hpp"
#include "packet_rate/test.hpp"
#include "report/options.hpp"

namespace mcswitch::bench {
namespace {

// In the order in which `all` runs them.
std::vector<Test> all_tests() {
  return {aggregated_test(), matrix_test(),  sizes_test(),      sources_test(),     mixed_test(),
          kinds_test(),      latency_test(), join_delay_test(), leave_delay_test(), capacity_test(),
          load_test(),       reports_test(), leaves_test(),     storm_test(),       waits_test()};
}

struct Machine {
  unsigned main_core = 0;
  unsigned worker_core = 1;
};

// Mistakes for which DPDK would print its whole help.
void check(const Machine& machine) {
  if (machine.main_core == machine.worker_core) {
    throw std::runtime_error{"--main-core and --worker-core have to be two cores"};
  }
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  sched_getaffinity(0, sizeof(allowed), &allowed);
  for (const unsigned core : {machine.main_core, machine.worker_core}) {
    if (core >= CPU_SETSIZE || !CPU_ISSET(core, &allowed)) {
      std::string cores;
      for (unsigned n = 0; n < CPU_SETSIZE; ++n) {
        if (CPU_ISSET(n, &allowed)) {
          cores += fmt::format(" {}", n);
        }
      }
      throw std::runtime_error{fmt::format("core {}: this process may run on{}", core, cores)};
    }
  }
}

void start_eal(const Machine& machine) {
  std::vector<std::string> args{"mcsbench",
                                fmt::format("--lcores=0@{},1@{}", machine.main_core, machine.worker_core),
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
  argv.reserve(args.size());
  for (std::string& arg : args) {
    argv.push_back(arg.data());
  }
  if (rte_eal_init(static_cast<int>(argv.size()), argv.data()) < 0) {
    throw std::runtime_error{fmt::format("DPDK does not start: {}", rte_strerror(rte_errno))};
  }
}

// Options as they were given, for the JSON.
std::map<std::string, std::string> given_options(const CLI::App& app) {
  std::map<std::string, std::string> given{{"subcommand", app.get_name()}};
  for (const CLI::Option* option : app.get_options()) {
    std::string name = option->get_name();
    name.erase(0, name.find_first_not_of('-'));
    if (option->count() != 0) {
      std::string& words = given[name];
      for (const std::string& word : option->results()) {
        words += words.empty() ? word : " " + word;
      }
    } else if (!option->get_default_str().empty()) {
      given[name] = option->get_default_str();
    }
  }
  return given;
}

class Program {
 public:
  Program() : app_{"mcsbench: packet rates and protocol rates of a multicast switch (RFC 3918, RFC 2544)"} {
    app_.require_subcommand(1);
    for (const Test& test : all_tests()) {
      add(test.name, {test});
    }
    add("one", {one_test()});
    add("all", all_tests());
    add_interfaces_command(app_);
  }

  int run(int argc, char** argv) {
    CLI11_PARSE(app_, argc, argv);
    return 0;
  }

 private:
  void add(const std::string& name, const std::vector<Test>& tests) {
    const bool is_single = tests.size() == 1;
    const std::string about =
        !is_single ? "all of these but one and interfaces, one after the other"
                   : fmt::format("{}{}", tests[0].about,
                                 tests[0].section.empty() ? "" : " (" + tests[0].section + ")");
    CLI::App* command = app_.add_subcommand(name, about);
    command
        ->add_option("--pairs", options_.pairs, "pairs of runs of what is compared, repetitions of the rest")
        ->check(CLI::Range(1U, 1000U))
        ->capture_default_str();
    command->add_option("--frames", options_.frames, "frames of a run at fan-out 1")
        ->check(CLI::Range(1000UL, 1'000'000'000UL))
        ->capture_default_str();
    command->add_option("--max-groups", options_.max_groups, "leave out rows with more groups than that")
        ->check(CLI::Range(100U, 1'000'000U))
        ->capture_default_str();
    command->add_option("--main-core", machine_.main_core, "for the control thread, or a second worker")
        ->capture_default_str();
    command->add_option("--worker-core", machine_.worker_core, "for the worker, with nothing else on it")
        ->capture_default_str();
    add_report_options(*command, report_);
    for (const Test& test : tests) {
      if (is_single && test.add_options) {
        test.add_options(*command);
      }
    }
    command->callback([this, command, tests] { run_tests(*command, tests); });
  }

  void run_tests(const CLI::App& command, const std::vector<Test>& tests) {
    check(machine_);
    Report report{{.program = "mcsbench",
                   .dpdk = rte_version(),
                   .fast_path = dataplane::best_fast_path().name,
                   .options = given_options(command)},
                  report_};
    start_eal(machine_);
    for (const Test& test : tests) {
      test.run(options_, report);
    }
  }

  CLI::App app_;
  TestOptions options_;
  Machine machine_;
  ReportOptions report_;
};

}  // namespace
}  // namespace mcswitch::bench

int main(int argc, char** argv) {
  try {
    return mcswitch::bench::Program{}.run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "mcsbench: {}\n", error.what());
    return 1;
  }
}
