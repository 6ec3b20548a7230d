// SPDX-License-Identifier: BSD-3-Clause

#include "driver_table.hpp"

#include <fmt/format.h>

#include <iterator>

#include "af_packet/af_packet_port.hpp"
#include "pcap/pcap_port.hpp"
#include "ring/ring_port.hpp"

namespace mcswitch::drivers {
namespace {

template <typename P>
std::unique_ptr<dataplane::Port> make(const config::Port& settings) {
  return std::make_unique<P>(settings);
}

constexpr Driver kDrivers[] = {
    {"af_packet", "net_af_packet", "an interface of the kernel: net_af_packet0,iface=eth1",
     make<AfPacketPort>},
    {"pcap", "net_pcap", "capture files: net_pcap0,rx_pcap=in.pcap,tx_pcap=out.pcap", make<PcapPort>},
    {"ring", "net_ring", "a ring in memory, for tests: net_ring0", make<RingPort>},
};

}  // namespace

std::span<const Driver> driver_table() { return kDrivers; }

const Driver* find_driver(std::string_view device) {
  for (const Driver& driver : kDrivers) {
    if (device.starts_with(driver.device_prefix)) {
      return &driver;
    }
  }
  return nullptr;
}

std::string known_devices() {
  std::string text;
  for (const Driver& driver : kDrivers) {
    fmt::format_to(std::back_inserter(text), "{}{}", text.empty() ? "" : "; ", driver.help);
  }
  return text;
}

}  // namespace mcswitch::drivers
