// SPDX-License-Identifier: BSD-3-Clause
//
// Aggregated multicast throughput (RFC 3918 section 4.3): the highest rate of the source at which no receiver
// loses a frame (RFC 2544 section 26.1), and what arrives when the tester sends as fast as it can.

#include <fmt/format.h>

#include <numeric>

#include "interfaces/samples.hpp"
#include "interfaces/tests.hpp"

namespace mcswitch::bench::interfaces {
namespace {

constexpr std::uint32_t kDefaultGroups = 10;
constexpr std::size_t kBatch = 32;
constexpr double kPrecision = 0.02;  // the search ends when the rate is known so well
constexpr int kMostTrials = 14;

struct Trial {
  std::uint64_t sent = 0;
  double seconds = 0;
  std::vector<std::uint64_t> received;  // by receiver
  std::uint64_t own_drops = 0;

  [[nodiscard]] double sent_rate() const { return static_cast<double>(sent) / seconds; }
  [[nodiscard]] double egress_rate() const {
    return static_cast<double>(std::accumulate(received.begin(), received.end(), std::uint64_t{0})) / seconds;
  }
  // Of the receiver that lost most.
  [[nodiscard]] double loss() const {
    const auto least = static_cast<double>(*std::ranges::min_element(received));
    return sent == 0 ? 1 : 1 - std::min(1.0, least / static_cast<double>(sent));
  }
};

Trial run_trial(Context& context, std::size_t fan_out, unsigned size, std::span<const Ipv4Address> groups,
                double rate) {
  Tester& tester = context.tester;
  Trial trial{.received = std::vector<std::uint64_t>(fan_out)};
  tester.take_own_drops();
  {
    const Listening listening{tester, [&](const Arrival& arrival) {
                                if (arrival.receiver < fan_out) {
                                  ++trial.received[arrival.receiver];
                                }
                              }};
    const Nanoseconds begin = now_ns();
    tester.start({.groups = {groups.begin(), groups.end()}, .rate = rate, .batch = kBatch, .size = size - 4});
    tester.wait_for(static_cast<Nanoseconds>(context.options.duration * 1e9));
    trial.seconds = to_seconds(now_ns() - begin);
    trial.sent = tester.sent();
    tester.stop();
    // RFC 2544 section 23: frames on their way get two seconds.
    tester.wait_for_quiet(2 * kQuiet, 2 * kSecond);
  }
  trial.own_drops = tester.take_own_drops();
  return trial;
}

struct Search {
  Trial fastest;   // that the tester can send
  Trial lossless;  // sent 0: none was found
};

Search search(Context& context, std::size_t fan_out, unsigned size, std::span<const Ipv4Address> groups) {
  const auto show = [&](double rate) {
    context.report.progress().show(
        fmt::format("throughput: {} receivers, {} bytes, {} frames/s", fan_out, size,
                    rate > 0 ? fmt::format("{:.0f}", rate) : std::string{"as many as can be sent"}));
  };
  show(0);
  Search found{.fastest = run_trial(context, fan_out, size, groups, 0), .lossless = {}};
  if (found.fastest.loss() <= context.options.loss) {
    found.lossless = found.fastest;
    return found;
  }
  double low = 0;
  double high = found.fastest.sent_rate();
  for (int n = 0; n < kMostTrials && high - low > kPrecision * high; ++n) {
    const double rate = (low + high) / 2;
    show(rate);
    Trial trial = run_trial(context, fan_out, size, groups, rate);
    if (trial.loss() <= context.options.loss) {
      low = rate;
      found.lossless = std::move(trial);
    } else {
      high = rate;
    }
  }
  return found;
}

std::string counts(const Trial& trial) {
  const auto [least, most] = std::ranges::minmax(trial.received);
  return least == most ? fmt::format("{}", least) : fmt::format("{} to {}", least, most);
}

}  // namespace

bool run_throughput(Context& context) {
  Tester& tester = context.tester;
  const std::uint32_t count = context.options.groups.value_or(kDefaultGroups);
  Table* table = nullptr;
  Plot plot{.title = "Throughput without loss",
            .x_label = "receivers",
            .y_label = "frames/s of the source",
            .series = {}};
  for (const std::size_t fan_out : context.options.fan_outs) {
    const auto groups = tester.new_groups(count);
    const StandingMembership members{context, fan_out, groups};
    if (!members.is_complete()) {
      context.report.note(fmt::format("throughput: {} of {} memberships get no data within {} s (--timeout)",
                                      members.missing(), fan_out * count, context.options.timeout));
      continue;
    }
    for (std::size_t s = 0; s < context.options.sizes.size(); ++s) {
      const unsigned size = context.options.sizes[s];
      const Search found = search(context, fan_out, size, groups);
      if (table == nullptr) {
        table = &context.report.table(
            "throughput", "RFC 3918 section 4.3",
            fmt::format("{} groups, trials of {} s, loss up to {}", count, context.options.duration,
                        context.options.loss),
            {number("fan_out", "F"), number("frame_size", "bytes"),
             number("lossless_pps", "without loss frames/s"),
             number("lossless_egress_pps", "egress frames/s"), number("fastest_pps", "fastest sent frames/s"),
             number("fastest_egress_pps", "egress frames/s"), number("fastest_loss_percent", "loss %", 2),
             text("fastest_counts", "frames by receiver"), hidden("fastest_sent"), hidden("own_drops")});
      }
      const bool has_rate = found.lossless.sent > 0;
      table->add({static_cast<double>(fan_out), static_cast<double>(size),
                  cell_if(has_rate, has_rate ? found.lossless.sent_rate() : 0),
                  cell_if(has_rate, has_rate ? found.lossless.egress_rate() : 0), found.fastest.sent_rate(),
                  found.fastest.egress_rate(), found.fastest.loss() * 100, counts(found.fastest),
                  static_cast<double>(found.fastest.sent), static_cast<double>(found.fastest.own_drops)});
      if (!has_rate) {
        context.report.note("No rate was without loss: see --loss for a share that is allowed.");
      } else if (found.fastest.loss() <= context.options.loss) {
        context.report.note(
            "Without loss at the most that this tester can send: the switch may be capable of more.");
      }
      if (found.fastest.own_drops > 0) {
        context.report.note(fmt::format("{} frames were lost by the tester, not the switch: a larger --ring",
                                        found.fastest.own_drops));
      }
      if (has_rate && s < 6) {
        plot.series.resize(std::max(plot.series.size(), s + 1));
        plot.series[s].name = fmt::format("{} bytes", size);
        plot.series[s].points.push_back({static_cast<double>(fan_out), exactly(found.lossless.sent_rate())});
      }
    }
  }
  if (context.report.wants_plots() && table != nullptr) {
    context.report.plot("interfaces-throughput", plot);
  }
  return table != nullptr;
}

}  // namespace mcswitch::bench::interfaces
