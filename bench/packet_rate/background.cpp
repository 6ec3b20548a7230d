// SPDX-License-Identifier: BSD-3-Clause

#include "packet_rate/background.hpp"

#include <rte_pause.h>

#include <atomic>

namespace mcswitch::bench {
namespace {

constexpr std::uint16_t kSize = 60;

}  // namespace

Background::Background(Rig& rig, PortId ingress)
    : rig_{rig}, ingress_{ingress}, frames_{data_frames(kGroups, kSize, kFirstGroup)} {
  PortSet to;
  for (std::size_t n = 1; n <= kFanOut; ++n) {
    to.add(static_cast<PortId>(ingress + n));
  }
  for (std::uint32_t group = 0; group < kGroups; ++group) {
    rig.join(kFirstGroup + group, to);
  }
}

void Background::arm(double per_second) {
  const std::uint64_t frames = per_second > 0 ? kEndless : 0;
  source_ = std::make_unique<PacedSource>(rig_.port(ingress_), frames_, kSize,
                                          per_second > 0 ? per_second : 1.0, frames, false);
}

double Background::throughput(std::uint64_t frames) {
  std::atomic<bool> is_done{false};
  source_ = std::make_unique<PacedSource>(rig_.port(ingress_), frames_, kSize, kUnpaced, frames, false);
  source_->then_set(&is_done);
  rig_.prepare({{ingress_}});
  rig_.launch();
  while (!is_done.load(std::memory_order_acquire)) {
    rte_pause();
  }
  rig_.stop();
  return static_cast<double>(frames) * 1e9 / source_->nanoseconds();
}

}  // namespace mcswitch::bench
