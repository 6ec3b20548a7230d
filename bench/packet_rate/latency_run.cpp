// SPDX-License-Identifier: BSD-3-Clause

#include "packet_rate/latency_run.hpp"

#include <fmt/format.h>
#include <rte_cycles.h>
#include <rte_pause.h>

#include <stdexcept>

#include "packet_rate/latency_meter.hpp"

namespace mcswitch::bench {
namespace {

Percentiles percentiles(const Histogram& histogram) {
  const auto ns = [](std::uint64_t ticks) {
    return static_cast<double>(ticks) * 1e9 / static_cast<double>(rte_get_tsc_hz());
  };
  return {.p50 = ns(histogram.percentile(0.5)),
          .p99 = ns(histogram.percentile(0.99)),
          .p999 = ns(histogram.percentile(0.999)),
          .maximum = ns(histogram.maximum())};
}

// Stream, its sinks, background, its sinks.
std::size_t port_count(const LatencyCase& what) {
  return 1 + what.fan_out + (what.with_background ? 1 + Background::kFanOut : 0);
}

}  // namespace

LatencyBench::LatencyBench(const LatencyCase& what, unsigned worker_lcore)
    : what_{what},
      rig_{std::max<std::uint32_t>(what.groups + Background::kGroups, 1024), port_count(what), worker_lcore},
      frames_{data_frames(what.groups, what.size)} {
  for (std::uint32_t group = 0; group < what.groups; ++group) {
    rig_.join(group, Rig::sinks(what.fan_out));
  }
  if (what.with_background) {
    background_ = std::make_unique<Background>(rig_, static_cast<PortId>(what.fan_out + 1));
  }
}

std::vector<BenchPort*> LatencyBench::sinks() {
  std::vector<BenchPort*> ports;
  ports.reserve(what_.fan_out);
  for (std::size_t n = 1; n <= what_.fan_out; ++n) {
    ports.push_back(&rig_.port(static_cast<PortId>(n)));
  }
  return ports;
}

double LatencyBench::throughput(std::uint64_t frames) {
  Stream stream{.per_second = kUnpaced, .frames = frames};
  run_stream(stream);
  return static_cast<double>(frames) * 1e9 / stream.nanoseconds;
}

LatencyRun LatencyBench::run(double per_second, std::uint64_t frames, double background_per_second) {
  Stream stream{.per_second = per_second, .frames = frames, .background = background_per_second};
  return run_stream(stream);
}

LatencyRun LatencyBench::run_ceiling(double per_second, std::uint64_t frames) {
  Stream stream{.per_second = per_second, .frames = frames, .by_ceiling = true};
  return run_stream(stream);
}

LatencyRun LatencyBench::run_stream(Stream& what) {
  std::atomic<bool> is_done{false};
  // The first twentieth is left out, until caches and clocks have settled.
  LatencyMeter meter{sinks(), what.frames / 20};
  PacedSource stream{rig_.port(0), frames_, what_.size, what.per_second, what.frames, true};
  stream.then_set(&is_done);
  if (what.by_ceiling) {
    rig_.ceiling_until(is_done, what_.fan_out);
  } else {
    forward_until(is_done, what.background);
  }
  what.nanoseconds = stream.nanoseconds();
  if (meter.replicas() != what.frames * what_.fan_out) {
    throw std::runtime_error{
        fmt::format("{} of {} replicas came out", meter.replicas(), what.frames * what_.fan_out)};
  }
  LatencyRun run{.ports = {}, .skew = percentiles(meter.skew())};
  for (std::size_t n = 0; n < what_.fan_out; ++n) {
    run.ports.push_back(percentiles(meter.latency(n)));
  }
  return run;
}

void LatencyBench::forward_until(const std::atomic<bool>& is_done, double background_per_second) {
  std::vector<PortId> receives{0};
  if (background_) {
    background_->arm(background_per_second);
    receives.push_back(static_cast<PortId>(what_.fan_out + 1));
  }
  rig_.prepare({receives});
  rig_.launch();
  while (!is_done.load(std::memory_order_acquire)) {
    rte_pause();
  }
  rig_.stop();
}

}  // namespace mcswitch::bench
