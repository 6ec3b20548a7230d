// SPDX-License-Identifier: BSD-3-Clause
//
// No lost message costs a stream: the engine, hosts of every version, queriers and the wires between them in
// one process and one thread, from one seed. What is lost is bounded as RFC 9776 section 8.14.1 has it
// (faults.hpp), what is demanded is in demands.hpp. A failure names scene and seed, and tells what happened
// before it.
//
//   MCSWITCH_SIM_SEED=N      one more run of each scene, from this seed (scripts/test takes it from the
//   clock) MCSWITCH_SIM_MESSAGES=N  only that run, from seed 1 if none is given, with so many messages of
//   each scene MCSWITCH_SIM_ALL=1       those scenes too that wait for something

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "property/simulator/scene.hpp"
#include "property/simulator/simulation.hpp"
#include "support/sanitized.hpp"

namespace mcswitch::test::sim {
namespace {

constexpr unsigned kSeeds = kIsSanitized ? 1 : 2;
constexpr std::uint64_t kMessages = kIsSanitized ? 3'000 : 50'000;

std::uint64_t number_of(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::stoull(text);
}

std::vector<std::uint64_t> seeds() {
  std::vector<std::uint64_t> seeds;
  if (std::getenv("MCSWITCH_SIM_MESSAGES") != nullptr) {
    return {number_of("MCSWITCH_SIM_SEED", 1)};
  }
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    seeds.push_back(seed);
  }
  if (std::getenv("MCSWITCH_SIM_SEED") != nullptr) {
    seeds.push_back(number_of("MCSWITCH_SIM_SEED", 0));
  }
  return seeds;
}

class Simulator : public testing::TestWithParam<std::size_t> {};

// RFC 9776 section 8.14.1.
TEST_P(Simulator, AMemberNeverMissesItsStreamAndNobodyElseGetsIt) {
  const Scene& scene = scenes()[GetParam()];
  if (*scene.waits_for != '\0' && std::getenv("MCSWITCH_SIM_ALL") == nullptr) {
    GTEST_SKIP() << "waits: " << scene.waits_for;
  }
  const std::uint64_t messages = number_of("MCSWITCH_SIM_MESSAGES", kMessages);
  for (const std::uint64_t seed : seeds()) {
    const auto began = std::chrono::steady_clock::now();
    const Outcome outcome = simulate(scene, seed, messages);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    std::cout << "MCSWITCH_SIM_SEED=" << seed << ": " << outcome.messages << " messages in "
              << outcome.time / std::chrono::hours{1} << " h, " << outcome.copies << " came twice, "
              << outcome.lost_queries << " queries and " << outcome.lost_reports << " reports lost, "
              << outcome.owed << " streams owed, " << outcome.ended << " ended; " << took.count() << " s\n";
    ASSERT_EQ(outcome.problem, "") << "scene " << scene.name << ", MCSWITCH_SIM_SEED=" << seed;
    // It can fail.
    EXPECT_GT(outcome.copies, outcome.messages / 50);
    EXPECT_GT(outcome.lost_queries, outcome.messages / 100);
    EXPECT_GT(outcome.lost_reports, outcome.messages / 200);
    EXPECT_GT(outcome.owed, outcome.messages / 200);
    EXPECT_GT(outcome.ended, outcome.messages / 200);
  }
}

INSTANTIATE_TEST_SUITE_P(Scenes, Simulator, testing::Range(std::size_t{0}, scenes().size()),
                         [](const auto& param_info) { return scenes()[param_info.param].name; });

}  // namespace
}  // namespace mcswitch::test::sim
