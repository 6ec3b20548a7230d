// SPDX-License-Identifier: BSD-3-Clause
//
// The lists that the switch answers with: their columns, and what else there is to say of each. Handlers
// (handlers.hpp), commands (commands.hpp), mcsctl and README.md go by these tables. No DPDK: mcsctl includes
// it.
//
// Promise: a released column keeps its name and its place; new ones come at the end.
//
// Threads: constants.

#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/counters.hpp"
#include "telemetry/columns.hpp"
#include "telemetry/request.hpp"

namespace mcswitch::telemetry {

// X(name, Type, unit, title, help), C(name, help): columns.hpp.

#define MCSWITCH_PORTS_COLUMNS(X, C)                                                                      \
  X(port, Text, none, "", "name")                                                                         \
  X(device, Text, none, "", "device string of the configuration")                                         \
  X(driver, Text, none, "", "the driver's own name, such as `net_af_packet`")                             \
  X(link, Text, none, "", "`up` or `down`")                                                               \
  X(rx_packets, Number, none, "", "frames received")                                                      \
  X(tx_packets, Number, none, "", "frames sent")                                                          \
  X(rx_bytes, Number, bytes, "rx MB", "received")                                                         \
  X(tx_bytes, Number, bytes, "tx MB", "sent")                                                             \
  X(tx_dropped, Number, none, "dropped", "frames not sent: the sum of `tx_queue_full` to `tx_too_long`")  \
  X(groups, Number, none, "", "groups that it is a member of")                                            \
  X(speed_mbps, Number, megabits_per_second, "", "of the link; empty where it is not known")              \
  X(mac, Text, none, "", "the port's own MAC address")                                                    \
  X(vlan, Number, none, "", "VLAN of untagged frames; 0: they are dropped")                               \
  X(tagged_vlans, Text, none, "", "ids and ranges with spaces between: `10 100-199`")                     \
  X(rx_queues, Number, none, "", "receive queues")                                                        \
  X(tx_queues, Number, none, "", "transmit queues")                                                       \
  X(workers, Text, none, "", "the core that polls each receive queue: `queue:core`, with spaces between") \
  MCSWITCH_TX_DROPS(C)                                                                                    \
  X(rx_dropped, Number, none, "",                                                                         \
    "frames that the switch dropped on arrival for what they are: see `counters`, from `runt` to "        \
    "`igmp_handover_full`; not those that are for the port itself (`reserved_mac`)")                      \
  MCSWITCH_DEVICE_LOSSES(C)

#define MCSWITCH_GROUPS_COLUMNS(X, C)                                                                     \
  X(vlan, Number, none, "", "")                                                                           \
  X(group, Address, none, "", "")                                                                         \
  X(source, Address, none, "", "`*`: any")                                                                \
  X(port, Text, none, "", "")                                                                             \
  X(filter_mode, Text, none, "mode",                                                                      \
    "`exclude`: the port gets the group from any source; `include`: it has asked for this source; "       \
    "`blocked`: it excludes this source, and has not asked for it as well")                               \
  X(protocol, Text, none, "", "version of the last report (`igmpv1`, `igmpv2`, `igmpv3`), or `static`")   \
  X(expires_ms, Number, milliseconds, "expires in",                                                       \
    "until the membership ends; empty for what has no timer: static members, and blocked sources, which " \
    "end with the `exclude` row of their port")                                                           \
  X(hosts, Number, none, "", "hosts that are tracked; empty where none is (`host-tracking`, blocked sources)")

#define MCSWITCH_HOSTS_COLUMNS(X, C)                                        \
  X(vlan, Number, none, "", "")                                             \
  X(group, Address, none, "", "")                                           \
  X(source, Address, none, "", "`*`: any")                                  \
  X(port, Text, none, "", "")                                               \
  X(address, Address, none, "host", "of the host")                          \
  X(mac, Text, none, "", "of the host")                                     \
  X(since_ms, Number, milliseconds, "member for", "since its first report") \
  X(last_ms, Number, milliseconds, "last report", "since its last report")

#define MCSWITCH_ROUTERS_COLUMNS(X, C)                                                            \
  X(vlan, Number, none, "", "")                                                                   \
  X(port, Text, none, "", "")                                                                     \
  X(origin, Text, none, "",                                                                       \
    "what it was heard by: `query`, `pim` (a hello), `mrd` (router discovery), or `static`: the " \
    "configuration")                                                                              \
  X(address, Address, none, "", "of the router; empty: `static`")                                 \
  X(expires_ms, Number, milliseconds, "expires in", "empty: never")

#define MCSWITCH_QUERIERS_COLUMNS(X, C)                                        \
  X(vlan, Number, none, "", "")                                                \
  X(protocol, Text, none, "", "`igmp`")                                        \
  X(role, Text, none, "", "of the switch: `querier`, `non-querier`, or `off`") \
  X(address, Address, none, "", "of the querier; empty: `off`")                \
  X(version, Number, none, "", "of its queries; empty: `off`")                 \
  X(expires_ms, Number, milliseconds, "expires in", "until another querier counts as gone; else empty")

#define MCSWITCH_MACS_COLUMNS(X, C) \
  X(vlan, Number, none, "", "")     \
  X(mac, Text, none, "", "")        \
  X(port, Text, none, "", "")       \
  X(age_ms, Number, milliseconds, "age", "since its last frame")

#define MCSWITCH_COUNTERS_COLUMNS(X, C)                                              \
  X(port, Text, none, "", "empty: of the control thread")                            \
  X(counter, Text, none, "", "its name; `mcsctl counters` says what each one means") \
  X(value, Number, none, "", "since the start")

#define MCSWITCH_WORKERS_COLUMNS(X, C)                                                       \
  X(worker, Number, none, "", "its place in `worker-cores`")                                 \
  X(core, Number, none, "", "")                                                              \
  X(ports, Text, none, "", "names of the ports that it polls, with spaces between")          \
  MCSWITCH_WORKER_LOOP_COUNTERS(C)                                                           \
  X(queues, Text, none, "port:queue",                                                        \
    "receive queues in the order in which it polls them: `port:queue`, with spaces between") \
  MCSWITCH_WORKER_FRAME_COUNTERS(C)

// X(noun, Row, parameters, sorted by, summary, nothing, help): see List. In the order of mcsctl --help.
#define MCSWITCH_LISTS(X)                                                                                   \
  X(ports, PortsRow, param::kPaging, 0, "ports with link and totals", "no ports",                           \
    "Ports with link and totals, in the order of the configuration. Parameters: limit=N,after=NEXT")        \
  X(groups, GroupsRow, param::kVlan | param::kGroup | param::kPort | param::kPaging, 4,                     \
    "who is a member of what, and for how long yet", "no groups",                                           \
    "Group memberships, one row a port. Parameters: vlan=ID,group=ADDRESS,port=NAME,limit=N,after=NEXT")    \
  X(hosts, HostsRow, param::kVlan | param::kGroup | param::kPort | param::kPaging, 6, "", "no hosts",       \
    "Tracked hosts, one row a membership. Parameters: vlan=ID,group=ADDRESS,port=NAME,limit=N,after=NEXT")  \
  X(routers, RoutersRow, param::kPaging, 3, "multicast router ports and why they are", "no router ports",   \
    "Multicast router ports and why they are. Parameters: limit=N,after=NEXT")                              \
  X(queriers, QueriersRow, param::kPaging, 2, "querier of each VLAN", "no VLANs",                           \
    "Querier of each VLAN as the switch knows it. Parameters: limit=N,after=NEXT")                          \
  X(macs, MacsRow, param::kPaging, 2, "learned MAC addresses", "no MAC addresses",                          \
    "Learned MAC addresses. Parameters: limit=N,after=NEXT")                                                \
  X(counters, CountersRow, param::kPort | param::kPaging, 0, "what became of frames", "all counters are 0", \
    "What became of frames, by port. Parameters: port=NAME,limit=N,after=NEXT")                             \
  X(workers, WorkersRow, param::kPaging, 0, "forwarding workers and how busy they are", "no workers",       \
    "Forwarding workers and how busy they are. Parameters: limit=N,after=NEXT")

MCSWITCH_ROW(PortsRow, MCSWITCH_PORTS_COLUMNS);
MCSWITCH_ROW(GroupsRow, MCSWITCH_GROUPS_COLUMNS);
MCSWITCH_ROW(HostsRow, MCSWITCH_HOSTS_COLUMNS);
MCSWITCH_ROW(RoutersRow, MCSWITCH_ROUTERS_COLUMNS);
MCSWITCH_ROW(QueriersRow, MCSWITCH_QUERIERS_COLUMNS);
MCSWITCH_ROW(MacsRow, MCSWITCH_MACS_COLUMNS);
MCSWITCH_ROW(CountersRow, MCSWITCH_COUNTERS_COLUMNS);
MCSWITCH_ROW(WorkersRow, MCSWITCH_WORKERS_COLUMNS);

struct List {
  std::string_view noun;  // the command of mcsctl
  const char* command;    // on the socket
  unsigned parameters;    // an OR of param::k*
  // mcsctl sorts by so many columns, from the first on; 0: order of the switch.
  std::size_t sort_columns;
  std::string_view summary;  // in mcsctl --help; empty: mcsctl has no command of its own for it
  std::string_view nothing;  // mcsctl's table without rows
  const char* help;          // of the command on the socket, less than 128 characters
  std::span<const Column> columns;
};

#define X(noun, Row, parameters, sort_columns, summary, nothing, help) \
  {#noun, "/mcswitch/" #noun, parameters, sort_columns, summary, nothing, help, Row::kColumns},
inline constexpr List kLists[] = {MCSWITCH_LISTS(X)};
#undef X

}  // namespace mcswitch::telemetry
