// SPDX-License-Identifier: BSD-3-Clause

#include "af_packet/af_packet_port.hpp"

#include <fmt/format.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <rte_ether.h>
#include <rte_mbuf.h>

#include <array>

#include "config/device_string.hpp"

namespace mcswitch::drivers {
namespace {

// Defaults of DPDK's device (drivers/net/af_packet of 22.11).
constexpr unsigned long kDefaultFrameSize = 2048;
// What a ring slot of TPACKET_V2 holds besides the frame, received or sent, at most: the header, the address,
// and the alignment of the network header to 16 bytes.
constexpr unsigned long kSlotOverhead = TPACKET2_HDRLEN + 16;
// Ethernet header and one VLAN tag.
constexpr unsigned long kLinkHeader = 14 + 4;
// Stands for an interface that is missing.
constexpr const char* kPlaceholder = "lo";

// Locally administered (IEEE 802 section 8.4).
MacAddress random_mac() {
  rte_ether_addr address{};
  rte_eth_random_addr(address.addr_bytes);
  return MacAddress::from_bytes(address.addr_bytes);
}

}  // namespace

dataplane::Port::Problem AfPacketPort::check() {
  if (std::string problem = interface_.read_name(settings().device, "net_af_packet0,iface=eth1");
      !problem.empty()) {
    return problem;
  }
  // Several queues need the kernel's fanout group, which is left out (fanout_without_defrag.cpp): each socket
  // would hear every frame.
  if (config::device_number(settings().device, "qpairs").value_or(1) != 1) {
    return "qpairs= is more than it can do: an AF_PACKET port has one queue each way, so leave it out "
           "(frames would arrive once per queue)";
  }
  frame_size_ = config::device_number(settings().device, "framesz").value_or(kDefaultFrameSize);
  const unsigned long need = settings().mtu + kLinkHeader + kSlotOverhead;
  if (frame_size_ < need) {
    // Rings are made of blocks of whole pages.
    unsigned long size = kDefaultFrameSize;
    while (size < need) {
      size *= 2;
    }
    return fmt::format(
        "an MTU of {} does not fit its ring slots: the limit with framesz={} is {}; "
        "add framesz={},blocksz={}",
        settings().mtu, frame_size_,
        frame_size_ < kLinkHeader + kSlotOverhead ? 0 : frame_size_ - kLinkHeader - kSlotOverhead, size,
        size < 65536 ? 65536 : size);
  }
  if (!settings().take_over) {
    if (std::string problem = interface_.use_problem(); !problem.empty()) {
      return problem;
    }
  }
  return std::nullopt;
}

std::optional<dataplane::PortNews> AfPacketPort::remark() const {
  if (interface_.index() != 0) {
    return std::nullopt;
  }
  return dataplane::PortNews{
      .is_warning = true,
      .text =
          fmt::format("there is no interface {} yet (ip link shows those that are there): the port has no "
                      "link until there is one",
                      interface_.name())};
}

dataplane::PortLimits AfPacketPort::limits() const {
  dataplane::PortLimits limits = EthdevPort::limits();
  // DPDK refuses a buffer that is smaller than a ring slot's data.
  limits.min_data_room = static_cast<std::uint32_t>(frame_size_);
  return limits;
}

// The loopback interface is there on every machine. Two ports may be opened on it, as neither is bound to it
// for longer than opened() takes to find its socket.
std::string AfPacketPort::probe_string() const {
  std::string device = settings().device;
  if (was_missing_) {
    const std::string argument = "iface=" + interface_.name();
    device.replace(device.find(argument), argument.size(), std::string{"iface="} + kPlaceholder);
  }
  return device;
}

dataplane::Port::Problem AfPacketPort::open() {
  was_missing_ = interface_.index() == 0;
  return KernelPort::open();
}

dataplane::Port::Problem AfPacketPort::opened() {
  mac_ = was_missing_ ? random_mac() : EthdevPort::mac();
  const std::string bound = was_missing_ ? kPlaceholder : interface_.name();
  if (!socket_.find(static_cast<int>(if_nametoindex(bound.c_str())))) {
    return "DPDK has opened it, but no packet socket is bound to " + bound;
  }
  if (was_missing_ && !socket_.bind_to_nothing()) {
    return "its packet socket cannot be taken off " + bound;
  }
  return std::nullopt;
}

dataplane::Port::Problem AfPacketPort::start(const dataplane::StartRequest& request) {
  const bool was_promiscuous = !was_missing_ || KernelInterface::is_promiscuous(kPlaceholder);
  if (auto problem = KernelPort::start(request)) {
    return problem;
  }
  if (!was_promiscuous) {
    // DPDK has made it promiscuous in the port's place.
    KernelInterface::set_promiscuous(kPlaceholder, false);
  }
  if (was_missing_) {
    // What it received there is none of the port's.
    std::array<rte_mbuf*, 32> strangers{};
    std::uint16_t count = 0;
    while ((count = rte_eth_rx_burst(ethdev(), 0, strangers.data(), strangers.size())) != 0) {
      rte_pktmbuf_free_bulk(strangers.data(), count);
    }
  }
  return std::nullopt;
}

bool AfPacketPort::take_interface(int index) {
  interface_.set_address(mac_);
  return socket_.bind_to(index);
}

void AfPacketPort::add_losses(DeviceLosses& losses) {
  KernelPort::add_losses(losses);
  losses[static_cast<std::size_t>(DeviceLoss::rx_missed)] += socket_.drops();
}

}  // namespace mcswitch::drivers
