// SPDX-License-Identifier: BSD-3-Clause
//
// Traffic: what may happen to a switch, one step after the other: frames of every kind, right and wrong,
// links that come and go, and the clock. The Choices decide: a random generator in the property test, the
// bytes of the input in the fuzzer. The same choices give the same steps.
//
// Pools are small, so that steps meet: few groups (some share a MAC address, some are link-local, one is no
// group), few hosts behind each port, few queriers.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "base/time.hpp"
#include "config/config.hpp"
#include "support/packet_builder.hpp"

namespace mcswitch::test {

class Choices {
 public:
  virtual ~Choices() = default;
  // 0 to n - 1; n is 1 to 65536.
  virtual unsigned below(unsigned n) = 0;
  [[nodiscard]] bool one_in(unsigned n) { return below(n) == 0; }
};

struct Step {
  enum class Kind : std::uint8_t { frame, link, clock, to_next };
  Kind kind = Kind::clock;
  PortId port = 0;    // frame, link
  Bytes frame;        // frame
  std::string words;  // frame: what it is, without addresses
  bool up = false;    // link
  Duration by{};      // clock; to_next: offset
};

// In a line.
std::string describe(const Step& step);

Step next_step(Choices& choices, std::size_t port_count);

// Configurations under which different rules matter. Ten ports: 1 to 6 in VLAN 10, 0, 7 and 9 in VLAN 20, and
// 8 drops untagged frames (VLAN 0). Port 3 is a router port by configuration, port 4 never one, port 5 blocks
// queries, port 6 takes unregistered multicast, ports 2 and 6 have fast leave.
struct NamedConfig {
  const char* name;
  config::Config config;
};
const std::vector<NamedConfig>& traffic_configs();
inline constexpr std::size_t kTrafficPorts = 10;

}  // namespace mcswitch::test
