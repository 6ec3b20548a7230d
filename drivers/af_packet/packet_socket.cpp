// SPDX-License-Identifier: BSD-3-Clause

#include "af_packet/packet_socket.hpp"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>

namespace mcswitch::drivers {
namespace {

// Files beyond that are not looked at: the process opens few before its ports.
constexpr rlim_t kFiles = 65536;
// An EtherType that is reserved for good (RFC 1701).
constexpr std::uint16_t kNobodysProtocol = 0xffff;

}  // namespace

bool PacketSocket::find(int interface_index) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  for (int file = 0; static_cast<rlim_t>(file) < std::min(limit.rlim_cur, kFiles); ++file) {
    sockaddr_ll address{};
    socklen_t size = sizeof address;
    if (getsockname(file, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
        address.sll_family == AF_PACKET && address.sll_ifindex == interface_index &&
        address.sll_protocol == htons(ETH_P_ALL)) {
      socket_ = file;
      return true;
    }
  }
  return false;
}

// Not to protocol 0, with which kernels differ: some keep the protocol that the socket had.
bool PacketSocket::bind_to_nothing() { return bind_as(0, kNobodysProtocol); }

bool PacketSocket::bind_to(int interface_index) {
  if (!bind_as(interface_index, htons(ETH_P_ALL))) {
    return false;
  }
  // That the interface before is gone: taken here, or the next send() would fail with it.
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size);
  return true;
}

bool PacketSocket::bind_as(int interface_index, std::uint16_t protocol) const {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = protocol;
  address.sll_ifindex = interface_index;
  return bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

// The kernel counts from the last time on.
std::uint64_t PacketSocket::drops() {
  tpacket_stats stats{};
  socklen_t size = sizeof stats;
  if (getsockopt(socket_, SOL_PACKET, PACKET_STATISTICS, &stats, &size) == 0) {
    drops_ += stats.tp_drops;
  }
  return drops_;
}

}  // namespace mcswitch::drivers
