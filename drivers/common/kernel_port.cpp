// SPDX-License-Identifier: BSD-3-Clause

#include "common/kernel_port.hpp"

#include <fmt/format.h>

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

dataplane::Port::Problem KernelPort::start(const dataplane::StartRequest& request) {
  if (auto problem = EthdevPort::start(request)) {
    return problem;
  }
  bursts_.attach(ethdev(), settings().mtu);
  return std::nullopt;
}

// Once: a host that does this does it all the time.
std::optional<dataplane::PortNews> KernelPort::take_news() {
  if (too_long_was_reported_ || bursts_.too_long() == 0) {
    return std::nullopt;
  }
  too_long_was_reported_ = true;
  return dataplane::PortNews{
      .is_warning = true,
      .text = fmt::format(
          "receives IP datagrams longer than its MTU of {}, and drops those that do not fit: a host on this "
          "machine leaves segmentation to the next device; switch that off at the host's end: "
          "ethtool -K INTERFACE tso off gso off",
          settings().mtu)};
}

void KernelPort::stop() {
  EthdevPort::stop();
  interface_.put_back();
}

}  // namespace mcswitch::drivers
