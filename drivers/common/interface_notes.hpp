// SPDX-License-Identifier: BSD-3-Clause
//
// How an interface was before it became a port, in a file of the switch's runtime directory. A run that is
// killed cannot put it back; the next one of the same name that has the interface as a port finds it there,
// and puts it back at its own end. The MAC address is not in it.
//
// Threads: one at a time for each interface.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/rtnetlink.hpp"

namespace mcswitch::drivers {

struct InterfaceNotes {
  bool ipv6_was_on = false;
  bool promiscuous_was_off = false;
  bool gro_was_on = false;
  std::uint32_t flags_off = 0;       // ETH_FLAG_... that were switched off
  std::uint32_t master = 0;          // what it was a part of; 0: nothing
  std::vector<NetlinkMessage> ipv6;  // addresses, then routes

  // Of an earlier run of this user; as made if there are none, or if they are about another interface of that
  // name. Messages are addresses of the interface and routes over it: nothing else is believed.
  // `directory` empty: there are none.
  static InterfaceNotes read(const std::string& directory, const std::string& interface, int index);
  // What cannot be written is not there for the next run, and changes nothing for this one.
  void write(const std::string& directory, const std::string& interface, int index) const;
  static void remove(const std::string& directory, const std::string& interface);
};

}  // namespace mcswitch::drivers
