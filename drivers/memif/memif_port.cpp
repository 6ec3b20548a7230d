// SPDX-License-Identifier: BSD-3-Clause

#include "memif/memif_port.hpp"

#include <fmt/format.h>
#include <rte_alarm.h>
#include <rte_log.h>

#include <atomic>
#include <bit>
#include <chrono>
#include <thread>

#include "config/device_string.hpp"

namespace mcswitch::drivers {
namespace {

constexpr unsigned long kDefaultBufferSize = 2048;
constexpr std::uint64_t kReconnectMicroseconds = 1'000'000;
// Ethernet header and two VLAN tags.
constexpr unsigned long kLinkHeader = 14 + 2 * 4;

// DPDK's interrupt thread ends a connection by itself when the other side goes away, and takes apart what
// closing the device takes apart as well. Its alarms run on the same thread: when one has, what it was about
// to do before that is done.
void wait_for_interrupt_thread() {
  std::atomic<bool> has_run{false};
  const auto mark = [](void* flag) { static_cast<std::atomic<bool>*>(flag)->store(true); };
  if (rte_eal_alarm_set(1, mark, &has_run) == 0) {
    while (!has_run.load()) {
      std::this_thread::sleep_for(std::chrono::microseconds{50});
    }
  }
}

}  // namespace

dataplane::Port::Problem MemifPort::open() {
  socket_ = MemifSocket{settings().device};
  if (socket_.is_server()) {
    socket_.remove_stale();
  }
  return EthdevPort::open();
}

dataplane::Port::Problem MemifPort::start(const dataplane::StartRequest& request) {
  if (auto problem = EthdevPort::start(request)) {
    return problem;
  }
  bursts_.guard(ethdev());
  // Stopping the device changes its row of burst functions, by which workers must not go then.
  if (!socket_.is_server() && bursts_.ethdev() != ethdev()) {
    has_alarm_ = true;
    set_alarm();
  }
  return std::nullopt;
}

void MemifPort::set_alarm() { rte_eal_alarm_set(kReconnectMicroseconds, connect_again, this); }

void MemifPort::connect_again(void* port) {
  auto& self = *static_cast<MemifPort*>(port);
  if (!self.has_alarm_) {
    return;
  }
  rte_eth_link link{};
  const bool is_down =
      rte_eth_link_get_nowait(self.ethdev(), &link) == 0 && link.link_status == RTE_ETH_LINK_DOWN;
  if (is_down) {
    // That nobody listens is no error, once a second.
    const int log_type = rte_log_register("pmd.net.memif");
    const int log_level = rte_log_get_level(static_cast<std::uint32_t>(log_type));
    rte_log_set_level(static_cast<std::uint32_t>(log_type), RTE_LOG_CRIT);
    memif_gate().shut();
    rte_eth_dev_stop(self.ethdev());
    rte_eth_dev_start(self.ethdev());
    memif_gate().open();
    rte_log_set_level(static_cast<std::uint32_t>(log_type), static_cast<std::uint32_t>(log_level));
  }
  self.set_alarm();
}

void MemifPort::stop() {
  if (has_alarm_.exchange(false)) {
    // Returns when the alarm does not run any more.
    rte_eal_alarm_cancel(connect_again, this);
  }
  wait_for_interrupt_thread();
  EthdevPort::stop();
  bursts_.release();
  // Once for a thread that was already awake, and once for what came meanwhile.
  wait_for_interrupt_thread();
  wait_for_interrupt_thread();
}

// A frame of several buffers of the shared memory leaves a mark in its ring that DPDK 22.11 does not take
// away when the ring has gone round: a short frame in that place would be taken for the beginning of a long
// one.
dataplane::Port::Problem MemifPort::check() {
  const unsigned long size = config::device_number(settings().device, "bsize").value_or(kDefaultBufferSize);
  const unsigned long need = settings().mtu + kLinkHeader;
  if (size < need) {
    return fmt::format(
        "an MTU of {} does not fit its buffers: the limit with bsize={} is {}; add bsize={}, on both sides",
        settings().mtu, size, size < kLinkHeader ? 0 : size - kLinkHeader, std::bit_ceil(need));
  }
  return std::nullopt;
}

}  // namespace mcswitch::drivers
