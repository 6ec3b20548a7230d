// SPDX-License-Identifier: BSD-3-Clause

#include "common/rtnetlink.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace mcswitch::drivers {
namespace {

constexpr std::size_t kLargestAnswer = 32768;

}  // namespace

std::optional<std::span<const char>> NetlinkMessage::attribute(std::size_t body_size,
                                                               std::uint16_t type) const {
  std::size_t at = NLMSG_HDRLEN + NLMSG_ALIGN(body_size);
  while (at + sizeof(rtattr) <= bytes_.size()) {
    rtattr attribute{};
    std::memcpy(&attribute, bytes_.data() + at, sizeof(attribute));
    if (attribute.rta_len < sizeof(attribute) || at + attribute.rta_len > bytes_.size()) {
      break;
    }
    if (attribute.rta_type == type) {
      return std::span{bytes_}.subspan(at + RTA_LENGTH(0), attribute.rta_len - RTA_LENGTH(0));
    }
    at += RTA_ALIGN(attribute.rta_len);
  }
  return std::nullopt;
}

std::optional<std::uint32_t> NetlinkMessage::number(std::size_t body_size, std::uint16_t type) const {
  const auto value = attribute(body_size, type);
  std::uint32_t number = 0;
  if (!value || value->size() < sizeof(number)) {
    return std::nullopt;
  }
  std::memcpy(&number, value->data(), sizeof(number));
  return number;
}

Rtnetlink::Rtnetlink() : socket_{socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)} {
  // The kernel answers within send(); a lost answer must not stop the program.
  const timeval timeout{.tv_sec = 1, .tv_usec = 0};
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
}

Rtnetlink::~Rtnetlink() {
  if (socket_ >= 0) {
    close(socket_);
  }
}

bool Rtnetlink::send(const void* request, std::size_t size) const {
  return ::send(socket_, request, size, 0) == static_cast<ssize_t>(size);
}

template <typename Take>
bool Rtnetlink::receive(Take&& take) {
  alignas(nlmsghdr) std::array<char, kLargestAnswer> buffer{};
  while (true) {
    const ssize_t received = recv(socket_, buffer.data(), buffer.size(), 0);
    if (received < 0) {
      return false;
    }
    std::size_t left = static_cast<std::size_t>(received);
    for (std::size_t at = 0; left >= sizeof(nlmsghdr);) {
      nlmsghdr header{};
      std::memcpy(&header, buffer.data() + at, sizeof(header));
      if (header.nlmsg_len < sizeof(header) || header.nlmsg_len > left) {
        return false;
      }
      if (!take(header, std::span<const char>{buffer.data() + at, header.nlmsg_len})) {
        return true;
      }
      const std::size_t step = std::min<std::size_t>(NLMSG_ALIGN(header.nlmsg_len), left);
      at += step;
      left -= step;
    }
  }
}

std::vector<NetlinkMessage> Rtnetlink::dump(std::uint16_t request, std::uint8_t family) {
  struct {
    nlmsghdr header{};
    // Begins with the family, as the bodies of all kinds do; the rest is 0: everything.
    rtmsg body{};
  } message;
  message.header.nlmsg_len = sizeof(message);
  message.header.nlmsg_type = request;
  message.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  message.body.rtm_family = family;
  std::vector<NetlinkMessage> all;
  if (send(&message, sizeof(message))) {
    receive([&](const nlmsghdr& header, std::span<const char> bytes) {
      if (header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR) {
        return false;
      }
      all.emplace_back(bytes);
      return true;
    });
  }
  return all;
}

std::optional<NetlinkMessage> Rtnetlink::link(int index) {
  struct {
    nlmsghdr header{};
    ifinfomsg body{};
  } message;
  message.header.nlmsg_len = sizeof(message);
  message.header.nlmsg_type = RTM_GETLINK;
  message.header.nlmsg_flags = NLM_F_REQUEST;
  message.body.ifi_family = AF_UNSPEC;
  message.body.ifi_index = index;
  std::optional<NetlinkMessage> answer;
  if (send(&message, sizeof(message))) {
    receive([&](const nlmsghdr& header, std::span<const char> bytes) {
      if (header.nlmsg_type == RTM_NEWLINK) {
        answer.emplace(bytes);
      }
      return false;
    });
  }
  return answer;
}

bool Rtnetlink::is_acknowledged() {
  bool ok = false;
  const bool answered = receive([&](const nlmsghdr& header, std::span<const char> bytes) {
    if (header.nlmsg_type == NLMSG_ERROR && bytes.size() >= NLMSG_HDRLEN + sizeof(nlmsgerr)) {
      nlmsgerr error{};
      std::memcpy(&error, bytes.data() + NLMSG_HDRLEN, sizeof(error));
      ok = error.error == 0;
    }
    return false;
  });
  return answered && ok;
}

bool Rtnetlink::make_again(const NetlinkMessage& message) {
  std::vector<char> request{message.bytes().begin(), message.bytes().end()};
  nlmsghdr header{};
  std::memcpy(&header, request.data(), sizeof(header));
  header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE;
  header.nlmsg_seq = 0;
  header.nlmsg_pid = 0;
  std::memcpy(request.data(), &header, sizeof(header));
  return send(request.data(), request.size()) && is_acknowledged();
}

bool Rtnetlink::set_master(int index, std::uint32_t master) {
  struct {
    nlmsghdr header{};
    ifinfomsg body{};
    rtattr attribute{};
    std::uint32_t master = 0;
  } message;
  message.header.nlmsg_len = sizeof(message);
  message.header.nlmsg_type = RTM_SETLINK;
  message.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  message.body.ifi_family = AF_UNSPEC;
  message.body.ifi_index = index;
  message.attribute = {.rta_len = RTA_LENGTH(sizeof(std::uint32_t)), .rta_type = IFLA_MASTER};
  message.master = master;
  return send(&message, sizeof(message)) && is_acknowledged();
}

}  // namespace mcswitch::drivers
