// SPDX-License-Identifier: BSD-3-Clause
//
// What all ports on a DPDK ethdev have in common: probe, queues, offloads, MTU, promiscuous reception, start
// and stop. The device is asked what it can do; what it does not report itself stands in the row of its
// family (dataplane/port_family.hpp), and a family overrides what differs.
//
// Offloads: chained buffers on transmit where the device takes them, scattered reception where an MTU does
// not fit one buffer, receive-side scaling with several queues. Never VLAN insertion and never fast free:
// both change or assume things of buffers that are shared. VLAN tags stay in the frame where the device can
// leave them there.

#pragma once

#include <rte_ethdev.h>

#include <atomic>
#include <string>

#include "common/control_rules.hpp"
#include "dataplane/port_family.hpp"

namespace mcswitch::drivers {

class EthdevPort : public dataplane::Port {
 public:
  using Port::Port;

  Problem check() override { return std::nullopt; }
  // multi_segment_transmit is what the device says of itself, or the family knows of it: known after open().
  [[nodiscard]] dataplane::PortLimits limits() const override;
  Problem open() override;
  [[nodiscard]] dataplane::PortCapabilities capabilities() const override { return capabilities_; }
  Problem start(const dataplane::StartRequest& request) override;
  [[nodiscard]] dataplane::PortQueues queues() const override { return queues_; }
  // Gives the device back: it can be opened anew, by this process or another one.
  void stop() override;
  [[nodiscard]] std::uint16_t ethdev() const override { return ethdev_; }
  [[nodiscard]] MacAddress mac() const override { return mac_; }
  bool poll_link() override;
  [[nodiscard]] std::uint32_t link_speed() const override {
    return link_speed_.load(std::memory_order_relaxed);
  }
  // Drivers keep sums of their own when they are asked, so one thread asks at a time.
  [[nodiscard]] DeviceLosses losses() final;

 protected:
  // Asks the device what it can do; part of open(), and again where that changes what it can do.
  Problem learn();

  // Adds what DPDK does not know. One thread at a time.
  virtual void add_losses(DeviceLosses& /*losses*/) {}

  // What DPDK is asked to probe, and by which name the ethdev goes then.
  [[nodiscard]] virtual std::string probe_string() const { return settings().device; }
  [[nodiscard]] virtual std::string ethdev_name() const;

  // Payload bytes of the buffers of a pool.
  static std::uint32_t data_room(rte_mempool* pool);
  // Words for an errno of DPDK, whatever its sign.
  static std::string reason(int error);

 private:
  static constexpr std::uint16_t kNoEthdev = 0xffff;

  Problem probe();
  Problem take();
  [[nodiscard]] Problem mtu_problem(const rte_eth_dev_info& info) const;
  Problem bring_up(const dataplane::StartRequest& request, std::uint16_t rx_queues,
                   const rte_eth_dev_info& info);
  Problem configure(std::uint16_t rx_queues, std::uint16_t tx_queues, const rte_eth_dev_info& info,
                    rte_mempool* pool);
  Problem set_up_queues(const dataplane::StartRequest& request, const rte_eth_dev_info& info);
  Problem hear_everything() const;
  // Steers IGMP and MLD to the first queue; empty when that is so, else why not.
  std::string steer_control();
  void halt();

  std::uint16_t ethdev_ = kNoEthdev;
  rte_device* device_ = nullptr;
  std::uint64_t owner_ = 0;
  MacAddress mac_;
  rte_eth_conf conf_{};
  bool announces_multi_segment_ = false;
  dataplane::PortCapabilities capabilities_;
  dataplane::PortQueues queues_;
  ControlRules rules_;
  std::atomic<std::uint32_t> link_speed_{0};  // control writes, telemetry reads
  bool started_ = false;
};

}  // namespace mcswitch::drivers
