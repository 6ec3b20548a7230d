// SPDX-License-Identifier: BSD-3-Clause

#include "control/vlans.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "base/net_text.hpp"

namespace mcswitch::control {
namespace {

std::string text_of(const membership::WarnOfVersion& warning, const VlanSettings& settings) {
  return fmt::format(
      "vlan {}: {} sends IGMP version {} queries, version {} is configured here (RFC 2236 section 4, "
      "RFC 9776 section 7.3.1)",
      settings.vlan, to_string(warning.source), warning.version, settings.igmp.intervals.version);
}

std::string text_of(const membership::WarnOfInterval& warning, const VlanSettings& settings) {
  using Seconds = std::chrono::duration<double>;
  return fmt::format(
      "vlan {}: {} has sent no general query for {:.1f} s, but query-interval is {:.1f} s here; "
      "memberships last as its interval needs. Set query-interval to that of the querier",
      settings.vlan, to_string(warning.source), Seconds{warning.interval}.count(),
      Seconds{settings.igmp.intervals.query_interval}.count());
}

}  // namespace

Vlans::Vlans(Context& context, Queries& queries)
    : context_{context},
      queries_{queries},
      due_{vlan_settings(context.config).size()},
      times_{std::make_unique<TimesTable>()} {
  const std::vector<VlanSettings> settings = vlan_settings(context.config);
  vlans_.reserve(settings.size());
  for (const VlanSettings& vlan : settings) {
    vlans_.push_back(
        {.control = VlanControl{vlan, context.tables.forwarding},
         .solicitation = membership::RouterSolicitation{context.tables.groups.seed() ^ vlan.vlan}});
    index_[vlan.vlan] = static_cast<std::uint16_t>(vlans_.size());
    (*times_)[vlan.vlan] = vlans_.back().control.times();
  }
}

const VlanControl* Vlans::find(VlanId vlan) const {
  const std::uint16_t index = vlan < kMaxVlans ? index_[vlan] : std::uint16_t{0};
  return index == 0 ? nullptr : &vlans_[index - 1].control;
}

void Vlans::start(TimePoint now) {
  for (Vlan& vlan : vlans_) {
    apply(vlan, vlan.control.start(now), now);
    schedule(vlan, now);
  }
}

void Vlans::on_link(PortId port, bool up, TimePoint now) {
  for (Vlan& vlan : vlans_) {
    if (!vlan.control.settings().ports.contains(port)) {
      continue;
    }
    const VlanSettings& settings = vlan.control.settings();
    if (settings.is_snooped() && !(settings.always_router | settings.never_router).contains(port)) {
      vlan.solicitation.on_link(port, up, now);
    }
    vlan.control.on_link(port, up, now);
    if (!are_many()) {
      ask_new_ports(vlan, now);
    }
    schedule(vlan, now);  // where there are many, run() asks, some at a time
  }
  has_changed_ = true;
}

void Vlans::on_query(VlanId vlan, const VlanControl::Query& query, TimePoint now) {
  Vlan& v = vlans_[index_[vlan] - 1U];
  apply(v, v.control.on_query(query, now), now);
  schedule(v, now);
}

void Vlans::on_router(VlanId vlan, const VlanControl::Router& router, TimePoint now) {
  Vlan& v = vlans_[index_[vlan] - 1U];
  v.control.on_router(router, now);
  if (router.origin == membership::RouterOrigin::mrd) {
    v.solicitation.on_answer(router.port);
  }
  has_changed_ = true;
  schedule(v, now);
}

void Vlans::ask_port(PortId port, TimePoint now) {
  for (Vlan& vlan : vlans_) {
    if (vlan.control.up().contains(port) && vlan.control.querier().is_querier()) {
      vlan.ask.add(port);
      due_.set(place_of(vlan), now);
      context_.count(ControlCounter::ports_asked);
    }
  }
}

void Vlans::not_asked(PortId port, TimePoint now) {
  for (Vlan& vlan : vlans_) {
    if (vlan.control.up().contains(port) && vlan.control.querier().is_querier()) {
      vlan.control.on_not_asked(port, now);
      schedule(vlan, now);
    }
  }
}

bool Vlans::run(TimePoint now, std::size_t limit) {
  for (std::size_t n = 0; due_.next() <= now; ++n) {
    if (n == limit) {
      return true;
    }
    run_one(vlans_[due_.first()], now);
  }
  return false;
}

void Vlans::run_one(Vlan& vlan, TimePoint now) {
  if (vlan.control.next() <= now) {
    apply(vlan, vlan.control.on_time(now), now);
  }
  ask_new_ports(vlan, now);
  if (vlan.solicitation.next() <= now) {
    solicit_routers(vlan, now);
  }
  if (vlan.control.times_change_at() <= now) {
    update_times(vlan, now);
  }
  schedule(vlan, now);
}

// Sends what is due to ports that came up, and what has found no room.
void Vlans::ask_new_ports(Vlan& vlan, TimePoint now) {
  vlan.ask |= vlan.control.take_ports_to_ask(now, now + kRetry);
  if (!vlan.ask.empty()) {
    send_general_query(vlan, now);
  }
}

// To be called whenever something of the VLAN may have changed.
void Vlans::schedule(Vlan& vlan, TimePoint now) {
  const membership::RouterPorts& routers = vlan.control.router_ports();
  if (const PortSet ports = routers.ports() & vlan.control.up();
      ports != vlan.routers.ports || routers.arrivals() != vlan.routers.arrivals) {
    if (ports != vlan.routers.ports) {
      log_routers(vlan, ports, now);
    }
    vlan.routers.ports = ports;
    vlan.routers.arrivals = routers.arrivals();
    ++router_changes_;
  }
  log_querier(vlan, now);
  const TimePoint solicitation = vlan.solicitation.next();
  due_.set(place_of(vlan), std::min({vlan.control.next(), vlan.control.times_change_at(),
                                     solicitation > now ? solicitation : now + kRetry,
                                     vlan.ask.empty() ? kNever : now + kRetry}));
}

void Vlans::log_routers(const Vlan& vlan, PortSet ports, TimePoint now) {
  const auto names = [&](PortSet set) {
    std::string text;
    for (const PortId port : set) {
      text += " " + context_.config.ports[port].name;
    }
    return text.empty() ? std::string{" none"} : text;
  };
  context_.events.vlan(LogLevel::info, vlan.control.settings().vlan,
                       fmt::format("router ports:{} (before:{})", names(ports), names(vlan.routers.ports)),
                       now);
}

void Vlans::log_querier(Vlan& vlan, TimePoint now) {
  const membership::Querier& querier = vlan.control.querier();
  const Vlan::Elected elected{.role = querier.role(), .address = querier.address()};
  if (elected == vlan.logged) {
    return;
  }
  vlan.logged = elected;
  const bool is_known = elected.role != membership::Role::off;
  context_.events.vlan(LogLevel::notice, vlan.control.settings().vlan,
                       fmt::format("now {}, querier address {}", text_of(elected.role),
                                   is_known ? to_string(elected.address) : std::string{"not known"}),
                       now);
}

void Vlans::apply(Vlan& vlan, const membership::Effects& effects, TimePoint now) {
  has_changed_ = true;
  for (const membership::Effect& effect : effects) {
    if (std::holds_alternative<membership::SendGeneralQuery>(effect)) {
      vlan.ask |= vlan.control.up();
      send_general_query(vlan, now);
    } else if (const auto* version = std::get_if<membership::WarnOfVersion>(&effect)) {
      context_.log(LogLevel::warning, text_of(*version, vlan.control.settings()));
    } else if (const auto* interval = std::get_if<membership::WarnOfInterval>(&effect)) {
      context_.log(LogLevel::warning, text_of(*interval, vlan.control.settings()));
    } else if (std::holds_alternative<membership::IntervalsChanged>(effect)) {
      update_times(vlan, now);
    } else if (std::holds_alternative<membership::RoleChanged>(effect)) {
      update_times(vlan, now);
      context_.count(ControlCounter::querier_changes);
    }
  }
}

// Sends the general query that is due on vlan.ask; what finds no room stays there for the next run().
void Vlans::send_general_query(Vlan& vlan, TimePoint now) {
  vlan.ask &= vlan.control.up();
  if (!vlan.control.querier().is_querier()) {
    vlan.ask = {};  // lost the election while it waited
  }
  if (vlan.ask.empty() || !queries_.send_general(vlan.control, vlan.ask)) {
    return;
  }
  vlan.control.general_query_sent(vlan.ask, now);
  (*times_)[vlan.control.settings().vlan] = vlan.control.times();
  ++vlan.routers.queries;
  ++router_changes_;
  vlan.ask = {};
  has_changed_ = true;
}

// What finds no room stays due.
void Vlans::solicit_routers(Vlan& vlan, TimePoint now) {
  const PortSet ports = vlan.solicitation.due(now);
  if (queries_.send_solicitation(vlan.control, ports)) {
    vlan.solicitation.sent(ports, now);
  }
}

void Vlans::update_times(Vlan& vlan, TimePoint now) {
  vlan.control.update_times(now);
  (*times_)[vlan.control.settings().vlan] = vlan.control.times();
  has_changed_ = true;
}

void Vlans::describe(Snapshot& snapshot) const {
  for (const Vlan& vlan : vlans_) {
    vlan.control.describe(snapshot);
  }
}

}  // namespace mcswitch::control
