// SPDX-License-Identifier: BSD-3-Clause

#include "packet_rate/forwarding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "packet_rate/rig.hpp"

namespace mcswitch::bench {
namespace {

// `count` of the sinks, by lot.
PortSet some_sinks(std::mt19937& random, std::size_t count) {
  constexpr std::size_t kSinks = kMaxPorts - 1;
  PortSet set;
  while (set.count() < count) {
    set.add(static_cast<PortId>(Rig::kFirstSink + random() % kSinks));
  }
  return set;
}

}  // namespace

ForwardingResult run_forwarding(const ForwardingCase& what, const ForwardingOptions& options,
                                const Progress& progress) {
  const std::size_t ports = what.random_ports ? kMaxPorts : what.fan_out + 1;
  Rig rig{std::max<std::uint32_t>(what.groups, 1024), ports, options.worker_lcore};
  std::mt19937 random{17};
  for (std::uint32_t group = 0; group < what.groups; ++group) {
    rig.join(group, what.random_ports ? some_sinks(random, what.fan_out) : Rig::sinks(what.fan_out));
  }
  const std::vector<Template> frames = data_frames(what.groups, what.size);
  // Each group comes at least once.
  const std::uint64_t count = std::max<std::uint64_t>(options.frames / what.fan_out, what.groups);

  // Not counted: caches and clocks.
  rig.ceiling(frames, what.size, count, what.fan_out);
  rig.forward(frames, what.size, count);
  std::vector<double> ceiling, ours, ratio, added;
  for (unsigned pair = 0; pair < options.pairs; ++pair) {
    progress(fmt::format("{}: {}/{}", what.name, pair + 1, options.pairs));
    Run top, own;
    // The first of a pair is no better off than the second.
    if (pair % 2 == 0) {
      top = rig.ceiling(frames, what.size, count, what.fan_out);
      own = rig.forward(frames, what.size, count);
    } else {
      own = rig.forward(frames, what.size, count);
      top = rig.ceiling(frames, what.size, count, what.fan_out);
    }
    if (own.replicas != count * what.fan_out || top.replicas != own.replicas) {
      throw std::runtime_error{fmt::format("{}: {} replicas came out, {} were due", what.name, own.replicas,
                                           count * what.fan_out)};
    }
    ceiling.push_back(top.egress_mpps());
    ours.push_back(own.egress_mpps());
    ratio.push_back(own.egress_mpps() / top.egress_mpps());
    added.push_back(own.ns_per_frame() - top.ns_per_frame());
  }
  return {.what = what,
          .ceiling_mpps = summarize(ceiling),
          .mcswitch_mpps = summarize(ours),
          .ratio = summarize(ratio),
          .added_ns = summarize(added)};
}

}  // namespace mcswitch::bench
