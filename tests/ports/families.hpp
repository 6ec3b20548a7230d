// SPDX-License-Identifier: BSD-3-Clause
//
// The families that the machine can open. Network cards are tested in a virtual machine (tests/vm).

#pragma once

#include "ports/bench.hpp"

namespace mcswitch::ports {

inline auto every_family() {
  return testing::Values(Family{"ring", make_ring_bench}, Family{"bonding", make_bonding_bench},
                         Family{"null", make_null_bench}, Family{"pcap", make_pcap_bench},
                         Family{"memif", make_memif_bench}, Family{"tap", make_tap_bench},
                         Family{"af_packet", make_af_packet_bench}, Family{"af_xdp", make_af_xdp_bench});
}

inline std::string name_of(const testing::TestParamInfo<Family>& info) { return info.param.name; }

}  // namespace mcswitch::ports
