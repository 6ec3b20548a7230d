// SPDX-License-Identifier: BSD-3-Clause
//
// What every test of a port does: bring one up on its bench, send through it, receive from it.

#pragma once

#include <gtest/gtest.h>
#include <rte_ethdev.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ports/bench.hpp"

namespace mcswitch::ports {

// Buffers of 2 KiB, as the switch has with an MTU of 1500, and a few that hold the longest frame; made by
// main().
rte_mempool* test_pool();
rte_mempool* wide_pool();

class Rig : public testing::TestWithParam<Family> {
 protected:
  static constexpr std::uint16_t kBurst = 32;

  void SetUp() override { bench_ = GetParam().make(test_pool()); }
  void TearDown() override {
    if (port_) {
      port_->stop();
    }
    port_.reset();
    bench_.reset();
  }

  // A port on the device, checked but not open; `problem` is what check() said.
  dataplane::Port& make_port(std::uint16_t mtu, dataplane::Port::Problem& problem);
  // From check() to start(); what was wrong, or nothing.
  dataplane::Port::Problem bring_up(std::uint16_t mtu = 1500, dataplane::StartRequest request = {});
  // The same, and the test ends here if anything is wrong. `early` is for families that hold frames in files.
  void start(std::uint16_t mtu = 1500, const std::vector<Frame>& early = {});

  // Everything that arrives at the port until `count` frames have, or nothing has for a while.
  std::vector<Frame> receive(std::size_t count);
  // How many of the frames the device took, in bursts as the switch sends them.
  std::size_t transmit(const std::vector<Frame>& frames);
  rte_eth_stats statistics() const;

  std::unique_ptr<Bench> bench_;
  std::unique_ptr<dataplane::Port> port_;
};

// Numbers from `first` on, each frame of another size.
std::vector<Frame> stream(std::uint32_t first, std::size_t count, std::size_t size = 0);

}  // namespace mcswitch::ports
