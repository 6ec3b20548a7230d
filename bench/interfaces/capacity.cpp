// SPDX-License-Identifier: BSD-3-Clause
//
// Multicast group capacity (RFC 3918 section 7.1): groups are joined in steps until data of one of the newest
// does not reach its member, or reaches one that is not a member: a group that is flooded has not been taken.

#include <fmt/format.h>

#include "interfaces/samples.hpp"
#include "interfaces/tests.hpp"

namespace mcswitch::bench::interfaces {
namespace {

constexpr std::uint32_t kDefaultGroups = 10'000;
constexpr std::size_t kMember = 0;
constexpr int kTries = 4;

struct Census {
  std::size_t taken = 0;
  std::size_t not_forwarded = 0;
  std::size_t flooded = 0;
};

Census census_of(const Sightings& sightings, std::size_t receivers, std::size_t groups) {
  Census census;
  for (std::size_t i = 0; i < groups; ++i) {
    bool is_flooded = false;
    for (std::size_t n = 0; n < receivers; ++n) {
      is_flooded = is_flooded || (n != kMember && sightings.was_seen(n, i));
    }
    if (is_flooded) {
      ++census.flooded;
    } else if (sightings.was_seen(kMember, i)) {
      ++census.taken;
    } else {
      ++census.not_forwarded;
    }
  }
  return census;
}

// What does not pass is tried again: its probe may have been lost, or its report.
Census look_at(Context& context, std::span<const Ipv4Address> groups) {
  Tester& tester = context.tester;
  Sightings sightings{tester.receivers(), groups};
  sweep(context, groups, sightings);
  for (int n = 1; n < kTries && sightings.count(kMember) < groups.size(); ++n) {
    std::vector<Ipv4Address> missing;
    for (std::size_t i = 0; i < groups.size(); ++i) {
      if (!sightings.was_seen(kMember, i)) {
        missing.push_back(groups[i]);
      }
    }
    sweep(context, missing, sightings);
  }
  return census_of(sightings, tester.receivers(), groups.size());
}

}  // namespace

bool run_capacity(Context& context) {
  Tester& tester = context.tester;
  const std::uint32_t most = context.options.groups.value_or(kDefaultGroups);
  const std::uint32_t step = std::clamp<std::uint32_t>(most / 20, 1, 2000);
  const double rate = context.options.join_rate > 0 ? context.options.join_rate : kEasyRate;
  const auto groups = tester.new_groups(most);
  std::size_t joined = 0;
  Census newest;
  while (joined < most && newest.not_forwarded + newest.flooded == 0) {
    context.report.progress().show(fmt::format("capacity: {} groups", joined));
    const auto next = std::span{groups}.subspan(joined, std::min<std::size_t>(step, most - joined));
    join_groups(context, kMember, next, rate);
    joined += next.size();
    newest = look_at(context, next);
  }
  const auto all = std::span{groups}.first(joined);
  const Census census = look_at(context, all);
  leave_groups(context, kMember, all, kEasyRate);
  tester.wait_for(kQuiet);

  Table& table = context.report.table(
      "capacity", "RFC 3918 section 7.1",
      fmt::format("{}, members on {}, up to {} groups", host_words(context.options), tester.name(kMember),
                  most),
      {number("taken", "taken"), number("joined", "joined"), number("not_forwarded", "not forwarded"),
       number("flooded", "flooded"), text("ended_by", "ended by")});
  const char* ended_by = newest.flooded > 0         ? "a group that is flooded"
                         : newest.not_forwarded > 0 ? "a group that is not forwarded"
                                                    : "--groups";
  table.add({static_cast<double>(census.taken), static_cast<double>(joined),
             static_cast<double>(census.not_forwarded), static_cast<double>(census.flooded), ended_by});
  if (tester.receivers() == 1) {
    context.report.note(
        "With one receiver a group that is flooded looks like one that was taken: give a second "
        "--receiver.");
  } else if (census.flooded == joined) {
    context.report.note(
        "Every group is flooded: the switch does not snoop, knows no querier (--querier), or has "
        "switched snooping off because it is full.");
  }
  return census.taken > 0;
}

}  // namespace mcswitch::bench::interfaces
