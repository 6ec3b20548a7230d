// SPDX-License-Identifier: BSD-3-Clause
//
// A port that swallows what is sent and, where it is told to, receives frames of zeros without end (DPDK's
// net_null). For benchmarks; needs nothing at all.

#pragma once

#include "common/ethdev_port.hpp"

namespace mcswitch::drivers {

class NullPort final : public EthdevPort {
 public:
  using EthdevPort::EthdevPort;
  [[nodiscard]] std::string_view family() const override { return "null"; }

 protected:
  [[nodiscard]] Traits traits() const override { return {.chains_buffers = true}; }
};

}  // namespace mcswitch::drivers
