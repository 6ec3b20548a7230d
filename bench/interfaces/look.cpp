// SPDX-License-Identifier: BSD-3-Clause
//
// A look at the switch before the tests: what a reader of the numbers would ask first.

#include <fmt/format.h>

#include <fstream>

#include "interfaces/tests.hpp"

namespace mcswitch::bench::interfaces {
namespace {

constexpr std::size_t kFrames = 10;

std::string list(const Tester& tester, const std::vector<std::size_t>& receivers) {
  std::string names;
  for (const std::size_t n : receivers) {
    names += (names.empty() ? "" : ", ") + tester.name(n);
  }
  return names;
}

// Receivers that got (`got`) or did not get any of a few frames to the group.
std::vector<std::size_t> receivers_that(Context& context, Ipv4Address group, bool got) {
  Sightings sightings{context.tester.receivers(), std::span{&group, 1}};
  {
    const Listening listening{context.tester, [&](const Arrival& arrival) { sightings.add(arrival); }};
    context.tester.start({.groups = {group}, .rate = 2000, .frames = kFrames});
    context.tester.wait_for_quiet(kQuiet, context.timeout());
    context.tester.stop();
  }
  std::vector<std::size_t> found;
  for (std::size_t n = 0; n < context.tester.receivers(); ++n) {
    if (sightings.was_seen(n, 0) == got) {
      found.push_back(n);
    }
  }
  return found;
}

// The kernel's own IPv6 speaks on an interface that is up, with a MAC address of its own.
bool speaks_by_itself(const std::string& interface) {
  std::ifstream in{fmt::format("/proc/sys/net/ipv6/conf/{}/disable_ipv6", interface)};
  int is_off = 1;
  return in >> is_off && is_off == 0;
}

void warn_of_second_hosts(Context& context) {
  std::vector<std::size_t> speakers;
  for (std::size_t n = 0; n < context.tester.receivers(); ++n) {
    if (speaks_by_itself(context.tester.name(n))) {
      speakers.push_back(n);
    }
  }
  if (!speakers.empty()) {
    context.report.note(
        fmt::format("This machine itself uses IPv6 on: {}. A switch that sees a second host on a port "
                    "may leave out fast leave there (sysctl -w net.ipv6.conf.{}.disable_ipv6=1).",
                    list(context.tester, speakers), context.tester.name(speakers.front())));
  }
}

}  // namespace

void look_at_switch(Context& context) {
  Tester& tester = context.tester;
  const Options& options = context.options;
  warn_of_second_hosts(context);
  const double settle = options.settle.value_or(options.querier ? options.max_response + 0.5 : 0.2);
  context.report.progress().show(fmt::format("waiting {} s for the switch (--settle)", settle));
  tester.wait_for(static_cast<Nanoseconds>(settle * 1e9));

  const auto groups = tester.new_groups(2);
  if (const auto flooded = receivers_that(context, groups[0], true); !flooded.empty()) {
    context.report.note(
        fmt::format("A group that nobody joined is flooded to: {}.{}", list(tester, flooded),
                    options.querier ? "" : " A switch may do so until it knows a querier: --querier."));
  } else {
    context.report.note("A group that nobody joined is not forwarded.");
  }
  for (std::size_t n = 0; n < tester.receivers(); ++n) {
    tester.segment(n).join(0, groups[1], now_ns());
    tester.segment(n).flush();
  }
  tester.wait_for(kQuiet);
  if (const auto without = receivers_that(context, groups[1], false); !without.empty()) {
    context.report.note(
        fmt::format("A group that a host on each receiver joined does not arrive at: {}. Are they "
                    "and {} on one switch, in one VLAN, untagged?",
                    list(tester, without), options.source));
  } else {
    context.report.note("A group that a host on each receiver joined arrives at all of them.");
  }
  for (std::size_t n = 0; n < tester.receivers(); ++n) {
    tester.segment(n).leave(0, groups[1], now_ns());
    tester.segment(n).flush();
  }
}

}  // namespace mcswitch::bench::interfaces
