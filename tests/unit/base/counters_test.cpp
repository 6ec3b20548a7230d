// SPDX-License-Identifier: BSD-3-Clause

#include "base/counters.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>

namespace mcswitch {
namespace {

TEST(Counter, AddsOneUnlessToldOtherwise) {
  Counter counter;
  EXPECT_EQ(counter.value(), 0U);
  counter.add();
  counter.add(64);
  EXPECT_EQ(counter.value(), 65U);
}

TEST(CounterArray, EachRowHasItsOwnCounter) {
  CounterArray<TxDrop> drops;
  drops[TxDrop::tx_link_down].add(3);
  EXPECT_EQ(drops[TxDrop::tx_link_down].value(), 3U);
  EXPECT_EQ(drops[TxDrop::tx_queue_full].value(), 0U);
  EXPECT_EQ(drops[TxDrop::tx_no_mbuf].value(), 0U);
}

// The names are columns of one table for the operator and keys of one JSON object.
TEST(CounterNames, AreUniqueAcrossTheTablesAndInSnakeCase) {
  std::set<std::string_view> seen;
  const auto check = [&seen](const auto& table) {
    for (const CounterName& row : table) {
      EXPECT_TRUE(seen.insert(row.name).second) << row.name;
      EXPECT_TRUE(std::all_of(row.name.begin(), row.name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
      })) << row.name;
      EXPECT_FALSE(row.text.empty()) << row.name;
    }
  };
  check(kFrameFateNames);
  check(kPortEventNames);
  check(kTxDropNames);
}

TEST(CounterNames, ThereIsOneForEachCounter) {
  EXPECT_EQ(std::size(kFrameFateNames), CounterArray<FrameFate>::size());
  EXPECT_EQ(std::size(kPortEventNames), CounterArray<PortEvent>::size());
  EXPECT_EQ(std::size(kTxDropNames), CounterArray<TxDrop>::size());
}

// Two ports of a worker, or two workers, do not write to one cache line.
TEST(PortCounters, FillWholeCacheLines) {
  EXPECT_EQ(sizeof(PortCounters) % 64, 0U);
  EXPECT_EQ(alignof(PortCounters), 64U);
}

}  // namespace
}  // namespace mcswitch
