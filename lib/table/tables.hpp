// SPDX-License-Identifier: BSD-3-Clause
//
// What workers, the control thread and telemetry share. One of it per switch, made before any of these
// threads runs and destroyed after the last one.
//
// Who may do what
//
//               workers                            control thread                    telemetry
//   groups      find, join                         remove, reclaim, drain_fresh      snapshot, in a section
//   macs        find, learn                        age, forget                       snapshot
//   forwarding  current(), once a burst            publish, reclaim; store words     current(), in a section
//   ports       of a port whose queue it polls:    take attention bits; load when    -
//               saw_host(); of one whose IGMP it   another host was seen
//               handles: saw_reporter(), stamps,
//               host events, attention bits
//   link_up     load                               store                             load
//   reporting   load, add                          remove                            -
//
// The type says it too: the control thread has Tables&, a worker WorkerTables, telemetry const Tables&.
//
// Each part says itself how it is safe without locks. The other shared things are the rings, one pair per
// worker (table/worker_message.hpp), the counters (base/counters.hpp: workers add, telemetry reads), and what
// the control thread keeps and telemetry reads: the hosts (table/host_table.hpp) and the snapshot
// (control/snapshot.hpp).

#pragma once

#include <cstddef>
#include <cstdint>

#include "base/net_types.hpp"
#include "table/atomic_port_set.hpp"
#include "table/forwarding_block.hpp"
#include "table/group_control.hpp"
#include "table/mac_table.hpp"
#include "table/port_table.hpp"

namespace mcswitch::table {

struct Tables {
  struct Sizes {
    std::uint32_t max_groups = 0;  // entries: groups, and sources of groups
    std::uint32_t max_macs = 0;
    std::size_t ports = kMaxPorts;
    // Should be random per process: group and MAC addresses are chosen by strangers.
    std::uint64_t seed = 0;
  };

  explicit Tables(const Sizes& sizes)
      : groups{sizes.max_groups, sizes.ports, sizes.seed}, macs{sizes.max_macs, sizes.seed ^ kMacSeed} {}

  GroupControl groups;
  MacControl macs;
  ForwardingBlocks forwarding;
  PortTable ports;
  // Ports with link.
  AtomicPortSet link_up;
  // Ports on which a membership report has been heard since their link came up.
  AtomicPortSet reporting;

 private:
  // A stranger who guesses one seed has not guessed the other.
  static constexpr std::uint64_t kMacSeed = 0x5bd1e995;
};

// The tables as a worker gets them: nothing by which it could remove, or change what control decides.
struct WorkerTables {
  // `tables` outlive this.
  WorkerTables(Tables& tables)
      : groups{tables.groups},
        macs{tables.macs},
        forwarding{tables.forwarding},
        ports{tables.ports},
        link_up{tables.link_up},
        reporting{tables.reporting} {}

  GroupTable& groups;
  MacTable& macs;
  const ForwardingBlocks& forwarding;
  PortTable& ports;
  const AtomicPortSet& link_up;
  AtomicPortSet& reporting;
};

}  // namespace mcswitch::table
