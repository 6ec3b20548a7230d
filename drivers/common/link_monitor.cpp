// SPDX-License-Identifier: BSD-3-Clause

#include "common/link_monitor.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace mcswitch::drivers {
namespace {

bool is_running(unsigned flags) { return (flags & IFF_UP) != 0 && (flags & IFF_RUNNING) != 0; }

}  // namespace

LinkMonitor::~LinkMonitor() {
  if (socket_ >= 0) {
    close(socket_);
  }
}

std::string LinkMonitor::open(const std::string& interface) {
  interface_ = interface;
  index_ = static_cast<int>(if_nametoindex(interface.c_str()));
  socket_ = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (socket_ < 0) {
    return std::string{"no rtnetlink socket: "} + std::strerror(errno);
  }
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK;
  sockaddr general{};
  static_assert(sizeof(address) <= sizeof(general));
  std::memcpy(&general, &address, sizeof(address));
  if (bind(socket_, &general, sizeof(address)) != 0) {
    return std::string{"rtnetlink does not tell link changes: "} + std::strerror(errno);
  }
  // After subscribing, so that no change is missed in between.
  up_ = ask_kernel();
  return {};
}

bool LinkMonitor::ask_kernel() const {
  const int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (s < 0) {
    return false;
  }
  ifreq request{};
  interface_.copy(request.ifr_name, IFNAMSIZ - 1);
  const bool ok = ioctl(s, SIOCGIFFLAGS, &request) == 0;
  close(s);
  return ok && is_running(static_cast<unsigned short>(request.ifr_flags));
}

bool LinkMonitor::poll() {
  alignas(nlmsghdr) std::array<char, 8192> buffer;
  while (true) {
    const ssize_t size = recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size < 0) {
      if (errno == ENOBUFS) {
        // Messages were lost: ask.
        up_ = ask_kernel();
        continue;
      }
      return up_;
    }
    std::size_t at = 0;
    while (at + sizeof(nlmsghdr) <= static_cast<std::size_t>(size)) {
      nlmsghdr header{};
      std::memcpy(&header, buffer.data() + at, sizeof(header));
      if (header.nlmsg_len < sizeof(header) || at + header.nlmsg_len > static_cast<std::size_t>(size)) {
        break;
      }
      if ((header.nlmsg_type == RTM_NEWLINK || header.nlmsg_type == RTM_DELLINK) &&
          header.nlmsg_len >= NLMSG_HDRLEN + sizeof(ifinfomsg)) {
        ifinfomsg info{};
        std::memcpy(&info, buffer.data() + at + NLMSG_HDRLEN, sizeof(info));
        if (info.ifi_index == index_) {
          up_ = header.nlmsg_type == RTM_NEWLINK && is_running(info.ifi_flags);
        }
      }
      at += NLMSG_ALIGN(header.nlmsg_len);
    }
  }
}

}  // namespace mcswitch::drivers
