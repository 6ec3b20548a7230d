// SPDX-License-Identifier: BSD-3-Clause
//
// A stream that runs while something else is measured: 100 groups, 64 bytes, from one port to four others,
// at a rate.

#pragma once

#include <vector>

#include "packet_rate/paced.hpp"
#include "packet_rate/rig.hpp"

namespace mcswitch::bench {

class Background {
 public:
  static constexpr std::uint32_t kGroups = 100;
  // Beyond the groups of everything else.
  static constexpr std::uint32_t kFirstGroup = 1U << 22;
  static constexpr std::size_t kFanOut = 4;

  // From `ingress` to the kFanOut ports behind it, where its groups are joined now; arm() is for each run.
  Background(Rig& rig, PortId ingress);

  // Ingress frames a second; 0: none come. Until the worker stops.
  void arm(double per_second);
  // Ingress frames a second that the worker takes of it if it has nothing else to do.
  double throughput(std::uint64_t frames);
  // Frames given since arm().
  [[nodiscard]] std::uint64_t given() const { return source_->given(); }

 private:
  Rig& rig_;
  const PortId ingress_;
  const std::vector<Template> frames_;
  std::unique_ptr<PacedSource> source_;
};

// Faster than anything: all frames are due at once.
inline constexpr double kUnpaced = 1e12;

}  // namespace mcswitch::bench
