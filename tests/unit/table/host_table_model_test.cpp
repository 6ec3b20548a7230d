// SPDX-License-Identifier: BSD-3-Clause
//
// The host table against a model that knows all.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include "unit/table/host_table_support.hpp"

namespace mcswitch::table {
namespace {

using Seen = HostTable::Seen;

// Every host of a few memberships, with the last report of each; nothing is lost, so the table must know the
// same.
TEST(HostTable, AgreesWithAModelOverManyRandomReportsAndLeaves) {
  // Sets grow beyond HostTable::kSmall and shrink again.
  constexpr unsigned kHosts = 20;
  constexpr Duration kShort = std::chrono::seconds{50};
  HostTable hosts{200, kSeed};
  struct Truth {
    std::map<unsigned, Stamp> last;
    Stamp report = 0;
    unsigned latest = kHosts;
  };
  std::map<std::pair<EntryId, PortId>, Truth> truth;
  std::mt19937 random{7};
  Duration now{};
  int only = 0;
  int others = 0;
  std::size_t largest = 0;
  for (int step = 0; step < 60'000; ++step) {
    now += std::chrono::milliseconds{1 + random() % 2500};
    // Entries and ports that differ in one of the two.
    const auto entry = static_cast<EntryId>(5 + random() % 4);
    const auto port = static_cast<PortId>(6 + random() % 2);
    Truth& t = truth[{entry, port}];
    const auto who = static_cast<unsigned>(random() % kHosts);
    const Stamp since = stamp_at(at(now) - kShort);
    switch (random() % 6) {
      case 0:
      case 1:
      case 2: {
        const Stamp previous = std::exchange(t.report, stamp(now));
        t.last[who] = t.report;
        largest = std::max(largest, t.last.size());
        if (t.latest != who) {
          t.latest = who;
          EXPECT_NE(hosts.seen(entry, port, host(who), t.report, previous), Seen::full);
        }
        break;
      }
      case 3:
      case 4: {
        if (t.last.count(who) == 0) {
          break;
        }
        const bool is_only = std::all_of(t.last.begin(), t.last.end(),
                                         [&](const auto& h) { return h.first == who || h.second < since; });
        EXPECT_EQ(hosts.is_only(entry, port, host(who), at(now) - kShort, t.report), is_only) << step;
        ++(is_only ? only : others);
        t.last.erase(who);
        hosts.forget(entry, port, host(who), stamp(now));
        break;
      }
      default:
        if (random() % 8 == 0) {
          t = {};
          hosts.forget_all(entry, port);
        } else {
          hosts.expire(200, [&](EntryId e, PortId p) {
            return HostTable::Term{truth[{e, p}].report, at(now) - kShort};
          });
          for (auto& [key, one] : truth) {
            std::erase_if(one.last, [&](const auto& h) { return h.second < since; });
            // A membership without a host ends.
            if (one.last.empty()) {
              one = {};
              hosts.forget_all(key.first, key.second);
            }
            EXPECT_EQ(hosts.count(key.first, key.second, one.report), one.last.size()) << step;
          }
        }
        break;
    }
    if (step % 500 == 0) {
      std::vector<std::pair<Host, Stamp>> expected;
      for (const auto& [n, last] : t.last) {
        expected.emplace_back(host(n), last);
      }
      EXPECT_THAT(rows(hosts, entry, port, t.report), testing::UnorderedElementsAreArray(expected)) << step;
    }
  }
  // Both answers were asked for often.
  EXPECT_GT(only, 200);
  EXPECT_GT(others, 500);
  EXPECT_GT(largest, HostTable::kSmall);
}

}  // namespace
}  // namespace mcswitch::table
