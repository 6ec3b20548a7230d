// SPDX-License-Identifier: BSD-3-Clause
//
// What the traffic is made of: groups, hosts, queriers, sources. Few of each, so that steps meet.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "support/traffic.hpp"

namespace mcswitch::test {

// The first four share 01:00:5e:01:02:03, the fifth has the MAC address of 224.0.0.5.
inline const std::array kGroups{
    Ipv4Address::of(239, 1, 2, 3),   Ipv4Address::of(239, 129, 2, 3), Ipv4Address::of(225, 1, 2, 3),
    Ipv4Address::of(232, 129, 2, 3), Ipv4Address::of(239, 0, 0, 5),   Ipv4Address::of(224, 0, 1, 0),
    Ipv4Address::of(239, 1, 2, 4),   Ipv4Address::of(239, 1, 2, 5),   Ipv4Address::of(239, 255, 255, 255),
    Ipv4Address::of(224, 1, 0, 0),   Ipv4Address::of(239, 7, 7, 7),   Ipv4Address::of(239, 7, 7, 8),
    Ipv4Address::of(239, 7, 7, 9),   Ipv4Address::of(239, 7, 7, 10),
};
inline const std::array kOddGroups{
    Ipv4Address::of(224, 0, 0, 1),       Ipv4Address::of(224, 0, 0, 2), Ipv4Address::of(224, 0, 0, 5),
    Ipv4Address::of(224, 0, 0, 255),     Ipv4Address::of(10, 1, 2, 3),  Ipv4Address::of(240, 0, 0, 1),
    Ipv4Address::of(255, 255, 255, 255), Ipv4Address::of(0, 0, 0, 0),   Ipv4Address::of(224, 0, 0, 0),
};
// The switch's own querier address is 10.0.0.10.
inline const std::array kQueriers{
    Ipv4Address::of(0, 0, 0, 0),       Ipv4Address::of(10, 0, 0, 2),  Ipv4Address::of(10, 0, 0, 9),
    Ipv4Address::of(10, 0, 0, 10),     Ipv4Address::of(10, 0, 0, 11), Ipv4Address::of(10, 0, 1, 1),
    Ipv4Address::of(9, 255, 255, 255),
};

inline const std::array kSources{
    Ipv4Address::of(10, 9, 9, 0),
    Ipv4Address::of(10, 9, 9, 1),
    Ipv4Address::of(10, 9, 9, 2),
    Ipv4Address::of(10, 9, 9, 3),
};

// No host can have these.
inline const std::array kNoHosts{
    Ipv4Address::of(127, 0, 0, 1), Ipv4Address::of(224, 0, 0, 5),       Ipv4Address::of(240, 0, 0, 1),
    Ipv4Address::of(0, 0, 0, 1),   Ipv4Address::of(255, 255, 255, 255), Ipv4Address::of(0, 0, 0, 0),
};

template <typename T, std::size_t N>
const T& one_of(Choices& choices, const std::array<T, N>& pool) {
  return pool[choices.below(N)];
}

// A few groups and ports are busy, so that joins, leaves, queries and data of one membership meet.
inline Ipv4Address some_group(Choices& choices) {
  const unsigned which = choices.below(16);
  return which < 10   ? kGroups[which % 3]
         : which < 15 ? one_of(choices, kGroups)
                      : one_of(choices, kOddGroups);
}

inline PortId some_port(Choices& choices, std::size_t port_count) {
  constexpr std::array<PortId, 3> kBusy{1, 2, 7};
  const unsigned which = choices.below(16);
  return which < 9 ? kBusy[which % 3] : static_cast<PortId>(choices.below(static_cast<unsigned>(port_count)));
}

// Mostly the first of the three hosts of the port; sometimes a station that moves about.
inline MacAddress some_host(Choices& choices, PortId port) {
  const unsigned which = choices.below(40);
  if (which == 39) {
    return MacAddress{0x02'00'00'00'ee'00U + choices.below(2)};
  }
  return MacAddress{0x02'00'00'00'00'00U + port * 0x100U + (which < 37 ? 0U : which - 36)};
}

inline MacAddress some_destination(Choices& choices) {
  switch (choices.below(8)) {
    case 0:
      return MacAddress{0x02'00'00'00'ff'ff};  // nobody's
    case 1:
      return MacAddress{0x02'00'00'00'ee'00U + choices.below(2)};
    default:
      return some_host(choices, static_cast<PortId>(choices.below(kTrafficPorts)));
  }
}

inline std::uint8_t some_code(Choices& choices) {
  constexpr std::array<std::uint8_t, 8> kCodes{10, 10, 3, 1, 20, 100, 127, 255};
  return one_of(choices, kCodes);
}

// Mostly one to which the switch does not yield: as querier it does more.
inline Ipv4Address some_querier(Choices& choices) {
  return choices.one_in(40)  ? one_of(choices, kNoHosts)
         : choices.one_in(4) ? one_of(choices, kQueriers)
                             : kQueriers[4 + choices.below(2)];
}

// Few at most, so that they overlap; sometimes more than one message to the control thread holds. One may be
// there twice.
inline std::vector<IpAddress> some_sources(Choices& choices) {
  std::vector<IpAddress> sources(choices.below(4));
  for (IpAddress& source : sources) {
    source = one_of(choices, kSources);
    if (choices.one_in(60)) {
      source = one_of(choices, kNoHosts);
    }
  }
  return sources;
}

inline std::vector<IpAddress> many_sources(Choices& choices) {
  std::vector<IpAddress> sources;
  for (unsigned i = choices.below(16), end = i + 1 + choices.below(24); i < end; ++i) {
    sources.push_back(Ipv4Address::of(10, 9, 9, static_cast<std::uint8_t>(i)));
  }
  return sources;
}

}  // namespace mcswitch::test
