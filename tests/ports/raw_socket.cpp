// SPDX-License-Identifier: BSD-3-Clause

#include "ports/raw_socket.hpp"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace mcswitch::ports {
namespace {

constexpr int kReceiveBuffer = 64 * 1024 * 1024;
constexpr std::size_t kLongest = 65536;

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error{what + ": " + std::strerror(errno)};
}

// Puts the tag that the kernel keeps outside the frame back into it.
void put_tag_back(msghdr& message, Frame& frame) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA) {
      continue;
    }
    tpacket_auxdata data{};
    std::memcpy(&data, CMSG_DATA(c), sizeof(data));
    if ((data.tp_status & TP_STATUS_VLAN_VALID) != 0) {
      const std::uint8_t tag[] = {0x81, 0x00, static_cast<std::uint8_t>(data.tp_vlan_tci >> 8),
                                  static_cast<std::uint8_t>(data.tp_vlan_tci)};
      frame.insert(frame.begin() + 12, std::begin(tag), std::end(tag));
    }
  }
}

}  // namespace

RawSocket::RawSocket(const std::string& interface)
    : socket_{socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL))} {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(if_nametoindex(interface.c_str()));
  const int on = 1;
  if (socket_ < 0 || address.sll_ifindex == 0 ||
      bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 ||
      setsockopt(socket_, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on)) != 0 ||
      setsockopt(socket_, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) != 0 ||
      setsockopt(socket_, SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer, sizeof(kReceiveBuffer)) != 0) {
    fail("raw socket on " + interface);
  }
}

RawSocket::~RawSocket() { close(socket_); }

void RawSocket::send(const Frame& frame) const {
  while (::send(socket_, frame.data(), frame.size(), 0) < 0) {
    if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR) {
      fail("a frame of " + std::to_string(frame.size()) + " bytes cannot be sent");
    }
  }
}

std::vector<Frame> RawSocket::received() const {
  std::vector<Frame> frames;
  pollfd wait{.fd = socket_, .events = POLLIN, .revents = 0};
  while (poll(&wait, 1, 100) > 0) {
    Frame frame(kLongest);
    iovec piece{.iov_base = frame.data(), .iov_len = frame.size()};
    alignas(cmsghdr) std::array<char, 256> control{};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t size = recvmsg(socket_, &message, MSG_DONTWAIT);
    if (size <= 0) {
      break;
    }
    frame.resize(static_cast<std::size_t>(size));
    put_tag_back(message, frame);
    if (number_of(frame) != UINT32_MAX) {
      frames.push_back(std::move(frame));
    }
  }
  return frames;
}

void ip(const std::string& words) {
  std::FILE* pipe = popen(("ip " + words + " 2>&1").c_str(), "re");
  if (pipe == nullptr) {
    fail("ip");
  }
  std::string said;
  std::array<char, 256> line{};
  while (std::fgets(line.data(), line.size(), pipe) != nullptr) {
    said += line.data();
  }
  if (pclose(pipe) != 0) {
    throw std::runtime_error{"ip " + words + ": " + said};
  }
}

}  // namespace mcswitch::ports
