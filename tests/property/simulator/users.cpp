// SPDX-License-Identifier: BSD-3-Clause

#include "property/simulator/users.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "base/net_text.hpp"

namespace mcswitch::test::sim {
namespace {

using namespace std::chrono_literals;
using membership::FilterMode;

std::string purpose(const char* what, const Lan& lan) {
  return std::string{what} + " of VLAN " + std::to_string(lan.vlan);
}

}  // namespace

Users::Users(World& world, const Lan& lan, Things things, std::uint64_t seed)
    : world_{world},
      lan_{lan},
      things_{std::move(things)},
      wishes_{seed, purpose("wishes", lan)},
      faults_{seed, purpose("cables and queriers", lan)},
      next_{world.now()},
      host_{things_.hosts.front()} {
  for (const PortId port : lan.ports()) {
    set_link(port, true);
  }
  if (things_.querier != nullptr) {
    world.at(world.now() + faults_.up_to(20s), [this] { start_querier(); });
  }
}

void Users::on_time() {
  constexpr std::array kPauses{0ms,      1ms,       30ms,      300ms,     950ms,     2100ms,
                               5s + 0ms, 13s + 0ms, 13s + 0ms, 40s + 0ms, 40s + 0ms, 100s + 0ms};
  if (lan_.links_fail && faults_.one_in(12)) {
    fail_link();
  } else {
    change_wish();
  }
  next_ = world_.now() + kPauses[wishes_.below(kPauses.size())] + wishes_.up_to(3ms);
}

void Users::stop() {
  next_ = kNever;
  for (const PortId port : down_) {
    set_link(port, true);
  }
  for (HostNode* const host : things_.hosts) {
    for (std::size_t group = 0; group < kGroups.size(); ++group) {
      set_wish(*host, group, {});
    }
  }
}

Wish Users::some_wish() {
  Wish wish;
  const unsigned kind = wishes_.below(6);
  wish.mode = kind < 3 ? FilterMode::include : FilterMode::exclude;
  for (std::size_t i = 0; i < kNamed && kind != 0 && kind != 5; ++i) {
    if (wishes_.one_in(2)) {
      wish.sources.push_back(kSources[i]);
    }
  }
  return wish;
}

void Users::change_wish() {
  if (!wishes_.one_in(3)) {
    host_ = things_.hosts[wishes_.below(static_cast<unsigned>(things_.hosts.size()))];
    group_ = wishes_.below(kGroups.size());
  }
  set_wish(*host_, group_, some_wish());
}

void Users::set_wish(HostNode& host, std::size_t group, const Wish& wish) {
  std::string text = host.name() + (wish.mode == FilterMode::include ? " wants only (" : " wants all but (");
  for (const IpAddress& source : wish.sources) {
    text += " " + to_string(source);
  }
  world_.tell(text + " ) of " + to_string(kGroups[group]));
  host.wish(kGroups[group], wish);
  things_.demands.on_wish(host);
}

// For a moment, or longer than any timer.
void Users::fail_link() {
  const PortId port = things_.hosts[faults_.below(static_cast<unsigned>(things_.hosts.size()))]->port();
  if (down_.contains(port)) {
    return set_link(port, true);
  }
  set_link(port, false);
  world_.at(world_.now() + faults_.up_to(faults_.one_in(3) ? 150s : 2s), [this, port] {
    if (down_.contains(port)) {
      set_link(port, true);
    }
  });
}

void Users::set_link(PortId port, bool is_up) {
  world_.tell("port " + std::to_string(port) + (is_up ? " is up" : " is down"));
  if (is_up) {
    down_.remove(port);
  } else {
    down_.add(port);
  }
  things_.ethernet_switch.set_link(port, is_up);
  things_.demands.on_link(port, is_up);
}

void Users::start_querier() {
  things_.querier->come();
  things_.demands.on_querier(true);
  if (lan_.querier->dies) {
    world_.at(world_.now() + faults_.up_to(1500s), [this] { stop_querier(); });
  }
}

// Not when it has just lost something: the next round, which has to be a good one, would come later than
// memberships last. And for longer than it counts as present: when it comes back sooner, its first round may
// lose something, and comes as late.
void Users::stop_querier() {
  if (!lan_.querier->dies_any_time && things_.faults.have_just_lost()) {
    world_.at(world_.now() + 3s, [this] { stop_querier(); });
    return;
  }
  things_.querier->die();
  things_.demands.on_querier(false);
  const Duration present = std::max(lan_.querier->other_querier_present_interval(),
                                    lan_.igmp.intervals.other_querier_present_interval());
  world_.at(world_.now() + present + faults_.up_to(faults_.one_in(3) ? 20s : 900s),
            [this] { start_querier(); });
}

}  // namespace mcswitch::test::sim
