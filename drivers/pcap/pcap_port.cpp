// SPDX-License-Identifier: BSD-3-Clause

#include "pcap/pcap_port.hpp"

#include <fmt/format.h>
#include <net/if.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "config/device_string.hpp"

namespace mcswitch::drivers {

dataplane::Port::Problem PcapPort::check() {
  const auto in = config::device_argument(settings().device, "rx_pcap");
  const auto out = config::device_argument(settings().device, "tx_pcap");
  bool named = out.has_value();
  if (in) {
    named = true;
    if (access(in->c_str(), R_OK) != 0) {
      return fmt::format("its rx_pcap {} cannot be read: {}", *in, std::strerror(errno));
    }
  }
  for (const char* key : {"iface", "rx_iface", "rx_iface_in", "tx_iface"}) {
    if (const auto interface = config::device_argument(settings().device, key)) {
      named = true;
      if (if_nametoindex(interface->c_str()) == 0) {
        return fmt::format("there is no interface {}", *interface);
      }
    }
  }
  for (const char* key : {"rx_pcap", "tx_pcap", "rx_iface", "rx_iface_in", "tx_iface", "iface"}) {
    if (config::device_arguments(settings().device, key).size() > 1) {
      return fmt::format(
          "names {} more than once, each of which is a queue: a port of captures has one each way", key);
    }
  }
  if (!named) {
    return "names no file: net_pcap0,rx_pcap=in.pcap,tx_pcap=out.pcap would be right";
  }
  return std::nullopt;
}

}  // namespace mcswitch::drivers
