// SPDX-License-Identifier: BSD-3-Clause

#include "af_packet/af_packet_port.hpp"

#include <fmt/format.h>
#include <linux/if_packet.h>

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

}  // namespace

dataplane::Port::Problem AfPacketPort::check() {
  if (std::string problem = interface_.find(settings().device, "net_af_packet0,iface=eth1");
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
  return std::nullopt;
}

dataplane::PortLimits AfPacketPort::limits() const {
  dataplane::PortLimits limits = EthdevPort::limits();
  // DPDK refuses a buffer that is smaller than a ring slot's data.
  limits.min_data_room = static_cast<std::uint32_t>(frame_size_);
  return limits;
}

}  // namespace mcswitch::drivers
