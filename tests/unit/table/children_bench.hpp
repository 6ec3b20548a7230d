// SPDX-License-Identifier: BSD-3-Clause
//
// A table with sources, a grace period driven by hand, and short words for what a test asks of them.

#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <vector>

#include "base/net_text.hpp"
#include "support/simple_grace_period.hpp"
#include "table/group_control.hpp"
#include "table/group_lookup.hpp"

namespace mcswitch::table {

inline GroupKey key_of(VlanId vlan, const char* group) { return {vlan, *parse_ip(group)}; }
inline IpAddress address(const char* text) { return *parse_ip(text); }

inline PortSet port_set(std::initializer_list<int> list) {
  PortSet set;
  for (const int port : list) {
    set.add(static_cast<PortId>(port));
  }
  return set;
}

struct ChildrenTest : ::testing::Test {
  static constexpr std::size_t kPorts = 7;
  static constexpr std::uint64_t kSeed = 0x1234'5678'9abc'def1;

  GroupControl table{64, kPorts, kSeed};
  test::SimpleGracePeriod grace;
  const GroupKey g = key_of(10, "239.1.2.3");
  const IpAddress s = address("10.9.9.1");
  const IpAddress t = address("10.9.9.2");

  // A whole pass over the fresh marks.
  std::vector<EntryId> drain(GroupControl& of) {
    std::vector<EntryId> ids;
    EXPECT_FALSE(of.drain_fresh(10'000, [&](EntryId id) { ids.push_back(id); }));
    return ids;
  }
  std::vector<EntryId> drain() { return drain(table); }

  std::vector<EntryId> children(EntryId group) const {
    std::vector<EntryId> ids;
    table.for_each_child(group, [&](EntryId id) { ids.push_back(id); });
    return ids;
  }
  EntryId child(EntryKind kind, const GroupKey& key, const IpAddress& source) const {
    return table.find_source(kind, table.find_entry(key), source);
  }
  PortSet accepting(const GroupKey& key, const IpAddress& source) const {
    return table.find_accepting_v4({key.vlan, key.group.v4()}, source.v4());
  }

  // What the control thread does in the long run, until there is nothing more to do.
  static void settle(GroupControl& of) {
    test::SimpleGracePeriod always;
    always.pass_always();
    for (int i = 0; i < 6; ++i) {
      of.reclaim(always);
      of.drain_fresh(10'000, [](EntryId) {});
    }
    EXPECT_TRUE(of.is_settled());
  }
};

}  // namespace mcswitch::table
