// SPDX-License-Identifier: BSD-3-Clause

#include <fmt/format.h>
#include <sched.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <set>

#include "interfaces/failure.hpp"
#include "interfaces/interfaces.hpp"
#include "interfaces/tests.hpp"
#include "report/options.hpp"

namespace mcswitch::bench {
namespace interfaces {

std::span<const TestEntry> tests() {
  static constexpr std::array kTests{
      TestEntry{"join-delay", "6.1", "from a host's report to the first frame of a running stream",
                run_join_delay},
      TestEntry{"leave-delay", "6.2", "from a host's leave to the last frame", run_leave_delay},
      TestEntry{"latency", "5.1, 5.2", "delay of a stream to each receiver, and first to last replica",
                run_latency},
      TestEntry{"throughput", "4.3", "highest rate without loss, and what arrives at the highest rate",
                run_throughput},
      TestEntry{"joins", "", "distinct joins a second, verified by data", run_joins},
      TestEntry{"leaves", "", "leaves a second, verified by data", run_leaves},
      TestEntry{"capacity", "7.1", "groups until one is flooded or not forwarded", run_capacity},
  };
  return kTests;
}

namespace {

constexpr const char* kHelp =
    R"(Drives any multicast switch over network interfaces: the tester is source and hosts, the switch is in between.

  source ---- switch ---- receiver 1 (with hosts that answer its queries)
                    \---- receiver 2 ...

All interfaces are in the network namespace in which this is started, are Ethernet and up, and need no address.
Nothing but the tester should use them. Times are the kernel's, taken when a frame arrives. Needs root or
CAP_NET_RAW, and one core. Frames are untagged. `--list` names the tests.

The switch prunes only while it knows a querier: its own, one on its network, or --querier (the tester asks from the
source's interface). For leave-delay and leaves, fast leave is a setting of the switch.)";

void list_tests() {
  for (const TestEntry& test : tests()) {
    const std::string section =
        test.section.empty() ? "" : fmt::format(" (RFC 3918 section {})", test.section);
    fmt::print("{:<12} {}{}\n", test.name, test.about, section);
  }
}

const TestEntry& find_test(const std::string& name) {
  const auto found = std::ranges::find(tests(), name, &TestEntry::name);
  if (found != tests().end()) {
    return *found;
  }
  std::string names;
  for (const TestEntry& test : tests()) {
    names += fmt::format("{}{}", names.empty() ? "" : ", ", test.name);
  }
  throw Failure{kExitUsage,
                fmt::format("--test {}: there is no such test; there are {}, and all", name, names)};
}

// What the parser alone cannot check; fills in what follows from other options.
void complete(Options& options) {
  if (options.source.empty() || options.receivers.empty()) {
    throw Failure{kExitUsage, "--source IF and at least one --receiver IF are needed (--help, --list)"};
  }
  if (options.receivers.size() > 31) {
    throw Failure{kExitUsage, fmt::format("{} receivers: 31 at most", options.receivers.size())};
  }
  std::set<std::string> names{options.source};
  for (const std::string& receiver : options.receivers) {
    if (!names.insert(receiver).second) {
      throw Failure{
          kExitUsage,
          fmt::format("{}: is named twice; source and receivers are different interfaces", receiver)};
    }
  }
  if (options.filter != "any" && options.igmp != 3) {
    throw Failure{kExitUsage, fmt::format("--filter {0}: hosts of version {1} cannot name sources; --igmp 3 "
                                          "--filter {0} can",
                                          options.filter, options.igmp)};
  }
  if (options.fan_outs.empty()) {
    options.fan_outs = {options.receivers.size()};
  }
  for (const std::size_t fan_out : options.fan_outs) {
    if (fan_out < 1 || fan_out > options.receivers.size()) {
      throw Failure{kExitUsage,
                    fmt::format("--fan-out {}: there are {} receivers", fan_out, options.receivers.size())};
    }
  }
  if (options.tests.empty()) {
    options.tests = {"join-delay", "leave-delay", "latency"};
  }
  if (std::ranges::find(options.tests, "all") != options.tests.end()) {
    options.tests.clear();
    for (const TestEntry& test : tests()) {
      options.tests.emplace_back(test.name);
    }
  }
}

void pin(unsigned core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) {
    throw Failure{kExitUsage,
                  fmt::format("--core {}: is not a core that this process may use ({}); taskset -p "
                              "$$ shows those there are",
                              core, std::strerror(errno))};
  }
}

std::map<std::string, std::string> given(const CLI::App& command) {
  std::map<std::string, std::string> words{{"test", command.get_name()}};
  for (const CLI::Option* option : command.get_options()) {
    if (option->count() != 0) {
      std::string& all = words[option->get_name()];
      for (const std::string& word : option->results()) {
        all += (all.empty() ? "" : " ") + word;
      }
    } else if (!option->get_default_str().empty()) {
      words[option->get_name()] = option->get_default_str();
    }
  }
  return words;
}

// The exit code.
int run_tests(const CLI::App& command, Options options) {
  complete(options);
  std::vector<const TestEntry*> chosen;
  std::ranges::transform(options.tests, std::back_inserter(chosen),
                         [](const auto& name) { return &find_test(name); });
  if (options.core) {
    pin(*options.core);
  }
  Tester tester{options};
  Report report{{.program = "mcsbench", .dpdk = {}, .fast_path = {}, .options = given(command)},
                options.report};
  Context context{tester, options, report};
  const InterruptGuard guard;
  int exit_code = 0;
  try {
    look_at_switch(context);
    for (const TestEntry* test : chosen) {
      const ClockWatch watch;
      if (!test->run(context)) {
        exit_code = kExitNoNumbers;
      }
      if (watch.was_set()) {
        report.note(
            fmt::format("The clock of this machine was set while {} ran: its times are wrong.", test->name));
      }
    }
  } catch (const Interrupted&) {
    report.progress().clear();
    fmt::print(stderr, "mcsbench: interrupted; what is above was measured\n");
    exit_code = kExitInterrupted;
  }
  SegmentCounters sum;
  for (std::size_t n = 0; n < tester.receivers(); ++n) {
    const SegmentCounters& counters = tester.segment(n).counters();
    sum.queries += counters.queries;
    sum.reports += counters.reports;
    sum.leaves += counters.leaves;
    sum.unsent += counters.unsent;
  }
  report.note(fmt::format("Hosts heard {} queries and sent {} reports and {} leaves.", sum.queries,
                          sum.reports, sum.leaves));
  if (sum.unsent > 0) {
    report.note(fmt::format("{} messages could not be sent: an interface had no room.", sum.unsent));
  }
  return exit_code;
}

void add_options(CLI::App& command, Options& options) {
  command.add_flag("--list", options.list, "names the tests, with their sections of RFC 3918");
  command.add_option("--source", options.source, "interface from which the stream comes");
  command.add_option("--receiver", options.receivers, "interface with hosts; once for each, up to 31")
      ->delimiter(',');
  command
      .add_option("--test", options.tests,
                  "tests, with commas between, or all [join-delay,leave-delay,latency]")
      ->delimiter(',');
  command.add_option("--rounds", options.rounds, "of join-delay and leave-delay")
      ->check(CLI::Range(1U, 100'000U))
      ->capture_default_str();
  command.add_option("--repeats", options.repeats, "runs of joins and leaves")
      ->check(CLI::Range(1U, 1000U))
      ->capture_default_str();
  command
      .add_option("--rate", options.rate,
                  "frames/s of the stream (delays, latency); delays are known to one gap of it")
      ->check(CLI::Range(100.0, 5e6))
      ->capture_default_str();
  command.add_flag(
      "--background", options.background,
      "join-delay, leave-delay: as many frames again go to a group that all receivers have joined (RFC "
      "3918 section 8.2), so that the switch is at work for each of them all the time");
  command
      .add_option(
          "--groups", options.groups,
          "latency, throughput: groups of the stream [10]; joins, leaves: how many [1000]; capacity: the "
          "most to try [10000]")
      ->check(CLI::Range(1U, 4'000'000U));
  command
      .add_option("--fan-out", options.fan_outs,
                  "latency, throughput: how many receivers join; several for a "
                  "row each [all]")
      ->delimiter(',');
  command
      .add_option("--size", options.sizes,
                  "bytes with FCS, 64 to 9018; latency, throughput: several for a row "
                  "each")
      ->delimiter(',')
      ->check(CLI::Range(64U, 9018U))
      ->capture_default_str();
  command.add_option("--duration", options.duration, "seconds of latency, and of a trial of throughput")
      ->check(CLI::Range(0.1, 600.0))
      ->capture_default_str();
  command.add_option("--loss", options.loss, "throughput: share of frames that may be lost")
      ->check(CLI::Range(0.0, 0.5))
      ->capture_default_str();
  command.add_option("--join-rate", options.join_rate, "joins, leaves: messages/s; 0: as fast as possible")
      ->check(CLI::Range(0.0, 1e7))
      ->capture_default_str();
  command.add_option("--timeout", options.timeout, "seconds that the switch has for what is asked of it")
      ->check(CLI::Range(0.1, 600.0))
      ->capture_default_str();
  command.add_option("--first-group", options.first_group, "groups are this one and those behind it")
      ->capture_default_str();

  command.add_option("--igmp", options.igmp, "version of the hosts")
      ->check(CLI::IsMember({2U, 3U}))
      ->capture_default_str();
  command
      .add_option("--filter", options.filter,
                  "what a host of version 3 wants of a group: any source; include: only the stream's and "
                  "--sources less one others; exclude: all but --sources others, which send nothing")
      ->check(CLI::IsMember({"any", "include", "exclude"}))
      ->capture_default_str();
  command.add_option("--sources", options.sources, "that a --filter names; as many as are read of a query")
      ->check(CLI::Range(1U, static_cast<unsigned>(kMostReadSources)))
      ->capture_default_str();
  command
      .add_option("--hosts", options.hosts,
                  "on each receiver; a switch may leave out fast leave for more than one")
      ->check(CLI::Range(1U, Segment::kMaxHosts))
      ->capture_default_str();
  command
      .add_option("--robustness", options.robustness,
                  "how often a new membership is reported; with 1 a lost report shows")
      ->check(CLI::Range(1U, 7U))
      ->capture_default_str();
  command.add_flag("--querier", options.querier, "sends general queries from the source's interface");
  command.add_option("--query-interval", options.query_interval, "seconds between them")
      ->check(CLI::Range(0.1, 10'000.0))
      ->capture_default_str();
  command.add_option("--max-response", options.max_response, "their Max Response Time, seconds")
      ->check(CLI::Range(0.1, 25.0))
      ->capture_default_str();
  command
      .add_option(
          "--settle", options.settle,
          "seconds to wait before the first test [with --querier Max Response Time and 0.5, else 0.2]")
      ->check(CLI::Range(0.0, 3600.0));

  command.add_option("--core", options.core, "the one core of this tester [the scheduler's choice]");
  command.add_flag("--busy", options.busy, "never gives the core away: for a core that nobody else uses");
  command.add_option("--ring", options.ring, "frames that may wait at a receiver, a multiple of 256")
      ->check(CLI::Range(std::size_t{256}, std::size_t{1} << 22))
      ->transform(
          [](const std::string& words) { return std::to_string((std::stoul(words) + 255) / 256 * 256); })
      ->capture_default_str();
  add_report_options(command, options.report);
}

}  // namespace
}  // namespace interfaces

void add_interfaces_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "interfaces", "any multicast switch, over network interfaces (RFC 3918); without DPDK");
  command->footer(interfaces::kHelp);
  auto options = std::make_shared<interfaces::Options>();
  interfaces::add_options(*command, *options);
  command->callback([command, options] {
    int exit_code = 0;
    try {
      if (options->list) {
        interfaces::list_tests();
        return;
      }
      exit_code = interfaces::run_tests(*command, *options);
    } catch (const interfaces::Failure& failure) {
      fmt::print(stderr, "mcsbench: {}\n", failure.what());
      exit_code = failure.exit_code();
    }
    if (exit_code != 0) {
      throw CLI::RuntimeError{exit_code};
    }
  });
}

}  // namespace mcswitch::bench
