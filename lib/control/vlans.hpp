// SPDX-License-Identifier: BSD-3-Clause
//
// Vlans: all VLANs that the switch carries, which of them is due first, the general queries that wait to be
// sent, and the times that the timers of memberships go by.
//
// Control thread only.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/due_heap.hpp"
#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "base/time.hpp"
#include "control/context.hpp"
#include "control/queries.hpp"
#include "control/snapshot.hpp"
#include "control/vlan_control.hpp"
#include "membership/effects.hpp"
#include "membership/router_solicitation.hpp"

namespace mcswitch::control {

class Vlans {
 public:
  Vlans(Context& context, Queries& queries);
  Vlans(const Vlans&) = delete;
  Vlans& operator=(const Vlans&) = delete;

  // nullptr: no port carries it. Valid as long as this is.
  [[nodiscard]] const VlanControl* find(VlanId vlan) const;
  [[nodiscard]] std::size_t size() const { return vlans_.size(); }
  // There are more of them than are worth going through at once.
  [[nodiscard]] bool are_many() const { return vlans_.size() > kFewVlans; }

  // Once, before the others.
  void start(TimePoint now);
  void on_link(PortId port, bool up, TimePoint now);
  // A query was heard in a VLAN that find() knows; catch_up() has been called.
  void on_query(VlanId vlan, const VlanControl::Query& query, TimePoint now);
  // A router has said that it is there, or that it is going; likewise.
  void on_router(VlanId vlan, const VlanControl::Router& router, TimePoint now);
  // As Querier, sends a general query to this port in each of its VLANs, in the next run().
  void ask_port(PortId port, TimePoint now);
  // A query of ours has not left by this port: where we are the querier, it is asked as if its link had just
  // come up, at once.
  void not_asked(PortId port, TimePoint now);

  // Does what is due in one VLAN, which find() knows.
  void catch_up(VlanId vlan, TimePoint now) { run_one(vlans_[index_[vlan] - 1U], now); }
  // Does what is due in at most `limit` VLANs, about 2 us each if a query has to be sent. True: more are due.
  bool run(TimePoint now, std::size_t limit);
  // When run() has something to do.
  [[nodiscard]] TimePoint next() const { return due_.next(); }

  // Rises when something of the Routers of some VLAN has changed.
  [[nodiscard]] std::uint64_t router_changes() const { return router_changes_; }
  struct Routers {
    PortSet ports;               // router ports with link
    std::uint64_t arrivals = 0;  // routers that have become known so far
    std::uint64_t queries = 0;   // general queries of ours that have left
  };
  // Of a VLAN that find() knows.
  [[nodiscard]] Routers routers(VlanId vlan) const { return vlans_[index_[vlan] - 1U].routers; }

  // VlanControl::times() by VLAN; stays where it is.
  [[nodiscard]] const TimesTable& times() const { return *times_; }

  // Something of describe() may have changed since take_changed().
  [[nodiscard]] bool has_changed() const { return has_changed_; }
  void take_changed() { has_changed_ = false; }
  void describe(Snapshot& snapshot) const;

 private:
  static constexpr std::size_t kFewVlans = 64;

  struct Vlan {
    VlanControl control;
    membership::RouterSolicitation solicitation;
    PortSet ask{};  // ports that a general query still has to leave by
    Routers routers{};
    struct Elected {
      membership::Role role = membership::Role::off;
      IpAddress address{};
      friend bool operator==(const Elected&, const Elected&) = default;
    };
    Elected logged{};  // the querier of the log's last line about it
  };

  [[nodiscard]] std::uint32_t place_of(const Vlan& vlan) const {
    return static_cast<std::uint32_t>(&vlan - vlans_.data());
  }
  void apply(Vlan& vlan, const membership::Effects& effects, TimePoint now);
  void ask_new_ports(Vlan& vlan, TimePoint now);
  void send_general_query(Vlan& vlan, TimePoint now);
  void solicit_routers(Vlan& vlan, TimePoint now);
  void update_times(Vlan& vlan, TimePoint now);
  void run_one(Vlan& vlan, TimePoint now);
  void schedule(Vlan& vlan, TimePoint now);
  // Router ports will be `ports`.
  void log_routers(const Vlan& vlan, PortSet ports, TimePoint now);
  // If it is another one.
  void log_querier(Vlan& vlan, TimePoint now);

  Context& context_;
  Queries& queries_;
  std::vector<Vlan> vlans_;                       // in order of VLAN
  std::array<std::uint16_t, kMaxVlans> index_{};  // into vlans_, plus 1; 0: not carried
  DueHeap due_;                                   // of vlans_, by index
  const std::unique_ptr<TimesTable> times_;
  bool has_changed_ = true;
  std::uint64_t router_changes_ = 0;
};

}  // namespace mcswitch::control
