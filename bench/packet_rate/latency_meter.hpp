// SPDX-License-Identifier: BSD-3-Clause
//
// What becomes of stamped frames at the sinks: the time from a frame's stamp to its transmission, for each
// port, and the time between the first and the last replica of a frame. The clock is read once a burst of
// transmission, as all of it leaves together. Nothing is allocated while it measures.
//
// Threads: one worker sends to all of its sinks; main makes and reads while no worker runs.

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "packet_rate/bench_port.hpp"
#include "packet_rate/skew_meter.hpp"
#include "report/histogram.hpp"

namespace mcswitch::bench {

class LatencyMeter {
 public:
  // Takes the place of the sinks of `ports`. Frames with numbers below `warm_up` are not measured.
  LatencyMeter(std::span<BenchPort* const> ports, std::uint64_t warm_up);
  LatencyMeter(const LatencyMeter&) = delete;
  LatencyMeter& operator=(const LatencyMeter&) = delete;

  // In ticks of the time-stamp counter, by place in `ports`.
  [[nodiscard]] const Histogram& latency(std::size_t n) const { return sinks_[n]->latency; }
  [[nodiscard]] const Histogram& skew() const { return skews_; }
  [[nodiscard]] std::uint64_t replicas() const;

 private:
  struct Sink {
    LatencyMeter* meter;
    std::uint64_t packets = 0;
    Histogram latency = {};
  };
  static std::uint16_t transmit(void* sink, rte_mbuf** mbufs, std::uint16_t count);

  const std::uint64_t warm_up_;
  SkewMeter skew_;
  Histogram skews_;
  std::vector<std::unique_ptr<Sink>> sinks_;
};

}  // namespace mcswitch::bench
