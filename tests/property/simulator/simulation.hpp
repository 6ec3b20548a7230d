// SPDX-License-Identifier: BSD-3-Clause
//
// Simulation: a scene from a seed. The same scene, seed and number of messages give the same run.

#pragma once

#include <cstdint>
#include <string>

#include "property/simulator/scene.hpp"

namespace mcswitch::test::sim {

struct Outcome {
  // The first thing that was wrong, and what happened before; empty: nothing.
  std::string problem;
  std::uint64_t messages = 0;  // on all wires
  std::uint64_t copies = 0;    // of them, those that came a second time
  std::uint64_t lost_queries = 0;
  std::uint64_t lost_reports = 0;
  std::uint64_t owed = 0;   // streams that hosts were owed from when they were heard
  std::uint64_t ended = 0;  // streams that have ended on a port
  Duration time{};          // that went by in the simulation
};

// Ends behind `messages`, when all hosts have left everything and it has been seen that nothing is left.
Outcome simulate(const Scene& scene, std::uint64_t seed, std::uint64_t messages);

}  // namespace mcswitch::test::sim
