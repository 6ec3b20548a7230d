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

Reply show_info(const Sources& sources, const Request& /*request*/) {
  const config::Config& config = sources.config();
  const Identity identity = sources.identity();
  const table::GroupTable& groups = sources.tables().groups;

  std::string cores;
  for (const unsigned core : config.sw.worker_cores) {
    cores += cores.empty() ? "" : " ";
    cores += std::to_string(core);
  }

  Reply reply;
  reply.add("name", config.sw.name);
  reply.add("version", identity.version);
  reply.add("dpdk_version", identity.dpdk_version);
  reply.add("build", identity.build);
  reply.add("pid", static_cast<std::uint64_t>(getpid()));
  reply.add("uptime_ms", milliseconds_left(identity.started, sources.now()));
  reply.add("main_core", std::uint64_t{config.sw.main_core});
  reply.add("worker_cores", cores);
  reply.add("ports", std::uint64_t{config.ports.size()});
  reply.add("groups", std::uint64_t{groups.group_count()});
  reply.add("groups_retired", std::uint64_t{groups.retired_count()});
  reply.add("max_groups", std::uint64_t{groups.capacity()});
  reply.add("macs", std::uint64_t{sources.tables().macs.count()});
  reply.add("max_macs", std::uint64_t{sources.config().sw.max_macs});
  reply.add("memory", identity.hugepages ? "hugepages" : "plain");
  reply.add("mbufs", std::uint64_t{identity.mbufs});
  reply.add("mbufs_free", std::uint64_t{identity.mbufs_free});
  const ControlStatus control = sources.control_status();
  reply.add("control_turns", control.turns);
  reply.add("control_events", control.events);
  reply.add("control_longest_pause_us", microseconds(control.longest_pause));
  reply.add("control_longest_turn_us", microseconds(control.longest_turn));
  return reply;
}

}  // namespace mcswitch::telemetry
