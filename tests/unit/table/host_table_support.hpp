// SPDX-License-Identifier: BSD-3-Clause
//
// Hosts, times and rows for tests of the host table.

#pragma once

#include <utility>
#include <vector>

#include "table/host_table.hpp"

namespace mcswitch::table {

inline constexpr std::uint64_t kSeed = 0x1357'9bdf'0246'8ace;

constexpr TimePoint at(Duration time) { return TimePoint{std::chrono::seconds{1000} + time}; }
constexpr Stamp stamp(Duration time) { return stamp_at(at(time)); }

inline Host host(unsigned n) {
  return {MacAddress{0x020000000000U + n}, IpAddress::from(Ipv4Address{0x0a630000U + n})};
}
inline std::vector<std::pair<Host, Stamp>> rows(const HostTable& hosts, EntryId entry, PortId port,
                                                Stamp report) {
  std::vector<std::pair<Host, Stamp>> found;
  HostView view;
  for (std::uint32_t i = 0; i < hosts.capacity(); ++i) {
    if (hosts.snapshot(i, view) && view.entry == entry && view.port == port && view.is_present(report)) {
      found.emplace_back(view.host, view.last_report(report));
    }
  }
  return found;
}

}  // namespace mcswitch::table
