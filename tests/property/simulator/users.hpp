// SPDX-License-Identifier: BSD-3-Clause
//
// Users: what people do in a VLAN. They change what their hosts want, pull cables and put them back, switch
// the other querier off and on. Many changes come soon after the one before, and for the same host and group.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "property/simulator/demands.hpp"
#include "property/simulator/host_node.hpp"
#include "property/simulator/random.hpp"
#include "property/simulator/scene.hpp"
#include "property/simulator/world.hpp"

namespace mcswitch::test::sim {

class Users final : public Node {
 public:
  struct Things {
    Demands& demands;
    SwitchNode& ethernet_switch;
    Faults& faults;
    std::vector<HostNode*> hosts;
    QuerierNode* querier = nullptr;
  };
  Users(World& world, const Lan& lan, Things things, std::uint64_t seed);

  [[nodiscard]] TimePoint next() const override { return next_; }
  void on_time() override;

  // All cables are put back, and nobody wants anything any more. Then nothing is done any more.
  void stop();

 private:
  void change_wish();
  void fail_link();
  void start_querier();
  void stop_querier();
  void set_link(PortId port, bool is_up);
  void set_wish(HostNode& host, std::size_t group, const Wish& wish);
  [[nodiscard]] Wish some_wish();

  World& world_;
  const Lan& lan_;
  const Things things_;
  Random wishes_;
  Random faults_;
  TimePoint next_;
  HostNode* host_;
  std::size_t group_ = 0;
  PortSet down_;
};

}  // namespace mcswitch::test::sim
