// SPDX-License-Identifier: BSD-3-Clause
//
// [snooping], and the same keys in a [[vlan]], where they start from the values of that table.

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <variant>

#include "config/keywords.hpp"
#include "config/sections.hpp"

namespace mcswitch::config {

namespace {

// true, false, or a number of queries.
void read_hold_pruning(TableReader& table, std::optional<HoldPruning>& hold) {
  const Entry* const entry = table.entry("hold-pruning");
  if (entry == nullptr) {
    return;
  }
  if (const bool* is_on = std::get_if<bool>(&entry->node.value)) {
    hold = HoldPruning{.is_on = *is_on, .queries = {}};
    return;
  }
  const std::int64_t* const queries = std::get_if<std::int64_t>(&entry->node.value);
  if (queries == nullptr || *queries < 1 || *queries > kMaxHoldQueries) {
    table.mismatch(table.path("hold-pruning"), entry->node,
                   fmt::format("true, false, or a number of general queries from 1 to {}", kMaxHoldQueries));
    return;
  }
  hold = HoldPruning{.is_on = true, .queries = static_cast<std::uint8_t>(*queries)};
}

}  // namespace

void read_snooping_keys(TableReader& table, Snooping& snooping) {
  table.choice("mode", kSnoopingModeWords, snooping.mode);
  table.choice("unregistered", kUnregisteredWords, snooping.unregistered);
  read_hold_pruning(table, snooping.written_hold_pruning);
  table.unbuilt("flood-ipv6-link-local", "MLD, which it needs, is", {true});
}

Snooping read_snooping(TableReader& root) {
  TableReader table = root.table("snooping");
  Snooping snooping;
  read_snooping_keys(table, snooping);
  table.report_unknown_keys();
  return snooping;
}

}  // namespace mcswitch::config
