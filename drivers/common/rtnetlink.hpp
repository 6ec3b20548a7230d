// SPDX-License-Identifier: BSD-3-Clause
//
// rtnetlink(7), as much as ports need: what the kernel has of addresses, routes and interfaces, and its own
// messages given back to it.
//
// Threads: one at a time for each object.

#pragma once

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mcswitch::drivers {

// A message of the kernel, header included.
class NetlinkMessage {
 public:
  explicit NetlinkMessage(std::span<const char> bytes) : bytes_{bytes.begin(), bytes.end()} {}

  // The part behind the header that all messages of a type begin with: ifaddrmsg, rtmsg, ifinfomsg.
  template <typename Body>
  [[nodiscard]] Body body() const {
    Body body{};
    if (bytes_.size() >= NLMSG_HDRLEN + sizeof(Body)) {
      std::memcpy(&body, bytes_.data() + NLMSG_HDRLEN, sizeof(Body));
    }
    return body;
  }
  // The value of an attribute behind a body of this size; nothing if there is none.
  [[nodiscard]] std::optional<std::span<const char>> attribute(std::size_t body_size,
                                                               std::uint16_t type) const;
  // Likewise, a 32-bit number.
  [[nodiscard]] std::optional<std::uint32_t> number(std::size_t body_size, std::uint16_t type) const;

  [[nodiscard]] std::span<const char> bytes() const { return bytes_; }

 private:
  std::vector<char> bytes_;
};

class Rtnetlink {
 public:
  Rtnetlink();
  ~Rtnetlink();
  Rtnetlink(const Rtnetlink&) = delete;
  Rtnetlink& operator=(const Rtnetlink&) = delete;

  // All objects of a kind: RTM_GETADDR, RTM_GETROUTE; `family` is AF_INET or AF_INET6. What the kernel does
  // not tell is missing.
  std::vector<NetlinkMessage> dump(std::uint16_t request, std::uint8_t family);
  // One interface.
  std::optional<NetlinkMessage> link(int index);
  // Makes again what a message of a dump says was there. False: the kernel did not take it.
  bool make_again(const NetlinkMessage& message);
  // Takes the interface out of its master (0), or puts it into one.
  bool set_master(int index, std::uint32_t master);

 private:
  bool send(const void* request, std::size_t size) const;
  // Calls take(message) for each message of the answer until it ends, or until take() returns false.
  template <typename Take>
  bool receive(Take&& take);
  bool is_acknowledged();

  int socket_;
};

}  // namespace mcswitch::drivers
