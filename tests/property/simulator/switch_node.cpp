// SPDX-License-Identifier: BSD-3-Clause

#include "property/simulator/switch_node.hpp"

#include <utility>

namespace mcswitch::test::sim {

void SwitchNode::connect(Wire& wire, VlanId vlan, std::function<void(PortId, const Message&)> on_heard) {
  wire.attach(*this, Role::ethernet_switch);
  ends_[wire.port()] = {&wire, vlan, std::move(on_heard)};
}

void SwitchNode::keep_up() { engine_.advance(world_.now() - engine_.now()); }

void SwitchNode::on_time() {
  keep_up();
  send_queries();
}

void SwitchNode::hear(const MessagePtr& message, Wire& wire) {
  keep_up();
  for (const PortId port : engine_.receive(wire.port(), message->frame())) {
    ends_.at(port).wire->send(message, *this);
  }
  ends_.at(wire.port()).on_heard(wire.port(), *message);
  send_queries();
}

void SwitchNode::set_link(PortId port, bool is_up) {
  keep_up();
  ends_.at(port).wire->set_link(is_up);
  engine_.link(port, is_up);
  send_queries();
}

std::vector<PortSet> SwitchNode::ports_of(PortId port, std::span<const Bytes> frames) {
  on_time();
  return engine_.receive_burst(port, frames);
}

void SwitchNode::send_queries() {
  // What was sent to one port and what to several are rounds alike.
  const std::vector<SentFrame> frames = engine_.sent();
  engine_.clear_sent();
  for (const SentFrame& frame : frames) {
    const MessagePtr query = message_of(frame.bytes, world_.now());
    for (const PortId port : frame.ports) {
      Wire& wire = *ends_.at(port).wire;
      wire.faults().on_query_of_switch(query, PortSet::of(port), world_.now());
      wire.send(query, *this);
    }
  }
}

}  // namespace mcswitch::test::sim
