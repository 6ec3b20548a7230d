// SPDX-License-Identifier: BSD-3-Clause

#include "machine/queue_bounds.hpp"

#include <algorithm>
#include <initializer_list>

namespace mcswitch::machine {

QueueBounds queue_bounds(const config::Port& port, std::size_t workers) {
  const std::string_view device = port.device;
  const auto is_one_of = [&](std::initializer_list<std::string_view> drivers) {
    return std::any_of(drivers.begin(), drivers.end(),
                       [&](std::string_view driver) { return device.starts_with(driver); });
  };
  if (is_one_of({"net_af_packet", "net_af_xdp", "net_memif", "net_pcap", "net_ring", "net_tap"})) {
    return {};
  }
  const bool can_steer = !is_one_of({"net_null"});
  return {.rx = port.rx_queues ? *port.rx_queues : can_steer ? workers : 1, .tx = workers};
}

}  // namespace mcswitch::machine
