// SPDX-License-Identifier: BSD-3-Clause

#include "driver_table.hpp"

#include <fmt/format.h>
#include <linux/capability.h>

#include <iterator>

#include "af_packet/af_packet_port.hpp"
#include "af_xdp/af_xdp_port.hpp"
#include "bonding/bonding_port.hpp"
#include "common/ethdev_port.hpp"
#include "memif/memif_port.hpp"
#include "pcap/pcap_port.hpp"
#include "pci/pci_port.hpp"
#include "tap/tap_port.hpp"

namespace mcswitch::drivers {
namespace {

using dataplane::PortFamily;

template <typename P>
std::unique_ptr<dataplane::Port> make(const PortFamily& family, const config::Port& settings) {
  return std::make_unique<P>(family, settings);
}

constexpr std::uint64_t kNetAdmin = std::uint64_t{1} << CAP_NET_ADMIN;
constexpr std::uint64_t kNetRaw = std::uint64_t{1} << CAP_NET_RAW;

constexpr PortFamily kDrivers[] = {
    {.name = "pci",
     .device_prefix = "",
     .help = "a network card by its PCI address: 0000:03:00.0",
     .locks_memory = true,
     .make = make<PciPort>},
    // Several queues need the kernel's fanout group, which is left out (fanout_without_defrag.cpp).
    {.name = "af_packet",
     .device_prefix = "net_af_packet",
     .help = "an interface of the kernel: net_af_packet0,iface=eth1",
     .max_rx_queues = 1,
     .max_tx_queues = 1,
     .chains_buffers = true,
     .own_mtu = true,
     .keeps_sent = false,
     .locks_ring = true,
     .capabilities = kNetRaw | kNetAdmin,
     .make = make<AfPacketPort>},
    {.name = "af_xdp",
     .device_prefix = "net_af_xdp",
     .help = "an interface of the kernel, through XDP: net_af_xdp0,iface=eth1",
     .max_rx_queues = 1,
     .max_tx_queues = 1,
     .transmit_may_block = true,
     .own_mtu = true,
     .own_buffers = AfXdpPort::kOwnBuffers,
     .keeps_sent = false,
     .locks_memory = true,
     .capabilities = kNetRaw | kNetAdmin,
     .make = make<AfXdpPort>},
    // The kernel chooses the queue of what it sends, so IGMP and MLD could not be steered to one of several.
    {.name = "tap",
     .device_prefix = "net_tap",
     .help = "an interface that the switch makes: net_tap0,iface=sw0",
     .max_rx_queues = 1,
     .max_tx_queues = 1,
     .keeps_sent = false,
     .capabilities = kNetAdmin,
     .make = make<TapPort>},
    // The other side may have fewer rings than we, and what went into the others would never come out.
    {.name = "memif",
     .device_prefix = "net_memif",
     .help = "memory shared with another process: net_memif0,role=client,id=0",
     .max_rx_queues = 1,
     .max_tx_queues = 1,
     .chains_buffers = true,
     .own_mtu = true,
     .make = make<MemifPort>},
    // DPDK tells how many queues the members have, but not which numbers each of them takes; one they all
    // take.
    {.name = "bonding",
     .device_prefix = "net_bonding",
     .help = "several devices as one: net_bonding0,mode=1,slave=0000:03:00.0,slave=0000:03:00.1",
     .max_rx_queues = 1,
     .max_tx_queues = 1,
     .make = make<BondingPort>},
    // Chained buffers pass, although the device of 22.11 does not announce it.
    {.name = "pcap",
     .device_prefix = "net_pcap",
     .help = "capture files: net_pcap0,rx_pcap=in.pcap,tx_pcap=out.pcap",
     .max_rx_queues = 1,
     .max_tx_queues = 1,
     .chains_buffers = true,
     .keeps_sent = false,
     .make = make<PcapPort>},
    // Buffers travel through it as they are. Of its 16 pairs of queues one is used: what went into another
    // one would never come out.
    {.name = "ring",
     .device_prefix = "net_ring",
     .help = "a ring in memory, for tests: net_ring0",
     .max_rx_queues = 1,
     .max_tx_queues = 1,
     .chains_buffers = true,
     .make = make<EthdevPort>},
    // It cannot steer IGMP to one of several receive queues.
    {.name = "null",
     .device_prefix = "net_null",
     .help = "a sink, for benchmarks: net_null0,no-rx=1",
     .max_rx_queues = 1,
     .chains_buffers = true,
     .keeps_sent = false,
     .make = make<EthdevPort>},
    // A virtual device without a promiscuous mode has nothing that would filter.
    {.name = "other",
     .device_prefix = "net_",
     .help = "any other virtual device of DPDK: net_...",
     .hears_everything = true,
     .make = make<EthdevPort>},
};

}  // namespace

dataplane::PortFamilies driver_table() { return dataplane::PortFamilies{kDrivers}; }

const PortFamily* find_driver(std::string_view device) { return driver_table().find(device); }

std::string known_devices() {
  std::string text;
  for (const PortFamily& family : kDrivers) {
    fmt::format_to(std::back_inserter(text), "{}{}", text.empty() ? "" : "; ", family.help);
  }
  return text;
}

}  // namespace mcswitch::drivers
