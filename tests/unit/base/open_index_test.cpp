// SPDX-License-Identifier: BSD-3-Clause

#include "base/open_index.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace mcswitch {
namespace {

// Keys by number; a number that is out has none.
class OpenIndexTest : public testing::Test {
 protected:
  OpenIndexTest() { index_.reset(16); }

  std::size_t place(std::uint64_t key) const {
    return index_.place_of(hash(key), [&](std::uint32_t number) { return keys_[number] == key; });
  }
  void add(std::uint64_t key) {
    const std::size_t free = place(key);
    ASSERT_EQ(index_[free], OpenIndex::kNone);
    index_[free] = static_cast<std::uint32_t>(keys_.size());
    keys_.push_back(key);
  }
  void erase(std::uint64_t key) {
    index_.erase(place(key), [&](std::uint32_t number) { return hash(keys_[number]); });
  }
  std::uint32_t find(std::uint64_t key) const { return index_[place(key)]; }
  // Of so few different homes that most numbers do not stand at theirs.
  static std::uint64_t hash(std::uint64_t key) { return (key % 3 + 14) << 60; }

  OpenIndex index_;
  std::vector<std::uint64_t> keys_;
};

TEST_F(OpenIndexTest, FindsWhatWasPutInAndNothingElse) {
  add(5);
  add(8);  // of the same home
  EXPECT_EQ(find(5), 0U);
  EXPECT_EQ(find(8), 1U);
  EXPECT_EQ(find(11), OpenIndex::kNone);
}

TEST_F(OpenIndexTest, WhatStandsBehindAnErasedNumberIsStillFound) {
  for (const std::uint64_t key : {1U, 4U, 2U, 7U, 3U}) {
    add(key);
  }
  erase(1);
  EXPECT_EQ(find(1), OpenIndex::kNone);
  EXPECT_EQ(find(4), 1U);
  EXPECT_EQ(find(2), 2U);
  EXPECT_EQ(find(7), 3U);
  EXPECT_EQ(find(3), 4U);
}

TEST_F(OpenIndexTest, AgreesWithAMapOverManyChanges) {
  std::mt19937_64 random{7};
  std::map<std::uint64_t, std::uint32_t> model;
  for (int step = 0; step < 20'000; ++step) {
    const std::uint64_t key = random() % 40;
    if (model.contains(key)) {
      erase(key);
      model.erase(key);
    } else if (model.size() < 15) {
      model[key] = static_cast<std::uint32_t>(keys_.size());
      add(key);
    }
    for (std::uint64_t each = 0; each < 40; ++each) {
      ASSERT_EQ(find(each), model.contains(each) ? model[each] : OpenIndex::kNone) << step;
    }
  }
}

TEST_F(OpenIndexTest, ResetEmptiesIt) {
  add(5);
  index_.reset(32);
  EXPECT_EQ(index_.places(), 32U);
  EXPECT_EQ(find(5), OpenIndex::kNone);
}

}  // namespace
}  // namespace mcswitch
