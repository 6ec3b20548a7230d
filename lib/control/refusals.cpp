// SPDX-License-Identifier: BSD-3-Clause

#include "control/refusals.hpp"

#include <fmt/format.h>

namespace mcswitch::control {
namespace {

constexpr Duration kWarningInterval = std::chrono::seconds{60};

struct Reason {
  std::uint32_t bit;  // of PortState::attention
  table::JoinResult result;
  bool is_of_switch;  // the limit is the switch's: one warning for all ports
};
constexpr Reason kReasons[] = {
    {table::kRefusedTableFull, table::JoinResult::refused_table_full, true},
    {table::kRefusedPortLimit, table::JoinResult::refused_port_limit, false},
    {table::kRefusedSourceLimit, table::JoinResult::refused_source_limit, false},
};

}  // namespace

void Refusals::count(PortId port, table::JoinResult result) {
  context_.count(ControlCounter::joins_refused);
  for (const Reason& reason : kReasons) {
    if (reason.result == result) {
      context_.tables.ports[port].attention.fetch_or(reason.bit, std::memory_order_relaxed);
    }
  }
}

void Refusals::warn(PortId port, std::uint32_t reasons, TimePoint now) {
  for (std::size_t row = 0; row < std::size(kReasons); ++row) {
    const Reason& reason = kReasons[row];
    if ((reasons & reason.bit) == 0) {
      continue;
    }
    TimePoint& next = next_[row][reason.is_of_switch ? 0 : port];
    if (now >= next && !(reason.bit == table::kRefusedTableFull && is_full_)) {
      next = now + kWarningInterval;
      context_.log(LogLevel::warning, text_of(port, reason.bit));
    }
    is_full_ |= reason.bit == table::kRefusedTableFull;
  }
}

void Refusals::run() {
  const table::GroupControl& groups = context_.tables.groups;
  if (is_full_ && groups.group_count() + groups.retired_count() < groups.capacity()) {
    is_full_ = false;
  }
}

std::string Refusals::text_of(PortId port, std::uint32_t reason) const {
  const config::Port& settings = context_.config.ports[port];
  switch (reason) {
    case table::kRefusedTableFull:
      return fmt::format(
          "port {}: join refused, the table is full ({} groups, max-groups); further refusals are counted "
          "but not logged",
          settings.name, context_.tables.groups.capacity());
    case table::kRefusedPortLimit:
      return fmt::format(
          "port {}: join refused, the port is full ({} memberships, its max-groups); further refusals are "
          "counted but not logged",
          settings.name, settings.max_groups);
    default:
      return fmt::format(
          "port {}: source refused, its group is full ({} sources, max-sources-per-group); further refusals "
          "are counted but not logged",
          settings.name, context_.config.sw.max_sources_per_group);
  }
}

}  // namespace mcswitch::control
