// SPDX-License-Identifier: BSD-3-Clause

#include "property/simulator/simulation.hpp"

#include <memory>
#include <vector>

#include "property/simulator/demands.hpp"
#include "property/simulator/faults.hpp"
#include "property/simulator/host_node.hpp"
#include "property/simulator/switch_node.hpp"
#include "property/simulator/users.hpp"
#include "property/simulator/wire.hpp"
#include "property/simulator/world.hpp"
#include "support/manual_clock.hpp"

namespace mcswitch::test::sim {
namespace {

// A VLAN with all that is in it.
class Network {
 public:
  Network(World& world, SwitchNode& ethernet_switch, const Lan& lan, std::uint64_t seed)
      : lan_{lan}, faults_{seed, lan.vlan, lan.ports(), lan.robustness_variable()}, demands_{world, lan} {
    // A late copy of an old report makes a membership last.
    const bool late_copies = !lan.ends_soon && !lan.fast_leave;
    for (const PortId port : lan.ports()) {
      wires_[port] = std::make_unique<Wire>(world, faults_, port, late_copies);
      ethernet_switch.connect(*wires_[port], lan.vlan, [this](PortId from, const Message& message) {
        demands_.on_heard(from, message);
      });
    }
    std::vector<HostNode*> hosts;
    Random seeds{seed, "hosts of VLAN " + std::to_string(lan.vlan)};
    for (const HostSpec& spec : lan.hosts) {
      const auto number = static_cast<std::uint8_t>(hosts_.size());
      hosts_.push_back(
          std::make_unique<HostNode>(world, *wires_[spec.port], spec.version, number, seeds.number()));
      demands_.add(*hosts_.back());
      world.add(*hosts_.back());
      hosts.push_back(hosts_.back().get());
    }
    if (lan.querier) {
      querier_ = std::make_unique<QuerierNode>(world, *wires_[lan.querier->port], *lan.querier);
      world.add(*querier_);
    }
    users_ = std::make_unique<Users>(
        world, lan, Users::Things{demands_, ethernet_switch, faults_, std::move(hosts), querier_.get()},
        seed);
    world.add(*users_);
  }

  std::string check(SwitchNode& ethernet_switch) { return demands_.check(ethernet_switch); }
  void stop() { users_->stop(); }

  [[nodiscard]] std::uint64_t messages() const {
    std::uint64_t messages = 0;
    for (const auto& [port, wire] : wires_) {
      messages += wire->count().messages;
    }
    return messages;
  }

  void add_to(Outcome& outcome) const {
    for (const auto& [port, wire] : wires_) {
      outcome.copies += wire->count().copies;
    }
    outcome.messages += messages();
    outcome.lost_queries += faults_.lost().queries;
    outcome.lost_reports += faults_.lost().reports;
    outcome.owed += demands_.count().owed;
    outcome.ended += demands_.count().ended;
  }

 private:
  const Lan& lan_;
  Faults faults_;
  Demands demands_;
  std::map<PortId, std::unique_ptr<Wire>> wires_;
  std::vector<std::unique_ptr<HostNode>> hosts_;
  std::unique_ptr<QuerierNode> querier_;
  std::unique_ptr<Users> users_;
};

class Simulation {
 public:
  Simulation(const Scene& scene, std::uint64_t seed)
      : scene_{scene}, world_{ManualClock::kStart}, switch_{world_, config_of(scene)} {
    world_.add(switch_);
    for (const Lan& lan : scene.lans) {
      networks_.push_back(std::make_unique<Network>(world_, switch_, lan, seed));
    }
  }

  Outcome run(std::uint64_t messages) {
    while (problem_.empty() && this->messages() < messages) {
      world_.step(kNever, [this] { check(); });
    }
    for (const auto& network : networks_) {
      network->stop();
    }
    Duration rest{};
    for (const Lan& lan : scene_.lans) {
      rest = std::max(rest, 2 * lan.longest_stay());
    }
    const TimePoint end = world_.now() + rest;
    while (problem_.empty() && world_.step(end, [this] { check(); })) {
    }
    if (problem_.empty() && !switch_.engine().view().memberships.empty()) {
      problem_ = "memberships are left, and nobody wants them:";
    }
    return outcome();
  }

 private:
  void check() {
    for (std::size_t i = 0; i < networks_.size() && problem_.empty(); ++i) {
      problem_ = networks_[i]->check(switch_);
    }
  }

  [[nodiscard]] std::uint64_t messages() const {
    std::uint64_t messages = 0;
    for (const auto& network : networks_) {
      messages += network->messages();
    }
    return messages;
  }

  [[nodiscard]] Outcome outcome() const {
    Outcome outcome{.problem = problem_, .time = world_.now() - world_.start()};
    for (const auto& network : networks_) {
      network->add_to(outcome);
    }
    if (!problem_.empty()) {
      outcome.problem += "\n" + world_.story();
      const SwitchView view = switch_.engine().view();
      for (const VlanView& vlan : view.vlans) {
        outcome.problem += describe(vlan, world_.start()) + "\n";
      }
      for (const MembershipView& membership : view.memberships) {
        outcome.problem += describe(membership, world_.start()) + "\n";
      }
    }
    return outcome;
  }

  const Scene& scene_;
  World world_;
  SwitchNode switch_;
  std::vector<std::unique_ptr<Network>> networks_;
  std::string problem_;
};

}  // namespace

Outcome simulate(const Scene& scene, std::uint64_t seed, std::uint64_t messages) {
  return Simulation{scene, seed}.run(messages);
}

}  // namespace mcswitch::test::sim
