// SPDX-License-Identifier: BSD-3-Clause
//
// A kernel interface through DPDK's AF_PACKET device: needs nothing of the machine but CAP_NET_RAW and
// CAP_NET_ADMIN. README.md in this folder says what it needs, what it cannot do, and how it can stall.
//
// The interface may be missing when the port is opened, and may be deleted and made again. DPDK's device
// knows nothing of that: its socket is bound to whatever has the name. Until there is an interface the device
// is opened on the loopback interface and its socket is bound to nothing.

#pragma once

#include "af_packet/packet_socket.hpp"
#include "common/kernel_port.hpp"

namespace mcswitch::drivers {

class AfPacketPort final : public KernelPort {
 public:
  using KernelPort::KernelPort;
  // After stop() or without it: the monitor's thread uses members of this class.
  ~AfPacketPort() override { KernelPort::stop(); }

  Problem check() override;
  [[nodiscard]] std::optional<dataplane::PortNews> remark() const override;
  [[nodiscard]] dataplane::PortLimits limits() const override;
  Problem open() override;
  Problem start(const dataplane::StartRequest& request) override;
  // Stays what it was at the start, whatever interface has the name: hosts and routers know the port by it.
  [[nodiscard]] MacAddress mac() const override { return mac_; }

 protected:
  void add_losses(DeviceLosses& losses) override;
  Problem opened() override;
  bool take_interface(int index) override;
  [[nodiscard]] bool takes_interfaces() const override { return true; }
  [[nodiscard]] std::string probe_string() const override;

 private:
  unsigned long frame_size_ = 0;
  bool was_missing_ = false;  // when it was opened
  MacAddress mac_;
  PacketSocket socket_;
};

}  // namespace mcswitch::drivers
