// SPDX-License-Identifier: BSD-3-Clause
//
// How many new joins, and leaves, a switch absorbs in a second. Not in RFC 3918. Messages go out as fast as
// the tester can, or at --join-rate; when they have taken effect is seen by data: frames to the last of the
// groups, until one passes (joins) or none does any more (leaves), and then a frame to each of them.

#include <fmt/format.h>

#include "interfaces/samples.hpp"
#include "interfaces/tests.hpp"

namespace mcswitch::bench::interfaces {
namespace {

constexpr std::uint32_t kDefaultGroups = 1000;
constexpr std::size_t kLastGroups = 16;  // of these one is enough, should messages be lost
constexpr std::size_t kReceiver = 0;
constexpr int kPassesWithoutProgress = 3;

struct Outcome {
  double said_per_s = 0;
  double absorbed_per_s = 0;  // 0: none took effect
  std::size_t effective = 0;  // groups for which the message took effect
};

std::span<const Ipv4Address> last_of(std::span<const Ipv4Address> groups) {
  return groups.last(std::min(groups.size(), kLastGroups));
}

double per_second(std::size_t count, Nanoseconds t) {
  return static_cast<double>(count) / to_seconds(std::max<Nanoseconds>(t, 1));
}

std::vector<Ipv4Address> missing_of(std::span<const Ipv4Address> groups, const Sightings& sightings) {
  std::vector<Ipv4Address> missing;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (!sightings.was_seen(kReceiver, i)) {
      missing.push_back(groups[i]);
    }
  }
  return missing;
}

// Frames to every group that has not passed yet, until all have or nothing changes any more.
void sweep_until_all(Context& context, std::span<const Ipv4Address> groups, Sightings& sightings) {
  const Nanoseconds end = now_ns() + context.timeout();
  std::size_t count = sightings.count(kReceiver);
  for (int idle = 0; idle < kPassesWithoutProgress && count < groups.size() && now_ns() < end;) {
    sweep(context, missing_of(groups, sightings), sightings);
    const std::size_t more = sightings.count(kReceiver);
    idle = more == count ? idle + 1 : 0;
    count = more;
  }
}

Outcome join_once(Context& context, std::span<const Ipv4Address> groups) {
  Tester& tester = context.tester;
  Sightings sightings{tester.receivers(), groups};
  const Nanoseconds begin = now_ns();
  join_groups(context, kReceiver, groups, context.options.join_rate);
  const Nanoseconds said = now_ns();
  const auto last = last_of(groups);
  {
    const Listening listening{tester, [&](const Arrival& arrival) { sightings.add(arrival); }};
    tester.start({.groups = {last.begin(), last.end()}, .rate = kProbeRate});
    tester.wait_until([&] { return sightings.count(kReceiver) > 0; }, context.timeout());
    tester.stop();
  }
  sweep_until_all(context, groups, sightings);
  Outcome outcome{.said_per_s = per_second(groups.size(), said - begin),
                  .effective = sightings.count(kReceiver)};
  // The sweep shows which groups pass. The last groups show when, or, if none of them has passed, the sweep.
  Nanoseconds when = 0;
  Nanoseconds latest = 0;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (const Nanoseconds first = sightings.first(kReceiver, i); first != 0) {
      latest = std::max(latest, first);
      if (i + last.size() >= groups.size()) {
        when = when == 0 ? first : std::min(when, first);
      }
    }
  }
  when = when == 0 ? latest : when;
  outcome.absorbed_per_s = when == 0 ? 0 : per_second(outcome.effective, when - begin);
  return outcome;
}

Outcome leave_once(Context& context, std::span<const Ipv4Address> groups) {
  Tester& tester = context.tester;
  Sightings during{tester.receivers(), groups};
  Sightings after{tester.receivers(), groups};
  const Nanoseconds begin = now_ns();
  leave_groups(context, kReceiver, groups, context.options.join_rate);
  const Nanoseconds said = now_ns();
  const auto last = last_of(groups);
  {
    const Listening listening{tester, [&](const Arrival& arrival) { during.add(arrival); }};
    tester.start({.groups = {last.begin(), last.end()}, .rate = kProbeRate});
    tester.wait_for_quiet(kQuiet, context.timeout());
    tester.stop();
  }
  sweep(context, groups, after);
  const std::size_t still = after.count(kReceiver);
  // All that is known of one without a frame is that it took no longer than to say it.
  Nanoseconds latest = said;
  for (std::size_t i = groups.size() - last.size(); i < groups.size(); ++i) {
    if (!after.was_seen(kReceiver, i)) {
      latest = std::max(latest, during.last(kReceiver, i));
    }
  }
  return {.said_per_s = per_second(groups.size(), said - begin),
          .absorbed_per_s = still == groups.size() ? 0 : per_second(groups.size() - still, latest - begin),
          .effective = groups.size() - still};
}

struct Repetitions {
  std::vector<double> said, absorbed, lost;
  void add(const Outcome& outcome, std::size_t groups) {
    said.push_back(outcome.said_per_s);
    lost.push_back(static_cast<double>(groups - outcome.effective));
    if (outcome.absorbed_per_s > 0) {
      absorbed.push_back(outcome.absorbed_per_s);
    }
  }
};

bool report_rates(Context& context, std::string_view name, std::uint32_t count, const Repetitions& all,
                  std::string_view lost_heading, std::string_view nothing) {
  if (all.absorbed.empty()) {
    context.report.note(fmt::format("{}: no numbers: {}", name, nothing));
    return false;
  }
  Table& table = context.report.table(
      std::string{name}, "",
      fmt::format("{}, one receiver, {} hosts, {}", host_words(context.options), context.options.hosts,
                  context.options.join_rate > 0 ? fmt::format("{:.0f} messages/s", context.options.join_rate)
                                                : std::string{"as fast as they can be sent"}),
      {number("groups", "groups"), number("repetitions", "runs"), range("said_per_s", "sent a second", 0),
       range("absorbed_per_s", "absorbed a second", 0), range("lost", std::string{lost_heading}, 0)});
  table.add({static_cast<double>(count), static_cast<double>(all.said.size()), summarize(all.said),
             summarize(all.absorbed), summarize(all.lost)});
  return true;
}

}  // namespace

bool run_joins(Context& context) {
  const std::uint32_t count = context.options.groups.value_or(kDefaultGroups);
  Repetitions all;
  for (unsigned n = 0; n < context.options.repeats; ++n) {
    context.report.progress().show(fmt::format("joins: {} groups, run {}", count, n + 1));
    const auto groups = context.tester.new_groups(count);
    all.add(join_once(context, groups), count);
    leave_groups(context, kReceiver, groups, kEasyRate);
    context.tester.wait_for(kQuiet);
    if (all.absorbed.empty()) {
      break;
    }
  }
  return report_rates(context, "joins", count, all, "without data",
                      fmt::format("no data arrived for any of {} groups that were joined", count));
}

bool run_leaves(Context& context) {
  const std::uint32_t count = context.options.groups.value_or(kDefaultGroups);
  Repetitions all;
  for (unsigned n = 0; n < context.options.repeats; ++n) {
    context.report.progress().show(fmt::format("leaves: {} groups, run {}", count, n + 1));
    const auto groups = context.tester.new_groups(count);
    const StandingMembership members{context, 1, groups};
    if (!members.is_complete()) {
      context.report.note(
          fmt::format("leaves: {} of {} groups get no data after their joins", members.missing(), count));
      return false;
    }
    all.add(leave_once(context, groups), count);
    if (all.absorbed.empty()) {
      break;
    }
  }
  return report_rates(
      context, "leaves", count, all, "still forwarded",
      fmt::format(
          "all of {} groups are still forwarded {} s after their leaves (--timeout). Without fast leave a "
          "switch asks first, which takes seconds; one that floods never ends.",
          count, context.options.timeout));
}

}  // namespace mcswitch::bench::interfaces
