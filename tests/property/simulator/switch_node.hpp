// SPDX-License-Identifier: BSD-3-Clause
//
// SwitchNode: the real engine at the ends of the wires.

#pragma once

#include <functional>
#include <map>
#include <span>
#include <vector>

#include "config/config.hpp"
#include "property/simulator/wire.hpp"
#include "property/simulator/world.hpp"
#include "support/engine.hpp"

namespace mcswitch::test::sim {

class SwitchNode final : public Node, public Listener {
 public:
  SwitchNode(World& world, const config::Config& config) : world_{world}, engine_{config} {}

  // `on_heard` is called when a message from there has been taken in.
  void connect(Wire& wire, VlanId vlan, std::function<void(PortId, const Message&)> on_heard);

  [[nodiscard]] TimePoint next() const override { return engine_.next(); }
  void on_time() override;
  void hear(const MessagePtr& message, Wire& wire) override;
  void set_link(PortId port, bool is_up);

  // The ports by which these would leave now.
  std::vector<PortSet> ports_of(PortId port, std::span<const Bytes> frames);
  [[nodiscard]] const Engine& engine() const { return engine_; }

 private:
  struct End {
    Wire* wire;
    VlanId vlan;
    std::function<void(PortId, const Message&)> on_heard;
  };
  void keep_up();
  void send_queries();

  World& world_;
  Engine engine_;
  std::map<PortId, End> ends_;
};

}  // namespace mcswitch::test::sim
