// SPDX-License-Identifier: BSD-3-Clause
//
// A network interface of the kernel that becomes a port: what AF_PACKET and AF_XDP need of it alike.
//
// Threads: main only.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mcswitch::drivers {

class KernelInterface {
 public:
  KernelInterface() = default;
  ~KernelInterface() { put_back(); }
  KernelInterface(const KernelInterface&) = delete;
  KernelInterface& operator=(const KernelInterface&) = delete;

  // Takes the name from iface= of a device string. Empty if the interface is there, else what is wrong;
  // `example` is a device string that would be right. Changes nothing on the machine.
  std::string find(std::string_view device, std::string_view example);
  [[nodiscard]] const std::string& name() const { return name_; }

  // Queues that the interface spreads received frames over, as it is set now; 1 if it does not say.
  [[nodiscard]] unsigned receive_queues() const;
  // "veth", "e1000e"; empty if it does not say.
  [[nodiscard]] std::string driver() const;

  // Sets it up and promiscuous, raises its MTU to `mtu` if it is smaller, switches off that it merges frames
  // (GRO, LRO), and switches IPv6 of the interface itself off: it is a port, not a host, and its own
  // neighbour discovery and MLD reports would look like those of a station behind it. Empty on success.
  std::string prepare(int mtu);
  // Keeps VLAN tags in the frames that it receives and sends, for devices that see the frame alone. Does
  // nothing where the interface cannot do otherwise.
  void keep_tags_in_frames();
  // Restores what prepare() and keep_tags_in_frames() changed, except the MTU and that it is up.
  void put_back();

 private:
  std::string switch_ipv6_off();
  // ETH_FLAG_...
  void switch_flags_off(std::uint32_t flags);
  void keep_frames_apart();

  std::string name_;
  std::optional<char> ipv6_was_disabled_;
  bool promiscuous_was_off_ = false;
  std::uint32_t flags_off_ = 0;  // ETH_FLAG_... that were switched off
  bool gro_was_on_ = false;
};

}  // namespace mcswitch::drivers
