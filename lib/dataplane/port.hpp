// SPDX-License-Identifier: BSD-3-Clause
//
// What the switch asks of a port. Each family of devices (drivers/) implements this; everything about a
// device that is not plain receive and transmit stays behind it.
//
// Threads
//   main     everything, before the workers start and after they have stopped
//   control  poll_link(), take_news()
//   telemetry  losses()
//   worker   uses burst_ethdev() with rte_eth_rx_burst() and rte_eth_tx_burst(), nothing else here
//
// Life: check() -> (EAL is initialised) -> open() -> start() -> poll_link()... -> stop().
// Functions that can fail return what is wrong, in words for the operator, or nothing.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/counters.hpp"
#include "base/net_types.hpp"
#include "config/config.hpp"

struct rte_mempool;

namespace mcswitch::dataplane {

struct PortFamily;

struct PortLimits {
  // Payload bytes that a packet buffer must hold for this device to work at all.
  std::uint32_t min_data_room = 2048;
  // The device passes chained buffers.
  bool multi_segment_transmit = false;
  // rte_eth_tx_burst() can block when the device is full: say how in drivers/README.md.
  bool transmit_may_block = false;
  // rte_eth_tx_burst() writes into the array that it is given, so the array must not be another port's as
  // well.
  bool writes_transmit_array = false;
  // The driver has work of its own to do in rte_eth_tx_burst(), and needs a call every 100 ms, with frames or
  // without.
  bool works_in_transmit = false;
};

// What the opened device can do.
struct PortCapabilities {
  std::uint16_t max_rx_queues = 1;
  std::uint16_t max_tx_queues = 1;
  // NUMA node of the device; -1: none in particular.
  int node = -1;
};

struct StartRequest {
  rte_mempool* pool = nullptr;  // gives the receive buffers
  // With more than one receive queue IGMP and MLD have to arrive on queue 0, by a flow rule that the
  // device has accepted, and data is spread so that a flow stays on its queue (receive-side scaling).
  // Where that cannot be had, the port starts with one, or refuses if `rx_queues_required`.
  std::uint16_t rx_queues = 1;
  bool rx_queues_required = false;
  std::uint16_t tx_queues = 1;  // at most max_tx_queues
  std::uint16_t rx_descriptors = 0;
  std::uint16_t tx_descriptors = 0;
  // For a family that has own_buffers: how many, those that others keep included.
  std::uint32_t own_buffers = 0;
};

// What start() made of it.
struct PortQueues {
  std::uint16_t rx = 1;
  std::uint16_t tx = 1;
  std::uint16_t rx_descriptors = 0;
  std::uint16_t tx_descriptors = 0;
  // Why there are fewer receive queues than asked for; empty if there are not.
  std::string remark;
};

// One line for the log.
struct PortNews {
  bool is_warning = false;  // else a notice
  std::string text;
};

class Port {
 public:
  using Problem = std::optional<std::string>;

  // `family` has to outlive the port.
  Port(const PortFamily& family, const config::Port& settings) : family_{family}, settings_{settings} {}
  virtual ~Port() = default;
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  [[nodiscard]] const config::Port& settings() const { return settings_; }
  // Its row in the driver table.
  [[nodiscard]] const PortFamily& family() const { return family_; }

  // What can be known of the device without DPDK: does the interface exist, does the MTU fit? Changes
  // nothing on the machine.
  virtual Problem check() = 0;
  // Known after check(): what an operator should know of a port that starts nevertheless.
  [[nodiscard]] virtual std::optional<PortNews> remark() const { return std::nullopt; }
  [[nodiscard]] virtual PortLimits limits() const = 0;

  virtual Problem open() = 0;
  // Known after open().
  [[nodiscard]] virtual PortCapabilities capabilities() const = 0;
  virtual Problem start(const StartRequest& request) = 0;
  // Known after start().
  [[nodiscard]] virtual PortQueues queues() const = 0;
  virtual void stop() = 0;

  // DPDK's number of the port; known after open().
  [[nodiscard]] virtual std::uint16_t ethdev() const = 0;
  // By which number workers receive and transmit; known after start().
  [[nodiscard]] virtual std::uint16_t burst_ethdev() const { return ethdev(); }
  // Of the interface itself; known after open().
  [[nodiscard]] virtual MacAddress mac() const = 0;

  // Is there a link? Never blocks; called every millisecond or so.
  virtual bool poll_link() = 0;
  // Megabits a second; 0: not known.
  [[nodiscard]] virtual std::uint32_t link_speed() const = 0;
  // What the device has lost. Any number of threads of telemetry; may wait, for the kernel or for one
  // another.
  [[nodiscard]] virtual DeviceLosses losses() { return {}; }
  // What has happened to the device that an operator should know of, each thing once. Never blocks; called as
  // often as poll_link().
  virtual std::optional<PortNews> take_news() { return std::nullopt; }

 private:
  const PortFamily& family_;
  const config::Port settings_;
};

}  // namespace mcswitch::dataplane
