// SPDX-License-Identifier: BSD-3-Clause
//
// Group join delay and group leave delay (RFC 3918 sections 6.1 and 6.2), each round with a group of its own.

#include <fmt/format.h>

#include <optional>
#include <random>
#include <vector>

#include "interfaces/samples.hpp"
#include "interfaces/tests.hpp"

namespace mcswitch::bench::interfaces {
namespace {

constexpr Nanoseconds kBefore = 20 * kMillisecond;  // a stream runs so long before a host sends a message
constexpr Nanoseconds kAfter = 20 * kMillisecond;   // and is watched so long behind its first frame
constexpr Nanoseconds kGone =
    100 * kMillisecond;                      // no frame for so long although they are sent: no more come
constexpr unsigned kTriesWithoutNumber = 3;  // then the test gives up

// One group, one receiver, a stream to it.
struct Round {
  Ipv4Address group;
  std::size_t receiver = 0;
  Samples* stream_delays = nullptr;
  Nanoseconds first = 0;  // frame that arrived; 0: none
  Nanoseconds first_sent = 0;
  std::uint32_t first_sequence = 0;
  Nanoseconds last = 0;
  std::uint64_t elsewhere = 0;  // arrivals at receivers that did not join

  void add(const Arrival& arrival) {
    if (arrival.group != group) {
      return;  // late, from the round before
    }
    if (arrival.receiver != receiver) {
      ++elsewhere;
      return;
    }
    if (first == 0) {
      first = arrival.received;
      first_sent = arrival.sent;
      first_sequence = arrival.sequence;
    }
    last = std::max(last, arrival.received);
    stream_delays->add(arrival.delay());
  }
};

struct Totals {
  Samples delays, gaps, calls, stream_delays;
  Samples first_delays;                 // of the first frames themselves
  std::vector<Ipv4Address> background;  // one group or none
  unsigned without_number = 0;
  unsigned flooded = 0;
  std::uint64_t elsewhere = 0;

  [[nodiscard]] bool is_hopeless() const {
    return delays.empty() && without_number + flooded >= kTriesWithoutNumber;
  }
};

// A moment between two frames of the stream, another one each time.
Nanoseconds random_phase(const Options& options) {
  static std::mt19937 generator{1};
  const auto gap = static_cast<Nanoseconds>(1e9 / options.rate);
  return std::uniform_int_distribution<Nanoseconds>{0, gap}(generator);
}

// Groups of the stream: that of the round, and what is in the background.
std::vector<Ipv4Address> groups_of(const Totals& totals, Ipv4Address group) {
  std::vector<Ipv4Address> groups{group};
  groups.insert(groups.end(), totals.background.begin(), totals.background.end());
  return groups;
}

void start_stream(Context& context, const Totals& totals, Ipv4Address group) {
  const auto groups = groups_of(totals, group);
  context.tester.start({.groups = groups,
                        .rate = context.options.rate * static_cast<double>(groups.size()),
                        .size = context.options.sizes.front() - 4});
}

// Between the sending of this frame and of the one before it to the same group.
Nanoseconds gap_before(const Tester& tester, const Totals& totals, std::uint32_t sequence) {
  const auto stride = static_cast<std::uint32_t>(1 + totals.background.size());
  return tester.sent_time(sequence) - tester.sent_time(sequence - stride);
}

void join_round(Context& context, std::size_t receiver, Totals& totals) {
  Tester& tester = context.tester;
  const Ipv4Address group = tester.new_groups(1).front();
  Round round{.group = group, .receiver = receiver, .stream_delays = &totals.stream_delays};
  Samples unused;
  Round before{.group = group, .receiver = receiver, .stream_delays = &unused};
  start_stream(context, totals, group);
  {
    const Listening listening{tester, [&](const Arrival& arrival) { before.add(arrival); }};
    tester.wait_for(kBefore);
  }
  if (before.first != 0) {
    ++totals.flooded;
    tester.stop();
    return;
  }
  const Listening listening{tester, [&](const Arrival& arrival) { round.add(arrival); }};
  tester.wait_for(random_phase(context.options));
  Segment& segment = tester.segment(receiver);
  segment.join(0, group, now_ns());
  const Nanoseconds said = now_ns();
  segment.flush();
  const Nanoseconds returned = now_ns();
  if (tester.wait_until([&] { return round.first != 0; }, context.timeout())) {
    totals.delays.add(round.first - said);
    totals.gaps.add(gap_before(tester, totals, round.first_sequence));
    totals.first_delays.add(round.first - round.first_sent);
    totals.calls.add(returned - said);
    tester.wait_for(kAfter);
  } else {
    ++totals.without_number;
  }
  tester.stop();
  segment.leave(0, group, now_ns());
  segment.flush();
  tester.wait_for(2 * kMillisecond);
  totals.elsewhere += before.elsewhere + round.elsewhere;
}

void leave_round(Context& context, std::size_t receiver, Totals& totals) {
  Tester& tester = context.tester;
  const Ipv4Address group = tester.new_groups(1).front();
  Round round{.group = group, .receiver = receiver, .stream_delays = &totals.stream_delays};
  start_stream(context, totals, group);
  const Listening listening{tester, [&](const Arrival& arrival) { round.add(arrival); }};
  tester.wait_for(kBefore);
  if (round.first != 0) {
    ++totals.flooded;
    tester.stop();
    return;
  }
  Segment& segment = tester.segment(receiver);
  segment.join(0, group, now_ns());
  segment.flush();
  if (!tester.wait_until([&] { return round.first != 0; }, context.timeout())) {
    ++totals.without_number;
    tester.stop();
    return;
  }
  tester.wait_for(kAfter + random_phase(context.options));
  const Nanoseconds gap = gap_before(tester, totals, tester.next_sequence() - 1);
  segment.leave(0, group, now_ns());
  const Nanoseconds said = now_ns();
  segment.flush();
  const Nanoseconds returned = now_ns();
  // A tester that was not given its core has not sent either: only frames that were sent can be missing.
  const auto expected = static_cast<std::uint64_t>(to_seconds(kGone) * context.options.rate / 2) + 2;
  Nanoseconds looked = said;
  Nanoseconds last = round.last;
  std::uint64_t sent = tester.sent();
  const auto is_gone = [&] {
    if (round.last != last) {
      last = round.last;
      looked = now_ns();
      sent = tester.sent();
    }
    return now_ns() - looked >= kGone && tester.sent() - sent >= expected;
  };
  if (tester.wait_until(is_gone, context.timeout() + kGone)) {
    // Nothing behind it: within the call.
    totals.delays.add(std::max<Nanoseconds>(round.last - said, 0));
    totals.gaps.add(gap);
    totals.calls.add(returned - said);
  } else {
    ++totals.without_number;
  }
  tester.stop();
  tester.wait_for(2 * kMillisecond);
  totals.elsewhere += round.elsewhere;
}

using RunRound = void (*)(Context&, std::size_t, Totals&);

Totals run_rounds(Context& context, std::string_view name, RunRound run) {
  Totals totals;
  std::optional<StandingMembership> background;
  if (context.options.background) {
    totals.background = context.tester.new_groups(1);
    background.emplace(context, context.tester.receivers(), totals.background);
  }
  for (unsigned n = 0; n < context.options.rounds && !totals.is_hopeless(); ++n) {
    context.report.progress().show(fmt::format("{}: round {} of {}", name, n + 1, context.options.rounds));
    run(context, n % context.tester.receivers(), totals);
  }
  return totals;
}

// The row, notes and plot that both tests have.
bool report_totals(Context& context, std::string_view name, std::string_view section,
                   std::string_view delay_words, std::string_view silence, Totals& totals) {
  if (totals.delays.empty()) {
    if (totals.flooded > 0) {
      context.report.note(
          fmt::format("{}: no numbers: groups that nobody joined arrive at the receivers. The switch floods "
                      "them; one that "
                      "snoops prunes only while it knows a querier: see --querier and --settle.",
                      name));
    } else {
      context.report.note(fmt::format("{}: no numbers: {}", name, silence));
    }
    return false;
  }
  Table& table = context.report.table(
      std::string{name}, section,
      fmt::format("{}, stream of {:.0f} frames/s, {} bytes{}", host_words(context.options),
                  context.options.rate, context.options.sizes.front(),
                  totals.background.empty() ? "" : ", and as many to a group that all have joined"),
      {number("rounds", "rounds"), number("without_number", "none"), number("flooded", "flooded"),
       range("delay_us", std::string{delay_words}), number("delay_p95_us", "p95 µs", 1),
       interval("delay_interval_us", "median (95 %)", 1), number("gap_us", "stream gap µs", 1),
       number("stream_delay_us", "stream delay µs", 1), number("call_us", "send call µs", 1),
       hidden("elsewhere"), hidden("first_frame_delay_us")});
  table.add({static_cast<double>(totals.delays.count()), static_cast<double>(totals.without_number),
             static_cast<double>(totals.flooded), totals.delays.summary_cell(),
             totals.delays.percentile_cell(0.95), totals.delays.summary_cell(),
             totals.gaps.percentile_cell(0.5), totals.stream_delays.percentile_cell(0.5),
             totals.calls.percentile_cell(0.5), static_cast<double>(totals.elsewhere),
             totals.first_delays.summary_cell()});
  if (totals.elsewhere > 0) {
    context.report.note(fmt::format("{} frames arrived at receivers that had not joined.", totals.elsewhere));
  }
  if (context.report.wants_plots()) {
    context.report.plot(fmt::format("interfaces-{}", name), {.title = std::string{name},
                                                             .x_label = "per cent of the rounds",
                                                             .y_label = std::string{delay_words},
                                                             .series = {totals.delays.series("")}});
  }
  return true;
}

}  // namespace

bool run_join_delay(Context& context) {
  Totals totals = run_rounds(context, "join-delay", join_round);
  return report_totals(
      context, "join-delay", "RFC 3918 section 6.1", "join to first frame µs",
      "no frame of the stream arrived after a join. Is the source on the same switch and VLAN, "
      "and is the receiver's port up?",
      totals);
}

bool run_leave_delay(Context& context) {
  Totals totals = run_rounds(context, "leave-delay", leave_round);
  return report_totals(
      context, "leave-delay", "RFC 3918 section 6.2", "leave to last frame µs",
      fmt::format("the stream never began after a join, or was still there {} s after the leave "
                  "(--timeout)",
                  context.options.timeout),
      totals);
}

}  // namespace mcswitch::bench::interfaces
