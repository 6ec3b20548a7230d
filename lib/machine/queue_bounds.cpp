// SPDX-License-Identifier: BSD-3-Clause

#include "machine/queue_bounds.hpp"

#include <algorithm>
#include <cctype>
#include <initializer_list>

namespace mcswitch::machine {

std::optional<std::string> pci_address(std::string_view device) {
  std::string address{device.substr(0, device.find(','))};
  const auto colons = std::count(address.begin(), address.end(), ':');
  if (address.find_first_not_of("0123456789abcdefABCDEF:.") != std::string::npos || colons < 1 ||
      colons > 2 || std::count(address.begin(), address.end(), '.') != 1) {
    return std::nullopt;
  }
  std::transform(address.begin(), address.end(), address.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return colons == 2 ? address : "0000:" + address;
}

std::optional<std::string> interface_of(std::string_view device) {
  constexpr std::string_view kArgument = ",iface=";
  const std::size_t found = device.find(kArgument);
  if (found == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view rest = device.substr(found + kArgument.size());
  return std::string{rest.substr(0, rest.find(','))};
}

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
