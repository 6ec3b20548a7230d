// SPDX-License-Identifier: BSD-3-Clause
//
// HostNode: a host of version 1, 2 or 3 on a wire, which it may share with others.

#pragma once

#include <functional>
#include <string>

#include "property/simulator/wire.hpp"
#include "property/simulator/world.hpp"
#include "property/station.hpp"

namespace mcswitch::test::sim {

class HostNode final : public Node, public Listener {
 public:
  // `number`: of the VLAN, below 100; its address and its delays are made of it and `seed`.
  HostNode(World& world, Wire& wire, std::uint8_t version, std::uint8_t number, std::uint64_t seed)
      : world_{world},
        wire_{wire},
        number_{number},
        station_{wire.port(), version, number, seed},
        version_{station_.version(world.now())} {
    wire.attach(*this, Role::host);
  }

  void wish(const IpAddress& group, const Wish& wish) {
    station_.wish(group, wish, world_.now());
    look_at_version();
  }
  [[nodiscard]] const Wish& wish_for(const IpAddress& group) const { return station_.wish_for(group); }

  // RFC 9776 section 7.2.1: a host that changes its version "cancels all its pending responses", so it does
  // not answer the queries that it has heard. Then this is called.
  std::function<void()> on_version_change;

  [[nodiscard]] TimePoint next() const override { return station_.next(); }

  void on_time() override {
    while (const auto said = station_.say(world_.now())) {
      look_at_version();
      const MessagePtr message = message_of(said->frame, world_.now());
      wire_.faults().on_report(message, wire_.port(), number_, world_.now());
      wire_.send(message, *this);
    }
    look_at_version();
  }

  void hear(const MessagePtr& message, Wire& /*wire*/) override {
    if (message->is_query()) {
      station_.hear_query(message->query(), world_.now());
    } else if (message->kind() == proto::IgmpKind::report) {
      station_.hear_older_report(message->group(), message->version());
    }
    look_at_version();
  }

  [[nodiscard]] PortId port() const { return wire_.port(); }
  [[nodiscard]] std::uint8_t newest_version() const { return station_.newest_version(); }
  [[nodiscard]] bool names_sources() const { return station_.is_version_3(world_.now()); }
  [[nodiscard]] std::string name() const {
    return "host " + std::to_string(number_) + " of version " + std::to_string(newest_version()) +
           " on wire " + std::to_string(port());
  }

 private:
  void look_at_version() {
    if (const std::uint8_t version = station_.version(world_.now()); version != version_) {
      version_ = version;
      if (on_version_change) {
        on_version_change();
      }
    }
  }

  World& world_;
  Wire& wire_;
  const std::uint8_t number_;
  Station station_;
  std::uint8_t version_;
};

}  // namespace mcswitch::test::sim
