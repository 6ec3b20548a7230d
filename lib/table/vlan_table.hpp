// SPDX-License-Identifier: BSD-3-Clause
//
// What the workers need to know of a VLAN, prepared by the control thread: each question of the packet
// path is answered by one load of one word. Which of the words a mode, a policy or held pruning changes
// is the control thread's business (lib/control/vlan_control.hpp).
//
// Threads: control stores, workers and telemetry load. Each word is true by itself; nothing depends on
// two of them being of the same moment, so relaxed order is enough everywhere.

#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "base/net_types.hpp"
#include "base/port_set.hpp"

namespace mcswitch::table {

class AtomicPortSet {
 public:
  [[nodiscard]] PortSet load() const noexcept { return PortSet{bits_.load(std::memory_order_relaxed)}; }
  void store(PortSet ports) noexcept { bits_.store(ports.bits(), std::memory_order_relaxed); }

 private:
  std::atomic<std::uint32_t> bits_{0};
};

// Bits of VlanForwarding::igmp_rules.
inline constexpr std::uint8_t kRequireRouterAlert = 1;
inline constexpr std::uint8_t kIgnoreV1Reports = 2;
inline constexpr std::uint8_t kTrackHosts = 4;
inline constexpr std::uint8_t kHasSsmRange = 8;  // ssm_range is worth a look

enum class Snooping : std::uint8_t {
  off,      // not looked at; multicast of the family is flooded
  observe,  // looked at and counted as if pruning; every frame is forwarded as if off
  prune,
};

// Ports without link are in none of the sets.
struct alignas(64) VlanForwarding {
  // Ports of the VLAN: where floods go. Empty: the VLAN does not exist here.
  AtomicPortSet flood;
  // Where data of a registered group goes beside its members: router ports, ports on which pruning is
  // held; all ports while the VLAN observes or snooping is off.
  AtomicPortSet registered;
  // Where data of an unregistered group goes, by the policy `unregistered` and held pruning.
  AtomicPortSet unregistered;
  // Where membership reports and leaves go (RFC 4541 section 2.1.1): router ports; all ports while the
  // VLAN observes.
  AtomicPortSet reports;
  // Ports that carry the VLAN with an IEEE 802.1Q tag, with and without link: a frame with this VID is let
  // in on them only, and leaves by them with the tag. Changes only while no worker runs.
  AtomicPortSet tagged;
  // What is done about IGMP here.
  std::atomic<Snooping> igmp{Snooping::off};
  // kRequireRouterAlert, kIgnoreV1Reports, kTrackHosts, kHasSsmRange.
  std::atomic<std::uint8_t> igmp_rules{0};
  // Prefixes in which groups are joined with their sources only (RFC 4604): address above, mask below; 0:
  // none. Changes only while no worker runs.
  static constexpr std::size_t kSsmPrefixes = 4;
  std::array<std::atomic<std::uint64_t>, kSsmPrefixes> ssm_range{};

  [[nodiscard]] bool is_source_specific(Ipv4Address group) const noexcept {
    if ((igmp_rules.load(std::memory_order_relaxed) & kHasSsmRange) == 0) {
      return false;
    }
    for (const auto& prefix : ssm_range) {
      const std::uint64_t p = prefix.load(std::memory_order_relaxed);
      if (p != 0 && (group.bits & static_cast<std::uint32_t>(p)) == p >> 32) {
        return true;
      }
    }
    return false;
  }
};
static_assert(sizeof(VlanForwarding) == 64);

class VlanTable {
 public:
  [[nodiscard]] VlanForwarding& operator[](VlanId vlan) noexcept { return vlans_[vlan]; }
  [[nodiscard]] const VlanForwarding& operator[](VlanId vlan) const noexcept { return vlans_[vlan]; }

 private:
  std::array<VlanForwarding, kMaxVlans> vlans_;
};

}  // namespace mcswitch::table
