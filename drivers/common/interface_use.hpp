// SPDX-License-Identifier: BSD-3-Clause
//
// What a machine uses an interface for: as a host (addresses, default routes), or as a part of another
// interface (a bridge, a bond). A port of a switch is neither, so an operator has to say that it may be
// taken; then what the kernel forgets meanwhile is put back at the end.
//
// Threads: one at a time for each object.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/rtnetlink.hpp"

namespace mcswitch::drivers {

class InterfaceUse {
 public:
  InterfaceUse() = default;
  // As it is now. Changes nothing.
  explicit InterfaceUse(int index);

  // "is a port of bridge br0", "has the address 192.0.2.5 and a default route"; empty: for nothing.
  [[nodiscard]] std::string words() const;

  // Takes it out of the interface that it is a part of. False: the kernel did not take that.
  [[nodiscard]] bool release() const;
  // What a run that was killed has noted, where there is nothing of the kind now.
  void add(std::uint32_t master, const std::vector<NetlinkMessage>& ipv6);
  [[nodiscard]] std::uint32_t master() const { return master_; }
  [[nodiscard]] const std::vector<NetlinkMessage>& ipv6() const { return ipv6_; }
  // Makes it again what it was: addresses and routes of IPv6, which go when IPv6 is switched off, and the
  // interface that it was a part of.
  void put_back() const;

 private:
  void read_addresses(Rtnetlink& kernel);
  void read_routes(Rtnetlink& kernel);
  void read_master(Rtnetlink& kernel);

  int index_ = 0;
  std::vector<std::string> addresses_;  // global ones, in words
  bool has_default_route_ = false;
  std::uint32_t master_ = 0;          // 0: none
  std::string master_words_;          // "bridge br0"
  std::vector<NetlinkMessage> ipv6_;  // addresses, then routes
};

}  // namespace mcswitch::drivers
