// SPDX-License-Identifier: BSD-3-Clause

#include "interfaces/verify.hpp"

#include <algorithm>

namespace mcswitch::bench::interfaces {
namespace {

constexpr std::size_t kPortion = 32;  // messages between two looks at what has come in

template <typename Say>
void say_to_all(Context& context, std::size_t receiver, std::span<const Ipv4Address> groups, double rate,
                Say say) {
  Segment& segment = context.tester.segment(receiver);
  const Nanoseconds begin = now_ns();
  for (std::size_t i = 0; i < groups.size(); ++i) {
    say(segment, static_cast<std::uint32_t>(i % context.options.hosts), groups[i]);
    if (segment.waiting() < kPortion && i + 1 < groups.size()) {
      continue;
    }
    segment.flush();
    context.tester.receive();
    if (rate > 0) {
      const auto due = begin + static_cast<Nanoseconds>(static_cast<double>(i + 1) * 1e9 / rate);
      context.tester.wait_until([&] { return now_ns() >= due; }, kSecond);
    }
  }
}

}  // namespace

void sweep(Context& context, std::span<const Ipv4Address> groups, Sightings& sightings) {
  const Listening listening{context.tester, [&](const Arrival& arrival) { sightings.add(arrival); }};
  context.tester.start(
      {.groups = {groups.begin(), groups.end()}, .rate = kProbeRate, .frames = groups.size()});
  const auto longest =
      static_cast<Nanoseconds>(static_cast<double>(groups.size()) * 20e9 / kProbeRate) + kSecond;
  context.tester.wait_until([&] { return context.tester.is_finished(); }, longest);
  context.tester.wait_for_quiet(kQuiet, context.timeout());
  context.tester.stop();
}

void join_groups(Context& context, std::size_t receiver, std::span<const Ipv4Address> groups, double rate) {
  say_to_all(context, receiver, groups, rate, [](Segment& segment, std::uint32_t host, Ipv4Address group) {
    segment.join(host, group, now_ns());
  });
}

void leave_groups(Context& context, std::size_t receiver, std::span<const Ipv4Address> groups, double rate) {
  say_to_all(context, receiver, groups, rate, [](Segment& segment, std::uint32_t host, Ipv4Address group) {
    segment.leave(host, group, now_ns());
  });
}

StandingMembership::StandingMembership(Context& context, std::size_t receivers,
                                       std::span<const Ipv4Address> groups)
    : context_{context}, receivers_{receivers}, groups_{groups} {
  for (std::size_t receiver = 0; receiver < receivers; ++receiver) {
    join_groups(context, receiver, groups, kEasyRate);
  }
  Sightings sightings{context.tester.receivers(), groups};
  const Nanoseconds end = now_ns() + context.timeout();
  for (;;) {
    sweep(context, groups, sightings);
    missing_ = 0;
    for (std::size_t receiver = 0; receiver < receivers; ++receiver) {
      missing_ += groups.size() - sightings.count(receiver);
    }
    if (missing_ == 0 || now_ns() >= end) {
      return;
    }
    report_missing(sightings);
  }
}

void StandingMembership::report_missing(const Sightings& sightings) {
  for (std::size_t receiver = 0; receiver < receivers_; ++receiver) {
    Segment& segment = context_.tester.segment(receiver);
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      if (!sightings.was_seen(receiver, i)) {
        segment.report_again(static_cast<std::uint32_t>(i % context_.options.hosts), groups_[i]);
      }
      if (segment.waiting() >= kPortion) {
        segment.flush();
        context_.tester.wait_for(kMillisecond);
      }
    }
    segment.flush();
  }
}

StandingMembership::~StandingMembership() {
  try {
    for (std::size_t receiver = 0; receiver < receivers_; ++receiver) {
      leave_groups(context_, receiver, groups_, kEasyRate);
    }
  } catch (const std::exception&) {
    // The run ends, and with it the hosts, without a word: their memberships expire.
    return;
  }
}

}  // namespace mcswitch::bench::interfaces
