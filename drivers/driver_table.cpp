// SPDX-License-Identifier: BSD-3-Clause

#include "driver_table.hpp"

#include <fmt/format.h>

#include <iterator>

#include "af_packet/af_packet_port.hpp"
#include "af_xdp/af_xdp_port.hpp"
#include "bonding/bonding_port.hpp"
#include "config/device_string.hpp"
#include "memif/memif_port.hpp"
#include "null/null_port.hpp"
#include "other/other_port.hpp"
#include "pcap/pcap_port.hpp"
#include "pci/pci_port.hpp"
#include "ring/ring_port.hpp"
#include "tap/tap_port.hpp"

namespace mcswitch::drivers {
namespace {

template <typename P>
std::unique_ptr<dataplane::Port> make(const config::Port& settings) {
  return std::make_unique<P>(settings);
}

constexpr Driver kDrivers[] = {
    {"pci", "", "a network card by its PCI address: 0000:03:00.0", make<PciPort>},
    {"af_packet", "net_af_packet", "an interface of the kernel: net_af_packet0,iface=eth1",
     make<AfPacketPort>},
    {"af_xdp", "net_af_xdp", "an interface of the kernel, through XDP: net_af_xdp0,iface=eth1",
     make<AfXdpPort>},
    {"tap", "net_tap", "an interface that the switch makes: net_tap0,iface=sw0", make<TapPort>},
    {"memif", "net_memif", "memory shared with another process: net_memif0,role=client,id=0",
     make<MemifPort>},
    {"bonding", "net_bonding",
     "several devices as one: net_bonding0,mode=1,slave=0000:03:00.0,slave=0000:03:00.1", make<BondingPort>},
    {"pcap", "net_pcap", "capture files: net_pcap0,rx_pcap=in.pcap,tx_pcap=out.pcap", make<PcapPort>},
    {"ring", "net_ring", "a ring in memory, for tests: net_ring0", make<RingPort>},
    {"null", "net_null", "a sink, for benchmarks: net_null0,no-rx=1", make<NullPort>},
    {"other", "net_", "any other virtual device of DPDK: net_...", make<OtherPort>},
};

}  // namespace

std::span<const Driver> driver_table() { return kDrivers; }

const Driver* find_driver(std::string_view device) {
  for (const Driver& driver : kDrivers) {
    if (driver.device_prefix.empty() ? config::device_pci_address(device).has_value()
                                     : device.starts_with(driver.device_prefix)) {
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
