// SPDX-License-Identifier: BSD-3-Clause
//
// A network card that DPDK drives from user space, by its PCI address: "0000:03:00.0", "03:00.0", and after a
// comma what the card's driver takes as options. README.md in this folder says what it needs.

#pragma once

#include "common/ethdev_port.hpp"

namespace mcswitch::drivers {

class PciPort final : public EthdevPort {
 public:
  using EthdevPort::EthdevPort;
  Problem check() override;
  [[nodiscard]] std::optional<dataplane::PortNews> remark() const override;
  Problem open() override;

 protected:
  [[nodiscard]] std::string probe_string() const override;
  [[nodiscard]] std::string ethdev_name() const override;

 private:
  // DPDK may have opened the card when it started, without the options of this port.
  void forget_if_opened_otherwise() const;
};

}  // namespace mcswitch::drivers
