// SPDX-License-Identifier: BSD-3-Clause
//
// The filter rules compared with the tables of RFC 9776 sections 6.4.1 and 6.4.2 as they are printed, written
// with sets, +, - and *: every filter of four sources, with every record of them.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "membership/filter_rules.hpp"

namespace mcswitch::membership {
namespace {

using proto::RecordType;
using Set = std::set<IpAddress>;

Set operator+(Set a, const Set& b) {
  a.insert(b.begin(), b.end());
  return a;
}
Set operator-(Set a, const Set& b) {
  for (const IpAddress& source : b) {
    a.erase(source);
  }
  return a;
}
Set operator*(const Set& a, const Set& b) { return a - (a - b); }

Sources sorted(const Set& set) { return {set.begin(), set.end()}; }

// What a source timer is set to.
enum class Timer { gmi, group, zero };

// A row of the table: new state and actions.
struct Outcome {
  FilterMode mode = FilterMode::include;
  Set x{};
  Set y{};
  std::map<IpAddress, Timer> timers{};
  Set deleted{};
  Set query{};
  bool query_group = false;
  bool group_timer = false;

  Outcome& time(const Set& sources, Timer timer) {
    for (const IpAddress& source : sources) {
      timers[source] = timer;
    }
    return *this;
  }
};

Outcome include_row(const Set& A, RecordType type, const Set& B) {
  switch (type) {
    case RecordType::mode_is_include:
    case RecordType::allow_new_sources:
      return Outcome{.x = A + B}.time(B, Timer::gmi);
    case RecordType::mode_is_exclude:
      return Outcome{
          .mode = FilterMode::exclude, .x = A * B, .y = B - A, .deleted = A - B, .group_timer = true}
          .time(B - A, Timer::zero);
    case RecordType::block_old_sources:
      return Outcome{.x = A, .query = A * B};
    case RecordType::change_to_exclude_mode:
      return Outcome{.mode = FilterMode::exclude,
                     .x = A * B,
                     .y = B - A,
                     .deleted = A - B,
                     .query = A * B,
                     .group_timer = true}
          .time(B - A, Timer::zero);
    case RecordType::change_to_include_mode:
      return Outcome{.x = A + B, .query = A - B}.time(B, Timer::gmi);
  }
  return {};
}

Outcome exclude_row(const Set& X, const Set& Y, RecordType type, const Set& A) {
  switch (type) {
    case RecordType::mode_is_include:
    case RecordType::allow_new_sources:
      return Outcome{.x = X + A, .y = Y - A}.time(A, Timer::gmi);
    case RecordType::mode_is_exclude:
      return Outcome{.x = A - Y, .y = Y * A, .deleted = (X - A) + (Y - A), .group_timer = true}.time(
          A - X - Y, Timer::gmi);
    case RecordType::block_old_sources:
      return Outcome{.x = X + (A - Y), .y = Y, .query = A - Y}.time(A - X - Y, Timer::group);
    case RecordType::change_to_exclude_mode:
      return Outcome{
          .x = A - Y, .y = Y * A, .deleted = (X - A) + (Y - A), .query = A - Y, .group_timer = true}
          .time(A - X - Y, Timer::group);
    case RecordType::change_to_include_mode:
      return Outcome{.x = X + A, .y = Y - A, .query = X - A, .query_group = true}.time(A, Timer::gmi);
  }
  return {};
}

// Section 7.3.2, in words: what is done with the record is what is done with another one, or nothing.
Outcome row(const PortFilter& filter, RecordType type, Set listed, Compatibility compatibility) {
  const Set X{filter.requested.begin(), filter.requested.end()};
  const Set Y{filter.excluded.begin(), filter.excluded.end()};
  const bool is_block = type == RecordType::block_old_sources;
  const bool is_to_in = type == RecordType::change_to_include_mode;
  if ((is_block && compatibility != Compatibility::v3) || (is_to_in && compatibility == Compatibility::v1)) {
    return {.mode = filter.mode, .x = X, .y = Y};
  }
  if (type == RecordType::change_to_exclude_mode && compatibility != Compatibility::v3) {
    listed.clear();
  }
  if (filter.mode == FilterMode::include) {
    return include_row(X, type, listed);
  }
  Outcome outcome = exclude_row(X, Y, type, listed);
  outcome.mode = FilterMode::exclude;
  return outcome;
}

std::map<IpAddress, Timer> timers_of(const RecordEffects& effects) {
  std::map<IpAddress, Timer> timers{};
  for (const auto& [list, timer] : {std::pair{&effects.start, Timer::gmi},
                                    {&effects.start_as_group, Timer::group},
                                    {&effects.exclude, Timer::zero}}) {
    for (const IpAddress& source : *list) {
      EXPECT_TRUE(timers.emplace(source, timer).second) << "set to two things";
    }
  }
  return timers;
}

// Each of four sources is listed or not, and requested, excluded or neither: numbers of six digits base.
struct Case {
  PortFilter filter;
  Set listed;
};

constexpr unsigned kSources = 4;
constexpr unsigned kStates = 6;

Case case_of(unsigned number, FilterMode mode) {
  Case made;
  made.filter.mode = mode;
  for (unsigned i = 0; i < kSources; ++i, number /= kStates) {
    const IpAddress source{0x0a00'00fe + i};  // over the end of a byte
    const unsigned state = number % kStates;
    if (state % 2 == 1) {
      made.listed.insert(source);
    }
    if (state / 2 == 1) {
      made.filter.requested.push_back(source);
    }
    if (state / 2 == 2 && mode == FilterMode::exclude) {
      made.filter.excluded.push_back(source);
    }
  }
  return made;
}

using Parameters = std::tuple<FilterMode, int, Compatibility>;

class FilterAlgebra : public ::testing::TestWithParam<Parameters> {};

TEST_P(FilterAlgebra, EveryFilterWithEveryRecordIsAsTheTableSays) {
  const FilterMode mode = std::get<0>(GetParam());
  const auto type = static_cast<RecordType>(std::get<1>(GetParam()));
  const Compatibility compatibility = std::get<2>(GetParam());
  RecordEffects effects;
  for (unsigned number = 0; number < kStates * kStates * kStates * kStates; ++number) {
    const Case made = case_of(number, mode);
    const Outcome expected = row(made.filter, type, made.listed, compatibility);
    apply_record(made.filter, type, sorted(made.listed), compatibility, effects);
    const PortFilter now = after(made.filter, effects);

    ASSERT_EQ(now.mode, expected.mode) << number;
    ASSERT_EQ(now.requested, sorted(expected.x)) << number;
    ASSERT_EQ(now.excluded, sorted(expected.y)) << number;
    ASSERT_EQ(timers_of(effects), expected.timers) << number;
    ASSERT_EQ(effects.forget, sorted(expected.deleted)) << number;
    ASSERT_EQ(effects.query_sources, sorted(expected.query)) << number;
    ASSERT_EQ(effects.query_group, expected.query_group) << number;
    ASSERT_EQ(effects.restart_group_timer, expected.group_timer) << number;

    // Who is asked about can answer: only sources with a running timer are in Q(G,A).
    for (const IpAddress& source : effects.query_sources) {
      ASSERT_TRUE(std::binary_search(now.requested.begin(), now.requested.end(), source)) << number;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    AllRows, FilterAlgebra,
    ::testing::Combine(::testing::Values(FilterMode::include, FilterMode::exclude), ::testing::Range(1, 7),
                       ::testing::Values(Compatibility::v3, Compatibility::v2, Compatibility::v1)));

}  // namespace
}  // namespace mcswitch::membership
