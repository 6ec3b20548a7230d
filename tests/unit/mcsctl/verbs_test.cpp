// SPDX-License-Identifier: BSD-3-Clause
//
// The commands of mcsctl against the lists of the switch.

#include "mcsctl/verbs.hpp"

#include <gmock/gmock.h>

#include "telemetry/lists.hpp"

namespace mcswitch::mcsctl {
namespace {

using testing::ElementsAre;

TEST(Verbs, StandInTheOrderInWhichTheyAreListed) {
  std::vector<std::string> names;
  for (const Verb& verb : verbs()) {
    names.push_back(verb.name);
  }
  EXPECT_THAT(names,
              ElementsAre("info", "ports", "groups", "routers", "queriers", "macs", "counters", "workers"));
}

TEST(Verbs, HaveTheColumnsOfTheirListAsKeys) {
  for (const telemetry::List& list : telemetry::kLists) {
    const Verb& of_list = list.noun == "hosts" ? hosts_verb() : verb(std::string{list.noun});
    EXPECT_EQ(of_list.command, list.command);
    ASSERT_EQ(of_list.keys.size(), list.columns.size()) << list.noun;
    for (std::size_t i = 0; i < of_list.keys.size(); ++i) {
      EXPECT_EQ(of_list.keys[i].name, list.columns[i].name);
    }
    EXPECT_LE(of_list.sort_keys, of_list.keys.size());
    EXPECT_FALSE(of_list.nothing.empty()) << list.noun;
  }
}

}  // namespace
}  // namespace mcswitch::mcsctl
