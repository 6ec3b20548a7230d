// SPDX-License-Identifier: BSD-3-Clause
//
// mcswitch: parse arguments, build the parts, run, stop.

#include <rte_version.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>

#ifdef MCSWITCH_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#include "check.hpp"
#include "config/load.hpp"
#include "driver_table.hpp"
#include "engine/eal.hpp"
#include "engine/switch.hpp"
#include "engine/telemetry_view.hpp"
#include "exit_codes.hpp"
#include "log.hpp"
#include "machine/device_claims.hpp"
#include "machine/machine_check.hpp"
#include "machine/machine_facts.hpp"
#include "machine/memory_plan.hpp"
#include "machine/start_rules.hpp"
#include "options.hpp"
#include "telemetry/commands.hpp"
#include "version.hpp"

namespace mcswitch::app {

LogWriter& log_writer() {
  // Never destroyed, as its thread may be waiting for a reader when the program ends.
  static LogWriter& writer = *new LogWriter{STDERR_FILENO, stderr_prefix()};
  return writer;
}

namespace {

// stdout, which may be read where stderr is not.
LogWriter& output_writer() {
  static LogWriter& writer = *new LogWriter{STDOUT_FILENO, LogPrefix::none};
  return writer;
}

// What nobody reads is not waited for longer, at the end.
constexpr std::chrono::milliseconds kPatience{1000};

std::atomic<bool> g_stop{false};

// SIGHUP: reload. SIGUSR1: what log rotation sends, to have files opened again.
bool is_remarked(int signal) { return signal == SIGHUP || signal == SIGUSR1; }

void on_signal(int signal) {
  if (is_remarked(signal)) {
    log_writer().on_signal(signal);
  } else {
    g_stop.store(true, std::memory_order_relaxed);
  }
}

void catch_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1}) {
    sigaction(signal, &action, nullptr);
  }
  // A reader of the log that ends, and signals that mean nothing here: forwarding goes on.
  action.sa_handler = SIG_IGN;
  for (const int signal : {SIGPIPE, SIGALRM, SIGUSR2}) {
    sigaction(signal, &action, nullptr);
  }
}

int print_version() {
  fmt::print("mcswitch {}\n{}\n{}\n", kVersion, rte_version(), build_flags());
  return kExitSuccess;
}

// Errors of the configuration go to stderr as they are: FILE:LINE:COLUMN: ...
bool report(const config::LoadResult& loaded) {
  for (const config::Finding& finding : loaded.errors) {
    fmt::print(stderr, "{}\n", loaded.format(finding));
  }
  for (const config::Finding& finding : loaded.warnings) {
    log(LogLevel::warning, "config", loaded.format(finding));
  }
  for (const config::Finding& finding : loaded.notices) {
    log(LogLevel::notice, "config", loaded.format(finding));
  }
  return loaded.config.has_value();
}

void print_final_counters(const engine::Switch& the_switch, const telemetry::SwitchView& view) {
  for (PortId port = 0; port < the_switch.ports().size(); ++port) {
    const telemetry::PortTotals totals = view.port_totals(port);
    log_notice("counters", "port {}: received {} frames ({} bytes), sent {} ({}), dropped {}",
               the_switch.config().ports[port].name, totals.rx_packets, totals.rx_bytes, totals.tx_packets,
               totals.tx_bytes, totals.tx_dropped());
  }
}

int fail(const machine::MachineFindings& findings) {
  for (const machine::MachineFinding& finding : findings) {
    log(LogLevel::error, "start", finding.what());
  }
  return kExitMachine;
}

int run(const config::LoadResult& loaded) {
  const config::Config& config = *loaded.config;
  if (const auto missing = machine::check_cores_exist(loaded); !missing.empty()) {
    for (const config::Finding& finding : missing) {
      fmt::print(stderr, "{}\n", loaded.format(finding));
    }
    return kExitConfiguration;
  }
  // What --check finds, so that it ends with 0 if the start succeeds.
  machine::MachineFindings findings;
  auto ports = make_ports(config, findings);
  machine::check_ports(ports, findings);
  const machine::MemoryPlan plan =
      machine::plan_memory(config, drivers::driver_table(), machine::largest_data_room(ports));
  const machine::MachineFacts facts = machine::read_facts("/");
  for (machine::MachineFinding& finding :
       machine::check_machine(config, drivers::driver_table(), facts, plan)) {
    if (finding.severity == machine::Severity::error) {
      findings.push_back(std::move(finding));
    }
  }
  machine::DeviceClaims claims;
  for (const config::Port& port : config.ports) {
    if (!findings.empty()) {
      return fail(findings);
    }
    if (const auto holder = claims.take(port.device)) {
      findings.push_back(machine::in_use(port, *holder));
    }
  }
  if (!findings.empty()) {
    return fail(findings);
  }
  for (const machine::MachineFinding& finding : machine::check_neighbours(config, facts)) {
    log(LogLevel::warning, "start", finding.what());
  }

  engine::Eal eal;
  if (const auto problem = eal.start(config, plan, log)) {
    log(LogLevel::error, "start", *problem);
    return kExitMachine;
  }
  engine::Switch the_switch{config, plan, std::move(ports), log};
  if (const auto problem = the_switch.start()) {
    log(LogLevel::error, "start", *problem);
    return kExitMachine;
  }
  const engine::TelemetryView view{
      the_switch, eal.uses_hugepages(), {std::string{kVersion}, rte_version(), build_flags()}};
  {
    const telemetry::Commands commands{view};
    output_writer().print(fmt::format(
        "mcswitch: ready, {} ports, workers on cores {}, control on core {}, {}\n", config.ports.size(),
        fmt::join(config.sw.worker_cores, " "), config.sw.main_core, dataplane::best_fast_path().name));
#ifdef MCSWITCH_SYSTEMD
    sd_notify(0, "READY=1");
#endif
    the_switch.run(g_stop);
#ifdef MCSWITCH_SYSTEMD
    sd_notify(0, "STOPPING=1");
#endif
  }
  print_final_counters(the_switch, view);
  the_switch.stop();
  output_writer().flush(kPatience);
  return kExitSuccess;
}

int main_program(int argc, char** argv) {
  int exit_code = kExitSuccess;
  const auto options = parse_options(argc, argv, exit_code);
  if (!options) {
    return exit_code;
  }
  if (options->version) {
    return print_version();
  }
  const config::LoadResult loaded = config::load_file(options->config);
  if (!report(loaded)) {
    return kExitConfiguration;
  }
  log_writer().set_level(loaded.config->sw.log_level);
  if (options->check) {
    return print_check(loaded);
  }
  catch_signals();
  log_writer().set_core(loaded.config->sw.main_core);
  output_writer().set_core(loaded.config->sw.main_core);
  return run(loaded);
}

}  // namespace
}  // namespace mcswitch::app

int main(int argc, char** argv) {
  namespace app = mcswitch::app;
  int exit_code = app::kExitMachine;
  try {
    exit_code = app::main_program(argc, argv);
  } catch (const std::bad_alloc&) {
    app::log(app::LogLevel::error, "start",
             "not enough memory: lower switch.max-groups, or see mcswitch --check");
  } catch (const std::exception& error) {
    app::log(app::LogLevel::error, "start", error.what());
  }
  app::log_writer().flush(app::kPatience);
  return exit_code;
}
