// SPDX-License-Identifier: BSD-3-Clause
//
// What a host keeps its memberships in, against the naive way on random walks.

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "host/group_numbers.hpp"

namespace mcswitch::host {
namespace {

// Close together and far apart, so that runs of the index meet and wrap around its end.
IpAddress some_group(std::mt19937_64& random) {
  const auto low = static_cast<std::uint32_t>(random() % 40);
  if (random() % 3 == 0) {
    return {0xff1e'0000'0000'0000ULL | low % 3, std::uint64_t{low} << 24 * (low % 2)};
  }
  return Ipv4Address{random() % 2 == 0 ? 0xe0000100U + low : 0xe0000100U + (low << 22)};
}

TEST(GroupNumbers, FindWhatASetWouldFindOnARandomWalk) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random{seed};
    GroupNumbers numbers;
    if (seed % 2 == 0) {
      numbers.reserve(30);
    }
    std::vector<IpAddress> naive;
    for (unsigned step = 0; step < 5000; ++step) {
      const IpAddress group = some_group(random);
      const auto at = std::find(naive.begin(), naive.end(), group);
      const std::uint32_t number = numbers.find(group);
      if (at == naive.end()) {
        ASSERT_EQ(number, GroupNumbers::kNone) << seed << ' ' << step;
        // Grows and shrinks by turns.
        if (random() % 4 < (step / 500 % 2 == 0 ? 3 : 1)) {
          ASSERT_EQ(numbers.add(group), naive.size());
          naive.push_back(group);
        }
      } else {
        ASSERT_EQ(number, at - naive.begin()) << seed << ' ' << step;
        if (random() % 4 < (step / 500 % 2 == 0 ? 1 : 3)) {
          numbers.remove(number);
          *at = naive.back();
          naive.pop_back();
        }
      }
      ASSERT_EQ(numbers.size(), naive.size());
    }
    for (std::uint32_t number = 0; number < naive.size(); ++number) {
      ASSERT_EQ(numbers.group(number), naive[number]);
      ASSERT_EQ(numbers.find(naive[number]), number);
    }
  }
}

TEST(GroupNumbers, NothingIsFoundBeforeAnythingWasAdded) {
  const GroupNumbers numbers;
  EXPECT_EQ(numbers.find(Ipv4Address{0xef010203}), GroupNumbers::kNone);
}

}  // namespace
}  // namespace mcswitch::host
