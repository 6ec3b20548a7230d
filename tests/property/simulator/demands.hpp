// SPDX-License-Identifier: BSD-3-Clause
//
// Demands: what the switch owes the hosts of a VLAN at every moment.
//
// * A member never misses its stream: from when the switch has heard what it wants, or somebody who wants the
//   same behind the same port, until it wants it no longer. Where pruning is held it is owed from when the
//   link came up. A host of version 1 answers no specific queries, so a report of version 1 has to be heard.
// * Nobody else gets it once the timers have run.
// * The elected querier gets every stream.
// * What is in another VLAN never goes here.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "property/simulator/host_node.hpp"
#include "property/simulator/scene.hpp"
#include "property/simulator/switch_node.hpp"

namespace mcswitch::test::sim {

class Demands {
 public:
  Demands(World& world, const Lan& lan);

  void add(HostNode& host);

  // What a host wants of a group has changed.
  void on_wish(const HostNode& host);
  // The switch has heard it there.
  void on_heard(PortId port, const Message& message);
  void on_link(PortId port, bool is_up);
  // The other querier of the VLAN comes or falls silent.
  void on_querier(bool is_there);

  // Sends a frame of each stream, and returns the first thing that is wrong with where they go.
  std::string check(SwitchNode& ethernet_switch);

  struct Count {
    std::uint64_t owed = 0;   // streams that became owed to a host because it was heard
    std::uint64_t ended = 0;  // streams that have ended on a port
  };
  [[nodiscard]] const Count& count() const { return count_; }

 private:
  struct Stream {
    bool is_wanted = false;
    bool is_owed = false;
    TimePoint wanted_since{};
  };
  struct Member {
    const HostNode* host = nullptr;
    PerStream<Stream> streams{};
  };
  struct Port {
    bool is_up = false;
    TimePoint may_be_held_until{};
    PerStream<TimePoint> last_wanted{};
    PerStream<bool> gets{};
  };

  void forget(const HostNode& host);
  [[nodiscard]] bool is_owed_to_another(const Member& member, std::size_t group, std::size_t source) const;
  std::string check(std::size_t group, std::size_t source, PortSet egress);
  [[nodiscard]] bool is_registered(std::size_t group) const;
  [[nodiscard]] std::string wrong(std::size_t group, std::size_t source, const std::string& what) const;

  World& world_;
  const Lan& lan_;
  std::vector<Bytes> frames_;
  std::vector<Member> members_;
  std::map<PortId, Port> ports_;
  bool is_querier_there_ = false;
  bool is_router_known_ = false;
  Count count_;
};

}  // namespace mcswitch::test::sim
