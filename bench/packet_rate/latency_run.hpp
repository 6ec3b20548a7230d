// SPDX-License-Identifier: BSD-3-Clause
//
// Latency of a paced stream: from the moment at which a frame was due (so a frame that had to wait for the
// worker is later by as much) to its transmission, for each egress port, and from the first replica to the
// last. Port 0 receives the stream, ports 1 to F send it; with a background there are more behind these.

#pragma once

#include <vector>

#include "packet_rate/background.hpp"
#include "packet_rate/rig.hpp"

namespace mcswitch::bench {

struct Percentiles {
  double p50 = 0;
  double p99 = 0;
  double p999 = 0;
  double maximum = 0;
};

struct LatencyRun {
  std::vector<Percentiles> ports;  // by egress port; nanoseconds
  Percentiles skew;                // first to last replica; nanoseconds
};

struct LatencyCase {
  std::size_t fan_out = 4;
  std::uint16_t size = 60;  // bytes without FCS
  std::uint32_t groups = 100;
  bool with_background = false;
};

class LatencyBench {
 public:
  LatencyBench(const LatencyCase& what, unsigned worker_lcore);

  // Ingress frames a second that the switch takes with these devices.
  double throughput(std::uint64_t frames);
  // Both throw std::runtime_error if a frame is missing.
  LatencyRun run(double per_second, std::uint64_t frames, double background_per_second = 0);
  // Of the ceiling in the place of the switch.
  LatencyRun run_ceiling(double per_second, std::uint64_t frames);
  Background& background() { return *background_; }

 private:
  std::vector<BenchPort*> sinks();
  struct Stream {
    double per_second;
    std::uint64_t frames;
    double background = 0;
    bool by_ceiling = false;
    double nanoseconds = 0;  // that it took
  };
  LatencyRun run_stream(Stream& what);
  void forward_until(const std::atomic<bool>& is_done, double background_per_second);

  const LatencyCase what_;
  Rig rig_;
  const std::vector<Template> frames_;
  std::unique_ptr<Background> background_;
};

}  // namespace mcswitch::bench
