// SPDX-License-Identifier: BSD-3-Clause

#include "af_packet/af_packet_port.hpp"

#include <fmt/format.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "common/device_string.hpp"

namespace mcswitch::drivers {
namespace {

// Defaults of DPDK's device (drivers/net/af_packet of 22.11).
constexpr unsigned long kDefaultFrameSize = 2048;
// What a ring slot of TPACKET_V2 holds beside the frame, received or sent, at the most: the header, the
// address, and the alignment of the network header to 16 octets.
constexpr unsigned long kSlotOverhead = TPACKET2_HDRLEN + 16;
// Ethernet header and one VLAN tag.
constexpr unsigned long kLinkHeader = 14 + 4;

class ControlSocket {
 public:
  ControlSocket() : socket_{socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)} {}
  ~ControlSocket() {
    if (socket_ >= 0) {
      close(socket_);
    }
  }
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;
  bool call(unsigned long what, ifreq& request) const { return ioctl(socket_, what, &request) == 0; }

 private:
  int socket_;
};

std::string disable_ipv6_path(const std::string& interface) {
  return fmt::format("/proc/sys/net/ipv6/conf/{}/disable_ipv6", interface);
}

}  // namespace

dataplane::Port::Problem AfPacketPort::check() {
  const auto interface = device_argument(settings().device, "iface");
  if (!interface || interface->empty()) {
    return "has no iface=: net_af_packet0,iface=eth1 would be right";
  }
  interface_ = *interface;
  if (if_nametoindex(interface_.c_str()) == 0) {
    return fmt::format("there is no interface {} (ip link shows those that are there)", interface_);
  }
  frame_size_ = device_number(settings().device, "framesz").value_or(kDefaultFrameSize);
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
        settings().mtu, frame_size_, frame_size_ - kLinkHeader - kSlotOverhead, size,
        size < 65536 ? 65536 : size);
  }
  return std::nullopt;
}

dataplane::Port::Problem AfPacketPort::prepare_interface() {
  const ControlSocket control;
  ifreq request{};
  interface_.copy(request.ifr_name, IFNAMSIZ - 1);
  if (!control.call(SIOCGIFMTU, request)) {
    return fmt::format("the MTU of {} cannot be read: {}", interface_, std::strerror(errno));
  }
  if (request.ifr_mtu < settings().mtu) {
    const int limit = request.ifr_mtu;
    request.ifr_mtu = settings().mtu;
    if (!control.call(SIOCSIFMTU, request)) {
      return fmt::format("{} has an MTU of {} and does not take {}: {}", interface_, limit, settings().mtu,
                         std::strerror(errno));
    }
  }
  if (!control.call(SIOCGIFFLAGS, request)) {
    return fmt::format("the state of {} cannot be read: {}", interface_, std::strerror(errno));
  }
  if ((request.ifr_flags & IFF_UP) == 0) {
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
    if (!control.call(SIOCSIFFLAGS, request)) {
      return fmt::format("{} is down and cannot be set up: {}", interface_, std::strerror(errno));
    }
  }
  // The interface is a port of the switch, not a host: its own neighbour discovery and MLD reports
  // would look like those of a station behind it.
  const std::string path = disable_ipv6_path(interface_);
  std::ifstream in{path};
  char was = '1';
  if (in >> was && was == '0') {
    std::ofstream out{path};
    out << "1\n";
    out.flush();
    if (!out) {
      return fmt::format(
          "IPv6 of {} cannot be switched off ({} is not writable): switch it off with "
          "sysctl net.ipv6.conf.{}.disable_ipv6=1",
          interface_, path, interface_);
    }
    ipv6_was_disabled_ = was;
  }
  return std::nullopt;
}

dataplane::PortLimits AfPacketPort::limits() const {
  // DPDK refuses a buffer that is smaller than a ring slot's data.
  return {.min_data_room = static_cast<std::uint32_t>(frame_size_),
          .multi_segment_transmit = true,
          .transmit_may_block = true};
}

dataplane::Port::Problem AfPacketPort::open() {
  if (auto problem = prepare_interface()) {
    return problem;
  }
  if (auto problem = EthdevPort::open()) {
    return problem;
  }
  if (const std::string problem = monitor_.open(interface_); !problem.empty()) {
    return problem;
  }
  return std::nullopt;
}

void AfPacketPort::stop() {
  EthdevPort::stop();
  if (ipv6_was_disabled_) {
    std::ofstream{disable_ipv6_path(interface_)} << *ipv6_was_disabled_ << '\n';
    ipv6_was_disabled_.reset();
  }
}

}  // namespace mcswitch::drivers
