// SPDX-License-Identifier: BSD-3-Clause
//
// The last reporter, as Membership::reporter keeps it: a digest of 32 bits of a host's MAC and IP source
// address. The seed, random per process, keeps strangers from choosing addresses that look like another's.
//
// Pure.

#pragma once

#include <cstdint>

#include "base/net_types.hpp"
#include "table/group_key.hpp"
#include "table/group_table.hpp"

namespace mcswitch::table {

// Never Membership::kNobody or kUntracked.
constexpr std::uint32_t reporter_of(MacAddress mac, const IpAddress& address, std::uint64_t seed) {
  const std::uint64_t of_address = fold(address.low ^ seed, kFirst ^ address.high);
  const std::uint64_t digest = mix(mac.bits ^ of_address, seed ^ address.low);
  const auto reporter = static_cast<std::uint32_t>(digest >> 32);
  return reporter <= Membership::kUntracked ? reporter + 2 : reporter;
}

}  // namespace mcswitch::table
