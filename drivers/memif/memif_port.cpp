// SPDX-License-Identifier: BSD-3-Clause

#include "memif/memif_port.hpp"

#include <fmt/format.h>
#include <rte_alarm.h>

#include <atomic>
#include <bit>
#include <chrono>
#include <thread>

#include "config/device_string.hpp"

namespace mcswitch::drivers {
namespace {

constexpr unsigned long kDefaultBufferSize = 2048;
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

dataplane::Port::Problem MemifPort::start(const dataplane::StartRequest& request) {
  if (auto problem = EthdevPort::start(request)) {
    return problem;
  }
  bursts_.guard(ethdev());
  return std::nullopt;
}

void MemifPort::stop() {
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
