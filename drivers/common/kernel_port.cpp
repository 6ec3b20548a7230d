// SPDX-License-Identifier: BSD-3-Clause

#include "common/kernel_port.hpp"

namespace mcswitch::drivers {

dataplane::Port::Problem KernelPort::open() {
  if (std::string problem = interface_.prepare(settings().mtu); !problem.empty()) {
    return problem;
  }
  if (auto problem = EthdevPort::open()) {
    return problem;
  }
  if (std::string problem = monitor_.open(interface_.name()); !problem.empty()) {
    return problem;
  }
  return std::nullopt;
}

void KernelPort::stop() {
  EthdevPort::stop();
  interface_.put_back();
}

}  // namespace mcswitch::drivers
