// SPDX-License-Identifier: BSD-3-Clause
//
// Multicast latency per receiver (RFC 3918 section 5.1), and how far the first and the last replica of a
// frame are apart (section 5.2).

#include <fmt/format.h>

#include "interfaces/samples.hpp"
#include "interfaces/tests.hpp"

namespace mcswitch::bench::interfaces {
namespace {

constexpr std::uint32_t kDefaultGroups = 10;

// First and last replica of the frames that are on their way.
class Replicas {
 public:
  explicit Replicas(std::size_t receivers) : receivers_{receivers}, frames_(kFrames) {}

  void add(const Arrival& arrival, Samples& skews) {
    Frame& frame = frames_[arrival.sequence % kFrames];
    if (frame.count == 0 || frame.sequence != arrival.sequence) {
      frame = {arrival.sequence, 0, arrival.received, arrival.received};
    }
    frame.first = std::min(frame.first, arrival.received);
    frame.last = std::max(frame.last, arrival.received);
    if (++frame.count == receivers_) {
      skews.add(frame.last - frame.first);
    }
  }

 private:
  static constexpr std::size_t kFrames = 65536;
  struct Frame {
    std::uint32_t sequence = 0;
    std::size_t count = 0;
    Nanoseconds first = 0;
    Nanoseconds last = 0;
  };
  const std::size_t receivers_;
  std::vector<Frame> frames_;
};

struct Found {
  std::vector<Samples> delays;
  Samples skews;
  std::uint64_t sent = 0;
};

Found measure(Context& context, std::size_t fan_out, unsigned size, std::span<const Ipv4Address> groups) {
  Tester& tester = context.tester;
  Found found{.delays = std::vector<Samples>(fan_out), .skews = {}};
  Replicas replicas{fan_out};
  tester.take_own_drops();
  {
    const Listening listening{tester, [&](const Arrival& arrival) {
                                if (arrival.receiver < fan_out) {
                                  found.delays[arrival.receiver].add(arrival.delay());
                                  replicas.add(arrival, found.skews);
                                }
                              }};
    tester.start({.groups = {groups.begin(), groups.end()}, .rate = context.options.rate, .size = size - 4});
    tester.wait_for(static_cast<Nanoseconds>(context.options.duration * 1e9));
    found.sent = tester.sent();
    tester.stop();
    tester.wait_for_quiet(kQuiet, context.timeout());
  }
  return found;
}

void add_row(Table& table, std::size_t fan_out, unsigned size, const std::string& name, std::uint64_t sent,
             bool is_skew, Samples& samples) {
  const auto frames = static_cast<double>(samples.count());
  // A switch that duplicates has less than nothing lost.
  table.add({name, static_cast<double>(fan_out), static_cast<double>(size), frames,
             cell_if(!is_skew, static_cast<double>(sent) - frames), samples.percentile_cell(0.5),
             samples.percentile_cell(0.99), samples.percentile_cell(0.999), samples.percentile_cell(1)});
}

}  // namespace

bool run_latency(Context& context) {
  Tester& tester = context.tester;
  const std::uint32_t count = context.options.groups.value_or(kDefaultGroups);
  Table* table = nullptr;
  Plot plot{.title = "Latency", .x_label = "per cent of the frames", .y_label = "µs"};
  for (const std::size_t fan_out : context.options.fan_outs) {
    const auto groups = tester.new_groups(count);
    context.report.progress().show(fmt::format("latency: {} groups join on {} receivers", count, fan_out));
    const StandingMembership members{context, fan_out, groups};
    if (!members.is_complete()) {
      context.report.note(fmt::format("latency: {} of {} memberships get no data within {} s (--timeout)",
                                      members.missing(), fan_out * count, context.options.timeout));
      continue;
    }
    for (const unsigned size : context.options.sizes) {
      context.report.progress().show(fmt::format("latency: {} receivers, {} bytes", fan_out, size));
      Found found = measure(context, fan_out, size, groups);
      if (table == nullptr) {
        table = &context.report.table(
            "latency", "RFC 3918 sections 5.1 and 5.2",
            fmt::format("{} groups, {:.0f} frames/s", count, context.options.rate),
            {text("receiver", "receiver"), number("fan_out", "F"), number("frame_size", "bytes"),
             number("frames", "frames"), number("lost", "lost"), number("p50_us", "p50 µs", 1),
             number("p99_us", "p99 µs", 1), number("p999_us", "p99.9 µs", 1), number("max_us", "max µs", 1)});
      }
      for (std::size_t n = 0; n < fan_out; ++n) {
        add_row(*table, fan_out, size, tester.name(n), found.sent, false, found.delays[n]);
      }
      add_row(*table, fan_out, size, "last - first", found.sent, true, found.skews);
      if (const std::uint64_t drops = tester.take_own_drops(); drops > 0) {
        context.report.note(
            fmt::format("{} frames of these were lost by the tester, not the switch: a larger --ring "
                        "or a lower --rate",
                        drops));
      }
      if (plot.series.size() < 6) {
        plot.series.push_back(found.delays.front().series(fmt::format("F={}, {} bytes", fan_out, size)));
      }
    }
  }
  if (context.report.wants_plots() && table != nullptr) {
    context.report.plot("interfaces-latency", plot);
  }
  return table != nullptr;
}

}  // namespace mcswitch::bench::interfaces
