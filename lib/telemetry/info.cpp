// SPDX-License-Identifier: BSD-3-Clause
//
// /mcswitch/info: what is running, what it took, how full it is.

#include <unistd.h>

#include "telemetry/handlers.hpp"

namespace mcswitch::telemetry {
namespace {

// Rounded up: 0 only where nothing was measured.
std::uint64_t microseconds(Duration duration) {
  return static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::microseconds>(duration).count());
}

}  // namespace

Reply show_info(const SwitchView& view, const Request& /*request*/) {
  const config::Config& config = view.config();
  const BuildInfo build = view.build_info();
  const ProcessStatus process = view.process_status();
  const table::GroupTable& groups = view.tables().groups;

  std::string cores;
  for (const unsigned core : config.sw.worker_cores) {
    cores += cores.empty() ? "" : " ";
    cores += std::to_string(core);
  }

  Reply reply;
  reply.add("name", config.sw.name);
  reply.add("version", build.version);
  reply.add("dpdk_version", build.dpdk_version);
  reply.add("build", build.build);
  reply.add("pid", static_cast<std::uint64_t>(getpid()));
  reply.add("uptime_ms", milliseconds_left(process.started, view.now()));
  reply.add("main_core", std::uint64_t{config.sw.main_core});
  reply.add("worker_cores", cores);
  reply.add("ports", std::uint64_t{config.ports.size()});
  reply.add("groups", std::uint64_t{groups.group_count()});
  reply.add("groups_retired", std::uint64_t{groups.retired_count()});
  reply.add("max_groups", std::uint64_t{groups.capacity()});
  reply.add("macs", std::uint64_t{view.tables().macs.count()});
  reply.add("max_macs", std::uint64_t{config.sw.max_macs});
  reply.add("memory", process.hugepages ? "hugepages" : "plain");
  reply.add("mbufs", std::uint64_t{process.mbufs});
  reply.add("mbufs_free", std::uint64_t{process.mbufs_free});
  const ControlStatus control = view.control_status();
  reply.add("control_turns", control.turns);
  reply.add("control_events", control.events);
  reply.add("control_longest_pause_us", microseconds(control.longest_pause));
  reply.add("control_longest_turn_us", microseconds(control.longest_turn));
  return reply;
}

}  // namespace mcswitch::telemetry
