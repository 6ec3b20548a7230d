// SPDX-License-Identifier: BSD-3-Clause
//
// Fuzz target: the engine against the reference switch. The first byte of the input chooses the
// configuration, the others make the choices of tests/support/traffic.hpp: frames, links, clock steps. The
// two have to decide alike after each step; a difference is printed with the steps that led to it, and
// aborts. See README.md for how to run it.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "support/side_by_side.hpp"
#include "support/traffic.hpp"

namespace {

using namespace mcswitch;
using namespace mcswitch::test;

constexpr std::size_t kMaxSteps = 500;
constexpr std::size_t kStepsBetweenViews = 8;
constexpr std::size_t kStepsTold = 40;

// The input's bytes, one for each choice, two where one is not enough. Behind the end everything is 0.
class InputChoices final : public Choices {
 public:
  explicit InputChoices(std::span<const std::uint8_t> input) : input_{input} {}
  unsigned below(unsigned n) override {
    const unsigned byte = take();
    return (n <= 256 ? byte : byte * 256 + take()) % n;
  }
  [[nodiscard]] bool is_at_end() const { return input_.empty(); }

 private:
  unsigned take() {
    if (input_.empty()) {
      return 0;
    }
    const unsigned byte = input_.front();
    input_ = input_.subspan(1);
    return byte;
  }
  std::span<const std::uint8_t> input_;
};

[[noreturn]] void tell(const std::string& problem, const std::vector<Step>& steps, const char* config) {
  std::fprintf(stderr, "configuration \"%s\"\n", config);
  for (std::size_t i = steps.size() > kStepsTold ? steps.size() - kStepsTold : 0; i < steps.size(); ++i) {
    std::fprintf(stderr, "%s\n", describe(steps[i]).c_str());
  }
  std::fprintf(stderr, "%s\n", problem.c_str());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  InputChoices choices{{data, size}};
  const auto& configs = traffic_configs();
  const NamedConfig& named = configs[choices.below(static_cast<unsigned>(configs.size()))];
  SideBySide both{named.config};
  std::vector<Step> steps;
  const auto check = [&](const std::string& problem) {
    if (!problem.empty()) {
      tell(problem, steps, named.name);
    }
  };
  for (PortId port = 0; port < named.config.ports.size(); ++port) {
    check(both.link(port, true));
  }
  while (!choices.is_at_end() && steps.size() < kMaxSteps) {
    steps.push_back(next_step(choices, named.config.ports.size()));
    check(both.take(steps.back()));
    if (steps.size() % kStepsBetweenViews == 0) {
      check(both.compare_views());
    }
  }
  check(both.compare_views());
  return 0;
}
