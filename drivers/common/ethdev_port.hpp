// SPDX-License-Identifier: BSD-3-Clause
//
// What all ports on a DPDK ethdev have in common: probe, configure one receive and one transmit queue,
// promiscuous and all-multicast reception, start and stop. Families override what differs.

#pragma once

#include "dataplane/port.hpp"

namespace mcswitch::drivers {

class EthdevPort : public dataplane::Port {
 public:
  using Port::Port;

  Problem check() override { return std::nullopt; }
  [[nodiscard]] dataplane::PortLimits limits() const override { return {}; }
  Problem open() override;
  Problem start(rte_mempool* pool, std::uint16_t rx_descriptors, std::uint16_t tx_descriptors) override;
  void stop() override;
  [[nodiscard]] std::uint16_t ethdev() const override { return ethdev_; }
  [[nodiscard]] MacAddress mac() const override { return mac_; }
  bool poll_link() override;
  [[nodiscard]] std::uint32_t link_speed() const override { return link_speed_; }

 protected:
  // Tells the device the MTU of the configuration. Default: nothing, because the virtual devices here
  // do not have one in DPDK 22.11.
  virtual Problem set_mtu() { return std::nullopt; }

 private:
  static constexpr std::uint16_t kNoEthdev = 0xffff;
  std::uint16_t ethdev_ = kNoEthdev;
  MacAddress mac_;
  std::uint32_t link_speed_ = 0;
  bool started_ = false;
};

}  // namespace mcswitch::drivers
