// SPDX-License-Identifier: BSD-3-Clause
//
// What a host keeps its memberships in, against the naive way on random walks.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include "host/group_numbers.hpp"
#include "host/report_timers.hpp"

namespace mcswitch::host {
namespace {

// Close together and far apart, so that runs of the index meet and wrap around its end.
Ipv4Address some_group(std::mt19937_64& random) {
  const auto low = static_cast<std::uint32_t>(random() % 40);
  return Ipv4Address{random() % 2 == 0 ? 0xe0000100U + low : 0xe0000100U + (low << 22)};
}

TEST(GroupNumbers, FindWhatASetWouldFindOnARandomWalk) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random{seed};
    GroupNumbers numbers;
    if (seed % 2 == 0) {
      numbers.reserve(30);
    }
    std::vector<Ipv4Address> naive;
    for (unsigned step = 0; step < 5000; ++step) {
      const Ipv4Address group = some_group(random);
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

TEST(ReportTimers, FireInTheOrderOfANaiveListOnARandomWalk) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 random{seed};
    // Few different times, so that many are equal.
    const auto some_time = [&] { return TimePoint{Duration{1 + static_cast<int>(random() % 50)}}; };
    ReportTimers timers;
    std::vector<TimePoint> naive;
    for (unsigned step = 0; step < 5000; ++step) {
      const unsigned what = static_cast<unsigned>(random() % 16);
      if (naive.empty() || what == 0) {
        timers.add();
        naive.push_back(kNever);
      } else {
        const auto number = static_cast<std::uint32_t>(random() % naive.size());
        if (what < 8) {
          naive[number] = some_time();
          timers.start(number, naive[number]);
        } else if (what < 13) {
          timers.stop(number);
          naive[number] = kNever;
        } else if (what < 14) {
          timers.remove(number);
          naive[number] = naive.back();
          naive.pop_back();
        } else {
          timers.start_many([&](std::uint32_t n, TimePoint due) {
            EXPECT_EQ(due, naive[n]);
            if (random() % 3 == 0) {
              naive[n] = some_time();
            }
            return naive[n];
          });
        }
      }
      for (std::uint32_t number = 0; number < naive.size(); ++number) {
        ASSERT_EQ(timers.due(number), naive[number]) << seed << ' ' << step;
        ASSERT_EQ(timers.is_running(number), naive[number] != kNever);
      }
      const auto first = std::min_element(naive.begin(), naive.end());
      ASSERT_EQ(timers.next(), first == naive.end() ? kNever : *first) << seed << ' ' << step;
      if (timers.next() != kNever) {
        ASSERT_EQ(naive[timers.first()], timers.next()) << seed << ' ' << step;
      }
    }
  }
}

}  // namespace
}  // namespace mcswitch::host
