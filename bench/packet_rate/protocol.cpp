// SPDX-License-Identifier: BSD-3-Clause

#include "packet_rate/protocol.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "packet_rate/rig.hpp"

namespace mcswitch::bench {

ProtocolResult run_protocol(std::uint32_t groups, const ForwardingOptions& options,
                            const Progress& progress) {
  constexpr std::uint16_t kReportSize = 60;
  const std::vector<Template> reports = report_frames(groups);
  std::vector<double> joins;
  std::vector<double> refreshes;
  for (unsigned n = 0; n < options.pairs; ++n) {
    progress(fmt::format("reports, {} groups: {}/{}", groups, n + 1, options.pairs));
    Rig rig{groups, 2, options.worker_lcore};
    const Run first = rig.forward(reports, kReportSize, groups);
    if (rig.groups().group_count() != groups) {
      throw std::runtime_error{
          fmt::format("{} of {} groups have been joined", rig.groups().group_count(), groups)};
    }
    const Run second = rig.forward(reports, kReportSize, std::max<std::uint64_t>(options.frames, groups));
    joins.push_back(1e3 / first.ns_per_frame());
    refreshes.push_back(1e3 / second.ns_per_frame());
  }
  return {.groups = groups, .new_joins = summarize(joins), .refreshes = summarize(refreshes)};
}

}  // namespace mcswitch::bench
