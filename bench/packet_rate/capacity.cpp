// SPDX-License-Identifier: BSD-3-Clause

#include <fmt/format.h>
#include <rte_pause.h>

#include <stdexcept>

#include "packet_rate/rig.hpp"
#include "packet_rate/test.hpp"

namespace mcswitch::bench {
namespace {

// More groups than the table is for, one report each; then one frame for each group.
void run_capacity(std::uint32_t max_groups, const TestOptions& options, Report& report, Table& table) {
  report.progress().show(fmt::format("capacity: {} groups", max_groups));
  constexpr PortId kMember = 1;
  Rig rig{max_groups, 3, options.worker_lcore};
  rig.tables().forwarding.words(Rig::kVlan).unregistered.store({});  // groups without members go nowhere
  const std::uint32_t offered = max_groups + max_groups / 10 + 10;
  const std::vector<Template> reports = report_frames(offered);
  rig.prepare({{kMember}});
  std::atomic<bool> is_done{false};
  rig.port(kMember).arm(reports, kReportSize, offered, &is_done);
  rig.launch();
  while (!is_done.load(std::memory_order_acquire)) {
    rte_pause();
  }
  rig.stop();
  std::uint32_t taken = 0;
  while (taken < offered &&
         rig.tables().groups.find_v4(Rig::kVlan, group_address(taken)).ports.contains(kMember)) {
    ++taken;
  }
  const bool has_refused =
      rig.workers().front()->counters()[kMember].events[PortEvent::joins_refused_full].value() ==
      offered - taken;
  const Run run = rig.forward(data_frames(offered, 60), 60, offered);
  // Each group that was taken has its frame at the member, none of the others has one anywhere.
  const bool all_forwarded = run.replicas == taken && rig.port(kMember).sink().packets == taken;
  table.add({fmt::format("max-groups {}", max_groups), static_cast<double>(offered),
             static_cast<double>(rig.tables().groups.group_count()), static_cast<double>(taken),
             static_cast<double>(run.replicas), all_forwarded && has_refused ? "yes" : "no"});
  if (!all_forwarded || !has_refused) {
    throw std::runtime_error{
        fmt::format("capacity {}: {} groups taken, {} forwarded", max_groups, taken, run.replicas)};
  }
}

void run(const TestOptions& options, Report& report) {
  Table& table =
      report.table("capacity", "RFC 3918 section 7.1",
                   "version 2 reports for more groups than there is room for, then a frame to each",
                   {text("name", ""), number("offered", "offered"), number("groups", "groups"),
                    number("taken_before_refusal", "taken before refusal"), number("forwarded", "forwarded"),
                    text("as_it_should_be", "all taken forwarded, rest refused")});
  for (const std::uint32_t max_groups : {1000U, 65536U, 1'000'000U}) {
    if (max_groups <= options.max_groups) {
      run_capacity(max_groups, options, report, table);
    }
  }
}

}  // namespace

Test capacity_test() {
  return {.name = "capacity",
          .section = "RFC 3918 section 7.1",
          .about = "group capacity: groups taken until one is refused, all of them forwarded",
          .run = run};
}

}  // namespace mcswitch::bench
