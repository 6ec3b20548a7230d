// SPDX-License-Identifier: BSD-3-Clause
//
// A network interface of the kernel that becomes a port: what AF_PACKET and AF_XDP need of it alike.
//
// Threads: one at a time.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/net_types.hpp"
#include "common/interface_use.hpp"

namespace mcswitch::drivers {

class KernelInterface {
 public:
  KernelInterface() = default;
  ~KernelInterface() { put_back(); }
  KernelInterface(const KernelInterface&) = delete;
  KernelInterface& operator=(const KernelInterface&) = delete;

  // Takes the name from iface= of a device string. Empty if that can be the name of an interface, else what
  // is wrong; `example` is a device string that would be right.
  std::string read_name(std::string_view device, std::string_view example);
  // The same, and the interface has to be there. Changes nothing on the machine.
  std::string find(std::string_view device, std::string_view example);
  static bool is_promiscuous(const std::string& interface);
  static void set_promiscuous(const std::string& interface, bool on);

  // 0: there is none of this name.
  [[nodiscard]] int index() const;
  // Why it must not become a port without a word of the operator's; empty if it may.
  [[nodiscard]] std::string use_problem() const;
  [[nodiscard]] const std::string& name() const { return name_; }

  // Queues that the interface spreads received frames over, as it is set now; 1 if it does not say.
  [[nodiscard]] unsigned receive_queues() const;
  // "veth", "e1000e"; empty if it does not say.
  [[nodiscard]] std::string driver() const;

  // Sets it up and promiscuous, raises its MTU to `mtu` if it is smaller, switches off that it merges frames
  // (GRO, LRO), and switches IPv6 of the interface itself off: it is a port, not a host, and its own
  // neighbour discovery and MLD reports would look like those of a station behind it. What else the machine
  // used it for is noted before, and it is taken out of an interface that it is a part of. How it was is also
  // in a file of the runtime directory, for the case that this run is killed; what such a run has left counts
  // as changed by this one. Empty on success.
  std::string prepare(int mtu);
  // Keeps VLAN tags in the frames that it receives and sends, for devices that see the frame alone. Does
  // nothing where the interface cannot do otherwise.
  void keep_tags_in_frames();
  // The address of the interface itself. An interface that does not take it keeps its own.
  void set_address(MacAddress address);
  // Restores what the others changed, except the MTU and that it is up.
  void put_back();
  // The interface is gone: there is nothing to restore.
  void forget();

 private:
  std::string switch_ipv6_off(bool was_on);
  void write_notes();
  void remove_notes();
  // ETH_FLAG_...
  void switch_flags_off(std::uint32_t flags);
  void keep_frames_apart();

  std::string name_;
  InterfaceUse use_;                   // before prepare()
  std::optional<MacAddress> address_;  // before set_address()
  std::optional<char> ipv6_was_disabled_;
  bool promiscuous_was_off_ = false;
  std::uint32_t flags_off_ = 0;  // ETH_FLAG_... that were switched off
  bool gro_was_on_ = false;
  bool has_notes_ = false;
};

}  // namespace mcswitch::drivers
