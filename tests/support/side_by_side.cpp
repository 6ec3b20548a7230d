// SPDX-License-Identifier: BSD-3-Clause

#include "support/side_by_side.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace mcswitch::test {
namespace {

using namespace std::chrono_literals;

// Those of `items` that `others` does not have.
template <typename T>
std::string list(const std::vector<T>& items, const std::vector<T>& others, TimePoint start) {
  std::set<std::string> known;
  for (const T& item : others) {
    known.insert(describe(item, start));
  }
  std::string text;
  for (const T& item : items) {
    if (const std::string row = describe(item, start); !known.contains(row)) {
      text += "    " + row + "\n";
    }
  }
  return text.empty() ? "    nothing else\n" : text;
}

template <typename T>
std::string difference(const char* what, const std::vector<T>& engine, const std::vector<T>& reference,
                       TimePoint start) {
  return fmt::format("{} differ\n  engine:\n{}  reference:\n{}", what, list(engine, reference, start),
                     list(reference, engine, start));
}

// Telemetry keeps a lowered end in whole milliseconds, rounded up.
bool same_end(TimePoint engine, TimePoint reference) {
  return engine == reference || (reference != kNever && engine >= reference && engine < reference + 1ms);
}

bool same_membership(const MembershipView& engine, const MembershipView& reference) {
  const auto same_source = [](const SourceView& a, const SourceView& b) {
    return a.source == b.source && same_end(a.ends, b.ends);
  };
  return std::tie(engine.vlan, engine.group, engine.port, engine.mode, engine.excluded) ==
             std::tie(reference.vlan, reference.group, reference.port, reference.mode, reference.excluded) &&
         same_end(engine.ends, reference.ends) &&
         std::equal(engine.requested.begin(), engine.requested.end(), reference.requested.begin(),
                    reference.requested.end(), same_source);
}

}  // namespace

SideBySide::SideBySide(const config::Config& config)
    : port_count_{config.ports.size()},
      engine_{std::make_unique<Engine>(config)},
      start_{engine_->now()},
      reference_{config, start_} {}

std::string SideBySide::link(PortId port, bool up) {
  if (up) {
    up_.add(port);
  } else {
    up_.remove(port);
  }
  engine_->link(port, up);
  reference_.link(port, up);
  return advance(2us);
}

std::string SideBySide::receive(PortId port, std::span<const std::uint8_t> frame) {
  if (!up_.contains(port)) {
    return {};
  }
  decision_ = reference_.receive(port, frame);
  const PortSet egress = engine_->receive(port, frame);
  if (egress != decision_.egress && egress != decision_.or_else.value_or(decision_.egress)) {
    return fmt::format("frame on port {} leaves by {}, in the reference by {} ({})", port, describe(egress),
                       describe(decision_.egress), decision_.rule);
  }
  if (!egress.empty() && engine_->note().tci != decision_.tci) {
    return fmt::format("frame on port {} has the tag {:#06x}, in the reference {:#06x}", port,
                       engine_->note().tci, decision_.tci);
  }
  return advance(1us);
}

std::string SideBySide::advance(Duration by) {
  engine_->advance(by);
  reference_.advance(by);
  return compare_sent();
}

std::string SideBySide::advance_to_next(Duration offset) {
  const TimePoint next = reference_.next();
  if (next == kNever || next + offset <= now()) {
    return {};
  }
  return advance(next + offset - now());
}

std::string SideBySide::take(const Step& step) {
  switch (step.kind) {
    case Step::Kind::frame:
      return receive(step.port, step.frame);
    case Step::Kind::link:
      return link(step.port, step.up);
    case Step::Kind::to_next:
      return advance_to_next(step.by);
    case Step::Kind::clock:
      break;
  }
  return advance(step.by);
}

std::string SideBySide::compare_sent() {
  if (engine_->sent().empty() && reference_.sent().empty()) {
    return {};
  }
  std::vector<SentQuery> engine;
  for (const SentFrame& frame : engine_->sent()) {
    engine.push_back(read_query(frame));
  }
  std::vector<SentQuery> reference = reference_.sent();
  // The order within one moment does not matter.
  for (auto* sent : {&engine, &reference}) {
    std::sort(sent->begin(), sent->end(), [](const SentQuery& a, const SentQuery& b) {
      return std::tuple{a.at, a.vlan, a.group, a.ports.bits(), a.s_flag, a.sources} <
             std::tuple{b.at, b.vlan, b.group, b.ports.bits(), b.s_flag, b.sources};
    });
  }
  engine_->clear_sent();
  reference_.clear_sent();
  return engine == reference ? std::string{} : difference("queries sent", engine, reference, start_);
}

std::string SideBySide::compare_views() const {
  const SwitchView engine = engine_->view();
  const SwitchView reference = reference_.view();
  if (!std::equal(engine.memberships.begin(), engine.memberships.end(), reference.memberships.begin(),
                  reference.memberships.end(), same_membership)) {
    return difference("memberships", engine.memberships, reference.memberships, start_);
  }
  if (engine.routers != reference.routers) {
    return difference("router ports", engine.routers, reference.routers, start_);
  }
  if (engine.vlans != reference.vlans) {
    return difference("VLANs", engine.vlans, reference.vlans, start_);
  }
  if (engine_->group_count() != reference_.entry_count()) {
    return fmt::format("the engine has {} entries, the reference {}", engine_->group_count(),
                       reference_.entry_count());
  }
  for (PortId port = 0; port < port_count_; ++port) {
    if (engine_->membership_count(port) != reference_.memberships(port)) {
      return fmt::format("port {} has {} memberships, in the reference {}", port,
                         engine_->membership_count(port), reference_.memberships(port));
    }
    const PortCounters& counters = engine_->counters(port);
    std::uint64_t fates = 0;
    for (std::size_t i = 0; i < decltype(PortCounters::fates)::size(); ++i) {
      fates += counters.fates[static_cast<FrameFate>(i)].value();
    }
    if (fates != counters.rx_packets.value()) {
      return fmt::format("port {} has received {} frames, and {} have a fate", port,
                         counters.rx_packets.value(), fates);
    }
  }
  return {};
}

}  // namespace mcswitch::test
