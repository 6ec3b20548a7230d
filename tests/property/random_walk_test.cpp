// SPDX-License-Identifier: BSD-3-Clause
//
// A random walk: frames of every kind, links and clock steps, given to the engine and to the reference
// switch. After each step both have sent the frame to the same ports and the same queries at the same
// nanosecond; now and then everything that can be seen of them is compared. Deterministic: a failure names
// its configuration and seed, and the steps that led to it. The seeds are the same in every run; one more
// comes from the environment, MCSWITCH_WALK_SEED, which scripts/test takes from the clock.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include "support/sanitized.hpp"
#include "support/side_by_side.hpp"
#include "support/traffic.hpp"

namespace mcswitch::test {
namespace {

// In all, over the configurations: more than two million.
constexpr unsigned kSeeds = kIsSanitized ? 2 : 5;
constexpr unsigned kStepsPerSeed = kIsSanitized ? 10'000 : 30'000;
constexpr unsigned kStepsBetweenViews = 25;
constexpr std::size_t kStepsTold = 20;

class RandomChoices final : public Choices {
 public:
  explicit RandomChoices(std::uint64_t seed) : engine_{seed} {}
  // Not std::uniform_int_distribution, whose numbers are the library's own choice. The bias of the modulo is
  // of no interest here.
  unsigned below(unsigned n) override { return static_cast<unsigned>((engine_() >> 33) % n); }

 private:
  std::mt19937_64 engine_;
};

struct Told {
  Step step;
  TimePoint at;
};

std::string story(const std::deque<Told>& told, TimePoint start) {
  std::string text;
  for (const Told& t : told) {
    text += describe(t.at, start) + "  " + describe(t.step) + "\n";
  }
  return text;
}

struct Seed {
  std::uint64_t number;
  std::string words;
};

// Of the walks over a configuration.
std::vector<Seed> seeds_of(std::size_t configuration) {
  std::vector<Seed> seeds;
  for (unsigned n = 1; n <= kSeeds; ++n) {
    seeds.push_back({configuration * 1000 + n, "seed " + std::to_string(n)});
  }
  if (const char* further = std::getenv("MCSWITCH_WALK_SEED")) {
    seeds.push_back(
        {std::stoull(further) * 1000 + configuration, std::string{"MCSWITCH_WALK_SEED="} + further});
  }
  return seeds;
}

class RandomWalk : public testing::TestWithParam<std::size_t> {};

TEST_P(RandomWalk, EngineAndReferenceDecideAlike) {
  const NamedConfig& named = traffic_configs()[GetParam()];
  for (const Seed& seed : seeds_of(GetParam())) {
    RandomChoices choices{seed.number};
    SideBySide both{named.config};
    for (PortId port = 0; port < named.config.ports.size(); ++port) {
      ASSERT_EQ(both.link(port, true), "");
    }
    std::deque<Told> told;
    for (unsigned n = 0; n < kStepsPerSeed; ++n) {
      if (told.size() == kStepsTold) {
        told.pop_front();
      }
      told.push_back({next_step(choices, named.config.ports.size()), both.now()});
      std::string problem = both.take(told.back().step);
      if (problem.empty() && n % kStepsBetweenViews == 0) {
        problem = both.compare_views();
      }
      ASSERT_EQ(problem, "") << "configuration \"" << named.name << "\", " << seed.words << ", step " << n
                             << ", at " << describe(both.now(), both.start()) << "\n"
                             << story(told, both.start());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Configurations, RandomWalk,
                         testing::Range(std::size_t{0}, traffic_configs().size()));

}  // namespace
}  // namespace mcswitch::test
