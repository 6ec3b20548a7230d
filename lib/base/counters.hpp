// SPDX-License-Identifier: BSD-3-Clause
//
// Counters. Each worker has one block per port, and only that worker writes it: adding is an ordinary load
// and store, without a locked instruction. Any thread may read; a sum over the workers is only a snapshot.
// Names and texts come from one table each and are a promise to scripts once released.

#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mcswitch {

// A counter with one writing thread.
class Counter {
 public:
  void add(std::uint64_t n = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// The fate of a received frame. Each frame has exactly one, so these add up to rx_packets. X(name, text)
#define MCSWITCH_FRAME_FATES(X)                                                               \
  X(runt, "shorter than an Ethernet header")                                                  \
  X(truncated, "cut off by the device: shorter than its IP header says")                      \
  X(own_source_mac, "source is the port's own MAC address (sent by this machine, or looped)") \
  X(source_invalid, "source MAC address is a group address or zero")                          \
  X(vlan_not_carried, "VLAN that the port does not carry (ingress filter)")                   \
  X(reserved_mac, "01:80:c2:00:00:00 to 0f, never forwarded (IEEE 802.1Q section 8.6)")       \
  X(malformed, "malformed IGMP or IP multicast; the reasons are counted one by one")          \
  X(igmp_report, "membership report")                                                         \
  X(igmp_leave, "leave")                                                                      \
  X(igmp_query, "query")                                                                      \
  X(igmp_query_blocked, "query, PIM hello or router discovery on a port with block-queries")  \
  X(igmp_handover_full, "IGMP that the worker of the port had no room for")                   \
  X(multicast_control, "PIM, multicast router discovery, or an unknown IGMP type")            \
  X(multicast_link_local, "to 224.0.0.0/24 or a link-local IPv6 group")                       \
  X(multicast_registered, "to a group with members")                                          \
  X(multicast_unregistered, "to a group without members")                                     \
  X(multicast_unsnooped, "IP multicast of a family or VLAN that is not snooped")              \
  X(multicast_other, "other group MAC address")                                               \
  X(broadcast, "broadcast")                                                                   \
  X(unicast_known, "unicast to a learned address")                                            \
  X(unicast_unknown, "unicast to an unknown address")

// Other events of a port. X(name, text)
#define MCSWITCH_PORT_EVENTS(X)                                                                         \
  X(igmp_v1_reports, "version 1 reports")                                                               \
  X(igmp_v2_reports, "version 2 reports")                                                               \
  X(igmp_v3_reports, "version 3 reports")                                                               \
  X(igmp_v1_reports_ignored, "version 1 reports ignored by configuration")                              \
  X(igmp_v2_reports_ignored, "version 2 reports and leaves ignored by configuration")                   \
  X(igmp_reports_off_link, "reports and leaves from outside report-sources, ignored")                   \
  X(igmp_v1_queries, "version 1 queries")                                                               \
  X(igmp_v2_queries, "version 2 queries")                                                               \
  X(igmp_v3_queries, "version 3 queries")                                                               \
  X(queries_misaddressed, "queries sent where not all hosts that they ask hear them: forwarded")        \
  X(igmp_records_skipped, "version 3 records of unknown type or for no multicast address")              \
  X(igmp_sources_skipped, "addresses that no host can have among the sources of records")               \
  X(igmp_ssm_ignored, "joins and leaves without sources in the ssm-range, ignored")                     \
  X(igmp_encapsulated, "IGMP in a second tag, SNAP, PPPoE or VXLAN: forwarded unread")                  \
  X(joins, "memberships begun")                                                                         \
  X(refreshes, "memberships refreshed")                                                                 \
  X(joins_refused_full, "joins refused because max-groups is reached")                                  \
  X(joins_refused_limit, "joins refused because the port's max-groups is reached")                      \
  X(joins_refused_sources, "sources refused because max-sources-per-group is reached")                  \
  X(excludes_widened, "lists of excluded sources that were lost: the port gets every source")           \
  X(hosts_untracked, "reports of hosts that could not be tracked: there was no room")                   \
  X(exclusions_lost, "ends of exclusions that the control thread had no room for")                      \
  X(leaves_without_group, "leaves and records that take away, of groups that nobody has")               \
  X(leaves_lost, "leaves that the control thread had no room for; the port is asked instead")           \
  X(queries_lost, "queries that the control thread had no room for")                                    \
  X(macs_learned, "MAC addresses learned")                                                              \
  X(macs_moved, "MAC addresses that came from another port")                                            \
  X(macs_refused_full, "MAC addresses not learned because max-macs is reached")                         \
  X(pim_hellos, "PIM hellos")                                                                           \
  X(mrd_messages, "multicast router discovery messages")                                                \
  X(pim_hellos_ignored, "PIM hellos with a wrong checksum, options that run over, or no host's source") \
  X(mrd_ignored, "such messages that are wrong, or may be from another link, ignored")                  \
  X(routers_lost, "PIM hellos and router discovery that the control thread had no room for")

// Replicas that were not sent. X(name, text)
#define MCSWITCH_TX_DROPS(X)                                                                   \
  X(tx_queue_full, "device took no more")                                                      \
  X(tx_link_down, "port without link")                                                         \
  X(tx_no_mbuf, "no packet buffer")                                                            \
  X(tx_handover_full, "the worker that sends on this port has no room for more")               \
  X(tx_not_linear, "in several buffers, which the device does not take, and too long for one") \
  X(tx_too_long, "longer than the port's MTU")

// Frames that a port's device lost by itself, before the switch got them or after it had given them. X(name,
// text)
#define MCSWITCH_DEVICE_LOSSES(X)                                                                 \
  X(rx_missed, "frames that the device, or the kernel in front of it, had no room for")           \
  X(rx_errors, "frames that the device found wrong")                                              \
  X(rx_no_mbuf, "receptions that found no packet buffer")                                         \
  X(rx_too_long, "IP datagrams longer than the port's MTU: segmentation left to the next device") \
  X(tx_errors, "frames that the device took and did not send")

// What a worker counts of itself, not per port. Two lists, because `queues` stands between them in the
// telemetry list of workers (telemetry/lists.hpp); a new counter goes to the end of the second. X(name, text)
#define MCSWITCH_WORKER_LOOP_COUNTERS(X)    \
  X(polls, "turns of its loop")             \
  X(busy_polls, "turns that found a frame") \
  X(frames, "frames received")
#define MCSWITCH_WORKER_FRAME_COUNTERS(X)                                                         \
  X(replicas, "copies of frames that transmit queues took")                                       \
  X(control_sent, "of these, copies of the control thread's frames (queries)")                    \
  X(handed_over, "frames given to the worker that sends on the port, or that handles its frames") \
  X(taken_over, "frames taken from other workers")                                                \
  X(pool_empty, "frames of the control thread that found no packet buffer")                       \
  X(variants, "frames made because of a VLAN tag, or to have them in one buffer")
#define MCSWITCH_WORKER_COUNTERS(X) MCSWITCH_WORKER_LOOP_COUNTERS(X) MCSWITCH_WORKER_FRAME_COUNTERS(X)

#define X(name, text) name,
enum class FrameFate : std::uint8_t { MCSWITCH_FRAME_FATES(X) count };
enum class PortEvent : std::uint8_t { MCSWITCH_PORT_EVENTS(X) count };
enum class TxDrop : std::uint8_t { MCSWITCH_TX_DROPS(X) count };
enum class DeviceLoss : std::uint8_t { MCSWITCH_DEVICE_LOSSES(X) count };
enum class WorkerCounter : std::uint8_t { MCSWITCH_WORKER_COUNTERS(X) count };
#undef X

struct CounterName {
  std::string_view name;
  std::string_view text;
};
#define X(name, text) CounterName{#name, text},
inline constexpr CounterName kFrameFateNames[] = {MCSWITCH_FRAME_FATES(X)};
inline constexpr CounterName kPortEventNames[] = {MCSWITCH_PORT_EVENTS(X)};
inline constexpr CounterName kTxDropNames[] = {MCSWITCH_TX_DROPS(X)};
inline constexpr CounterName kWorkerCounterNames[] = {MCSWITCH_WORKER_COUNTERS(X)};
#undef X

template <typename Enum, std::size_t Count = static_cast<std::size_t>(Enum::count)>
class CounterArray {
 public:
  Counter& operator[](Enum e) noexcept { return counters_[static_cast<std::size_t>(e)]; }
  const Counter& operator[](Enum e) const noexcept { return counters_[static_cast<std::size_t>(e)]; }
  static constexpr std::size_t size() { return Count; }

 private:
  std::array<Counter, Count> counters_;
};

// Indexed by DeviceLoss; since the start.
using DeviceLosses = std::array<std::uint64_t, static_cast<std::size_t>(DeviceLoss::count)>;

// One worker's counters of itself: the worker adds, any thread reads.
using WorkerCounters = CounterArray<WorkerCounter>;

// One worker's counters of one port.
struct alignas(64) PortCounters {
  Counter rx_packets;
  Counter rx_bytes;
  Counter tx_packets;
  Counter tx_bytes;
  CounterArray<FrameFate> fates;
  CounterArray<PortEvent> events;
  CounterArray<TxDrop> tx_drops;
  // Indexed by proto::ParseError; sized for it there.
  static constexpr std::size_t kMaxParseErrors = 32;
  std::array<Counter, kMaxParseErrors> parse_errors;
};

}  // namespace mcswitch
