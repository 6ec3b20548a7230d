// SPDX-License-Identifier: BSD-3-Clause

#include "common/link_monitor.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace mcswitch::drivers {

LinkMonitor::~LinkMonitor() {
  if (thread_.joinable()) {
    thread_.request_stop();
    thread_.join();
  }
  if (socket_ >= 0) {
    close(socket_);
  }
}

std::string LinkMonitor::open(const std::string& interface) {
  index_ = static_cast<int>(if_nametoindex(interface.c_str()));
  socket_ = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (socket_ < 0) {
    return std::string{"no rtnetlink socket: "} + std::strerror(errno);
  }
  // The kernel answers within send(); a lost answer must not stop the thread from ending.
  const timeval timeout{.tv_sec = 1, .tv_usec = 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
  if (!ask(seen_)) {
    return "the kernel does not tell its link state: " + std::string{std::strerror(errno)};
  }
  latest_.store(packed(seen_), std::memory_order_relaxed);
  thread_ = std::jthread{[this](const std::stop_token& stop) { watch(stop); }};
  return {};
}

void LinkMonitor::watch(const std::stop_token& stop) {
  Answer answer = seen_;
  while (!stop.stop_requested()) {
    if (!ask(answer)) {
      answer.up = false;
    }
    latest_.store(packed(answer), std::memory_order_relaxed);
    std::this_thread::sleep_for(kPeriod);
  }
}

bool LinkMonitor::poll() {
  const std::uint64_t latest = latest_.load(std::memory_order_relaxed);
  const Answer now{.up = (latest & 1U) != 0, .losses = static_cast<std::uint32_t>(latest >> 1)};
  const bool lost_meanwhile = seen_.up && now.up && now.losses != seen_.losses;
  seen_ = now;
  if (lost_meanwhile) {
    seen_.up = false;
  }
  return seen_.up;
}

bool LinkMonitor::ask(Answer& answer) const {
  struct {
    nlmsghdr header{};
    ifinfomsg info{};
  } request;
  request.header.nlmsg_len = sizeof(request);
  request.header.nlmsg_type = RTM_GETLINK;
  request.header.nlmsg_flags = NLM_F_REQUEST;
  request.info.ifi_family = AF_UNSPEC;
  request.info.ifi_index = index_;
  if (::send(socket_, &request, sizeof(request), 0) < 0) {
    return false;
  }
  // What is there of an interface: addresses, statistics, and on some drivers functions and their statistics.
  alignas(nlmsghdr) std::array<char, 32768> buffer{};
  const ssize_t received = recv(socket_, buffer.data(), buffer.size(), 0);
  if (received < static_cast<ssize_t>(sizeof(nlmsghdr) + sizeof(ifinfomsg))) {
    return false;
  }
  const auto size = static_cast<std::size_t>(received);
  nlmsghdr header{};
  std::memcpy(&header, buffer.data(), sizeof(header));
  if (header.nlmsg_type != RTM_NEWLINK) {
    return false;
  }
  ifinfomsg info{};
  std::memcpy(&info, buffer.data() + NLMSG_HDRLEN, sizeof(info));
  bool carrier = false;
  std::size_t at = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(info));
  while (at + sizeof(rtattr) <= size) {
    rtattr attribute{};
    std::memcpy(&attribute, buffer.data() + at, sizeof(attribute));
    if (attribute.rta_len < sizeof(attribute) || at + attribute.rta_len > size) {
      break;
    }
    const char* const value = buffer.data() + at + RTA_LENGTH(0);
    if (attribute.rta_type == IFLA_CARRIER && attribute.rta_len >= RTA_LENGTH(1)) {
      carrier = *value != 0;
    } else if (attribute.rta_type == IFLA_CARRIER_DOWN_COUNT &&
               attribute.rta_len >= RTA_LENGTH(sizeof(answer.losses))) {
      std::memcpy(&answer.losses, value, sizeof(answer.losses));
    }
    at += RTA_ALIGN(attribute.rta_len);
  }
  answer.up = carrier && (info.ifi_flags & IFF_UP) != 0;
  return true;
}

}  // namespace mcswitch::drivers
