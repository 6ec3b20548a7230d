// SPDX-License-Identifier: BSD-3-Clause
//
// Scene: a switch, its VLANs, and who is behind their ports.

#pragma once

#include <array>
#include <optional>
#include <vector>

#include "config/config.hpp"
#include "property/simulator/querier_node.hpp"

namespace mcswitch::test::sim {

struct HostSpec {
  PortId port = 0;
  std::uint8_t version = 3;
};

struct Lan {
  VlanId vlan = 0;
  PortId source_port = 0;  // data comes from here, from no host of the VLAN
  std::vector<HostSpec> hosts;
  std::optional<QuerierSpec> querier{};
  config::Unregistered unregistered = config::Unregistered::automatic;
  config::Igmp igmp{};
  bool fast_leave = false;
  bool links_fail = false;
  // A host for itself on each port, of version 3, and only we ask: what nobody wants any more ends with the
  // Last Member Query Time.
  bool ends_soon = false;

  [[nodiscard]] PortSet ports() const;
  [[nodiscard]] bool is_held_at_first() const { return unregistered == config::Unregistered::automatic; }
  // The smaller of ours and the other querier's.
  [[nodiscard]] unsigned robustness_variable() const;
  // The longest for which a port may get what nobody behind it wants any more.
  [[nodiscard]] Duration longest_stay() const;
  // The longest for which pruning may be held, from when somebody asks.
  [[nodiscard]] Duration longest_hold() const;
};

struct Scene {
  const char* name = "";
  std::vector<Lan> lans;
  // What the switch does wrong there, as far as is known: the scene is not run before that is repaired,
  // unless MCSWITCH_SIM_ALL is set. Empty: nothing.
  const char* waits_for = "";
};

config::Config config_of(const Scene& scene);

const std::vector<Scene>& scenes();

// Ours; another's may be lower or higher.
inline constexpr Ipv4Address kOurAddress = Ipv4Address::of(10, 0, 0, 50);

// Groups and sources of all VLANs. The first two groups share a MAC address; no host names the last source.
inline constexpr std::array kGroups{Ipv4Address::of(239, 1, 2, 3), Ipv4Address::of(232, 129, 2, 3),
                                    Ipv4Address::of(239, 7, 7, 7)};
inline constexpr std::array kSources{Ipv4Address::of(10, 9, 9, 1), Ipv4Address::of(10, 9, 9, 2),
                                     Ipv4Address::of(10, 9, 9, 200)};
inline constexpr std::size_t kNamed = kSources.size() - 1;

// Of each group and source.
template <typename T>
using PerStream = std::array<std::array<T, kSources.size()>, kGroups.size()>;

}  // namespace mcswitch::test::sim
