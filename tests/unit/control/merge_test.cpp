// SPDX-License-Identifier: BSD-3-Clause
//
// What the ports of a VLAN want together (RFC 4605 section 4.1, RFC 9776 section 3.2): the rules that the
// proxy's answers are compared with (proxy_reports_test.cpp).

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <random>
#include <vector>

#include "support/packet_builder.hpp"
#include "unit/control/merge.hpp"

namespace mcswitch::control {
namespace {

using membership::FilterMode;
using membership::PortFilter;
using membership::Sources;
using test::ip;

Sources sources(std::initializer_list<std::uint32_t> numbers) {
  Sources list;
  for (const std::uint32_t n : numbers) {
    list.push_back(Ipv4Address{ip("10.9.0.0").bits + n});
  }
  return list;
}

PortFilter include(Sources list) { return {FilterMode::include, std::move(list), {}}; }
PortFilter exclude(Sources requested, Sources excluded) {
  return {FilterMode::exclude, std::move(requested), std::move(excluded)};
}
MergedFilter merged(const std::vector<PortFilter>& ports) { return merge(ports); }

TEST(Merge, NoPortsWantNothing) { EXPECT_EQ(merged({}), (MergedFilter{FilterMode::include, {}})); }

TEST(Merge, OnlyIncludeGivesAllThatAnyRequests) {
  EXPECT_EQ(merged({include(sources({1, 3})), include({}), include(sources({2, 3}))}),
            (MergedFilter{FilterMode::include, sources({1, 2, 3})}));
}

TEST(Merge, OnlyExcludeGivesWhatAllExclude) {
  EXPECT_EQ(merged({exclude({}, sources({1, 2, 3})), exclude({}, sources({2, 3, 4}))}),
            (MergedFilter{FilterMode::exclude, sources({2, 3})}));
  EXPECT_EQ(merged({exclude({}, sources({1})), exclude({}, {})}), (MergedFilter{FilterMode::exclude, {}}));
}

// In any order of the ports.
TEST(Merge, WhatAPortRequestsIsNotExcluded) {
  const MergedFilter expected{FilterMode::exclude, sources({1, 4})};
  EXPECT_EQ(merged({include(sources({2, 7})), exclude({}, sources({1, 2, 3, 4})), include(sources({3}))}),
            expected);
  EXPECT_EQ(merged({exclude({}, sources({1, 2, 3, 4})), include(sources({2, 3, 7}))}), expected);
}

// X of EXCLUDE (X,Y), whether the caller's list of excluded sources is Y, or X and Y.
TEST(Merge, WhatAnExcludingPortRequestsItselfIsNotExcluded) {
  const MergedFilter expected{FilterMode::exclude, sources({1})};
  EXPECT_EQ(merged({exclude(sources({2, 9}), sources({1}))}), expected);
  EXPECT_EQ(merged({exclude(sources({2, 9}), sources({1, 2, 9}))}), expected);
}

// RFC 9776 section 3.2 in a word: a source is wanted if any port wants it.
TEST(Merge, ASourceIsWantedIfAndOnlyIfSomePortWantsIt) {
  std::mt19937 random{11};
  const auto some = [&] {
    Sources list;
    for (const IpAddress& address : sources({0, 1, 2, 3, 4, 5})) {
      if (random() % 2 == 0) {
        list.push_back(address);
      }
    }
    return list;
  };
  for (int round = 0; round < 5000; ++round) {
    std::vector<PortFilter> ports(1 + random() % 5);
    for (PortFilter& port : ports) {
      if (random() % 2 == 0) {
        port = include(some());
      } else {
        port.mode = FilterMode::exclude;
        port.requested = some();
        std::ranges::set_difference(some(), port.requested, std::back_inserter(port.excluded));
      }
    }
    const MergedFilter all = merged(ports);
    ASSERT_TRUE(std::ranges::is_sorted(all.sources));
    // Source 6 stands for all that no port lists.
    for (const IpAddress& address : sources({0, 1, 2, 3, 4, 5, 6})) {
      const bool is_wanted = std::ranges::any_of(
          ports, [&](const PortFilter& port) { return membership::accepts(port, address); });
      ASSERT_EQ(std::ranges::binary_search(all.sources, address) == (all.mode == FilterMode::include),
                is_wanted)
          << round;
    }
  }
}

}  // namespace
}  // namespace mcswitch::control
