// SPDX-License-Identifier: BSD-3-Clause

#include "property/simulator/faults.hpp"

#include <algorithm>

namespace mcswitch::test::sim {
namespace {

using namespace std::chrono_literals;

// From a query at its querier over two wires to its answer on the second one, beside the answer's own time.
constexpr Duration kOnTheWay = 100ms;
// A message is on no wire any more, nor any copy of it.
constexpr Duration kOver = 1s;

// A host says what has changed in other messages than what is so.
bool is_change(const Message& report) {
  return !report.records().empty() && report.records().front().is_change();
}

}  // namespace

// --- rounds ---------------------------------------------------------------------------------------

std::vector<Rounds::Subject> Rounds::subjects_of(const Message& query) {
  std::vector<Subject> subjects;
  for (const IpAddress& querier : {query.source(), IpAddress{}}) {
    for (const IpAddress& source : query.sources()) {
      subjects.emplace_back(querier, query.group(), source);
    }
    if (query.sources().empty()) {
      subjects.emplace_back(querier, query.group(), IpAddress{});
    }
  }
  return subjects;
}

void Rounds::begin(const MessagePtr& query, bool shall_lose, TimePoint now) {
  std::erase_if(open_, [now](const Round& round) { return round.end <= now; });
  bool is_lossy = shall_lose;
  const std::vector<Subject> subjects = subjects_of(*query);
  for (const Subject& subject : subjects) {
    is_lossy = is_lossy && lossy_[subject] + 1 < robustness_variable_;
  }
  for (const Subject& subject : subjects) {
    lossy_[subject] = is_lossy ? lossy_[subject] + 1 : 0;
  }
  open_.push_back({query, now + query->max_resp_time() + kOnTheWay, is_lossy});
}

bool Rounds::is_lossy(const Message& query) const {
  return std::ranges::any_of(open_, [&](const Round& r) { return r.query.get() == &query && r.is_lossy; });
}

bool Rounds::may_lose(const std::vector<IpAddress>& groups) const {
  return std::ranges::all_of(open_, [&](const Round& round) {
    const IpAddress group = round.query->group();
    return round.is_lossy || (!group.is_unspecified() && std::ranges::find(groups, group) == groups.end());
  });
}

bool Rounds::has_just_lost() const {
  const auto found = lossy_.find({IpAddress{}, kUnspecifiedV4, IpAddress{}});
  return found != lossy_.end() && found->second > 0;
}

// --- all wires ------------------------------------------------------------------------------------

Faults::Faults(std::uint64_t seed, VlanId vlan, PortSet ports, unsigned robustness_variable)
    : ports_{ports},
      robustness_variable_{robustness_variable},
      random_{seed, "faults of VLAN " + std::to_string(vlan)} {
  for (const PortId port : ports) {
    rounds_.emplace(port, Rounds{robustness_variable});
  }
}

void Faults::on_query_of_switch(const MessagePtr& query, PortSet ports, TimePoint now) {
  for (const PortId port : ports& ports_) {
    rounds_.at(port).begin(query, random_.one_in(2), now);
  }
}

void Faults::on_query(const MessagePtr& query, bool may_lose, TimePoint now) {
  const bool on_all = random_.one_in(4);
  bool is_lossy_everywhere = true;
  for (auto& [port, rounds] : rounds_) {
    rounds.begin(query, may_lose && (on_all || random_.one_in(2)), now);
    is_lossy_everywhere = is_lossy_everywhere && rounds.is_lossy(*query);
  }
  if (is_lossy_everywhere && random_.one_in(2)) {
    ++lost_.queries;
    note({query, now + kOver, true, false}, now);
  }
}

bool Faults::may_lose_report(const Message& report, PortId port, unsigned host) {
  if (!rounds_.at(port).may_lose(report.groups())) {
    return false;
  }
  return std::ranges::all_of(report.groups(), [&](const IpAddress& group) {
    return lost_reports_[{host, group, is_change(report)}] + 1 < robustness_variable_;
  });
}

void Faults::on_report(const MessagePtr& report, PortId port, unsigned host, TimePoint now) {
  const bool is_leave = report->kind() == proto::IgmpKind::leave;
  const bool is_lost = (is_leave || may_lose_report(*report, port, host)) && random_.one_in(2);
  if (!is_leave) {
    for (const IpAddress& group : report->groups()) {
      unsigned& lost = lost_reports_[{host, group, is_change(*report)}];
      lost = is_lost ? lost + 1 : 0;
    }
  }
  if (is_lost) {
    ++lost_.reports;
    const bool is_lost_to_switch = !random_.one_in(3);
    note({report, now + kOver, is_lost_to_switch, true}, now);
  }
}

bool Faults::loses(const Message& message, PortId port, Role role) {
  const Lost* const lost = find(message);
  if (role == Role::ethernet_switch) {
    return lost != nullptr && lost->is_lost_to_switch;
  }
  if (message.is_query()) {
    const bool is_lost = rounds_.at(port).is_lossy(message) && random_.one_in(2);
    lost_.queries += is_lost ? 1 : 0;
    return is_lost;
  }
  // Who does not hear another host reports for itself.
  return role == Role::host ? random_.one_in(8) : lost != nullptr && lost->is_lost_to_querier;
}

bool Faults::have_just_lost() const {
  return std::ranges::any_of(rounds_, [](const auto& r) { return r.second.has_just_lost(); });
}

const Faults::Lost* Faults::find(const Message& message) const {
  const auto found =
      std::ranges::find_if(on_the_way_, [&](const Lost& lost) { return lost.message.get() == &message; });
  return found == on_the_way_.end() ? nullptr : &*found;
}

void Faults::note(Lost lost, TimePoint now) {
  std::erase_if(on_the_way_, [now](const Lost& old) { return old.until <= now; });
  on_the_way_.push_back(std::move(lost));
}

}  // namespace mcswitch::test::sim
