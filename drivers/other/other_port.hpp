// SPDX-License-Identifier: BSD-3-Clause
//
// Any other virtual device of DPDK, taken as it describes itself.

#pragma once

#include "common/ethdev_port.hpp"

namespace mcswitch::drivers {

class OtherPort final : public EthdevPort {
 public:
  using EthdevPort::EthdevPort;
  [[nodiscard]] std::string_view family() const override { return "other"; }

 protected:
  // A virtual device without a promiscuous mode has nothing that would filter.
  [[nodiscard]] Traits traits() const override { return {.hears_everything = true}; }
};

}  // namespace mcswitch::drivers
