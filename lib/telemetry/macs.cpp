// SPDX-License-Identifier: BSD-3-Clause
//
// /mcswitch/macs: one row a learned address; its position is its slot, which it keeps until it ages out.

#include <algorithm>
#include <chrono>
#include <vector>

#include "base/net_text.hpp"
#include "telemetry/handlers.hpp"

namespace mcswitch::telemetry {

namespace {

struct CopiedMac {
  std::size_t slot = 0;
  table::MacEntry entry;
};

std::uint64_t milliseconds_since(TimePoint then, TimePoint now) {
  if (now <= then) {
    return 0;
  }
  return static_cast<std::uint64_t>(std::chrono::floor<std::chrono::milliseconds>(now - then).count());
}

}  // namespace

Reply list_macs(const SwitchView& view, const Request& request) {
  const table::MacTable& table = view.tables().macs;
  // One more than the page may have: its slot is where the next page begins.
  const std::size_t wanted = request.limit + 1;
  std::vector<CopiedMac> copied;
  copied.reserve(wanted);
  std::size_t slot = std::min<std::uint64_t>(request.after, table.slot_count());
  while (slot < table.slot_count() && copied.size() < wanted) {
    const std::size_t end = std::min(slot + kSlotsPerSection, table.slot_count());
    if (!in_section(view, [&] {
          for (; slot < end && copied.size() < wanted; ++slot) {
            if (const auto entry = table.snapshot(slot)) {
              copied.push_back({slot, *entry});
            }
          }
        })) {
      return busy();
    }
  }

  const TimePoint now = view.now();
  const config::Config& config = view.config();
  ListReply<MacsRow> list{request};
  for (const CopiedMac& mac : copied) {
    if (!list.add(mac.slot, {.vlan = Number{mac.entry.vlan},
                             .mac = Text{to_string(mac.entry.mac)},
                             .port = Text{port_name(config, mac.entry.port)},
                             .age_ms = Number{milliseconds_since(mac.entry.last_seen, now)}})) {
      break;
    }
  }
  return std::move(list).finish(table.count());
}

}  // namespace mcswitch::telemetry
