// SPDX-License-Identifier: BSD-3-Clause
//
// Memberships as the data shows them: hosts report, and the test sees what the switch then forwards where. It
// never asks the switch for its state.

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "interfaces/sightings.hpp"
#include "interfaces/tester.hpp"

namespace mcswitch::bench::interfaces {

struct Context {
  Tester& tester;
  const Options& options;
  Report& report;
  [[nodiscard]] Nanoseconds timeout() const { return static_cast<Nanoseconds>(options.timeout * 1e9); }
};

// Frames by which a test asks which groups pass: slow enough for a switch to keep up with.
constexpr double kProbeRate = 50'000;
// Messages a second where they are not what is measured: slow enough for any switch.
constexpr double kEasyRate = 20'000;
// No frame for so long: what was sent has arrived or is lost.
constexpr Nanoseconds kQuiet = 50 * kMillisecond;

// One frame to each of `groups`, and waits until all that will arrive has.
void sweep(Context& context, std::span<const Ipv4Address> groups, Sightings& sightings);

// Hosts of a receiver in turn send a join, or a leave, of one group each, at `rate` messages a second; 0: as
// fast as the tester can.
void join_groups(Context& context, std::size_t receiver, std::span<const Ipv4Address> groups, double rate);
void leave_groups(Context& context, std::size_t receiver, std::span<const Ipv4Address> groups, double rate);

// Hosts of the receivers 0 to `receivers` - 1 are members of the groups until this ends. is_complete(): data
// of each group arrives at each of them; what does not at first is reported anew, for --timeout at most.
class StandingMembership {
 public:
  StandingMembership(Context& context, std::size_t receivers, std::span<const Ipv4Address> groups);
  ~StandingMembership();
  StandingMembership(const StandingMembership&) = delete;
  StandingMembership& operator=(const StandingMembership&) = delete;

  [[nodiscard]] bool is_complete() const { return missing_ == 0; }
  [[nodiscard]] std::size_t missing() const { return missing_; }

 private:
  void report_missing(const Sightings& sightings);

  Context& context_;
  const std::size_t receivers_;
  const std::span<const Ipv4Address> groups_;
  std::size_t missing_ = 0;
};

// The listener while this lives; then none.
class Listening {
 public:
  Listening(Tester& tester, Tester::Listener listener) : tester_{tester} {
    tester.listen(std::move(listener));
  }
  ~Listening() { tester_.listen({}); }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

 private:
  Tester& tester_;
};

}  // namespace mcswitch::bench::interfaces
