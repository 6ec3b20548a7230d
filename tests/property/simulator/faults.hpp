// SPDX-License-Identifier: BSD-3-Clause
//
// Faults: what the wires of a VLAN do to messages. RFC 9776 section 8.14.1: "IGMPv3 is robust to (Robustness
// Variable - 1) packet losses". So that a member can rely on it, what is lost is bounded:
//
// * A round is a query and all that answers it on one wire. Of Robustness Variable rounds one after the other
//   about the same (all groups, a group, a source of it), at least one loses nothing; those of one querier by
//   themselves, and those of all queriers together. An answer that is one to several queries may be lost only
//   if all their rounds may lose it.
// * A query that is lost between its querier and the switch is lost on all wires, and an answer that is lost
//   between the switch and the querier on the wire that it came from: the round counts, not the place.
// * Of Robustness Variable messages in which a host reports changes of a group one after the other at least
// one
//   is heard, and of those in which it reports what is so.
// * A leave of version 2, which is sent once, may be lost always.
//
// Each message is late by less than 20 ms, and some come twice. What is sent to a wire arrives in that order,
// at the same moment for all who hear it: a wire is a hub.

#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "base/time.hpp"
#include "property/simulator/message.hpp"
#include "property/simulator/random.hpp"

namespace mcswitch::test::sim {

// The rounds of one wire.
class Rounds {
 public:
  explicit Rounds(unsigned robustness_variable) : robustness_variable_{robustness_variable} {}

  // A query is on its way to this wire; shall its round lose something? It does if it may.
  void begin(const MessagePtr& query, bool shall_lose, TimePoint now);
  // Does the round of this query lose something? False if it began none here.
  [[nodiscard]] bool is_lossy(const Message& query) const;
  // May an answer about these groups be lost?
  [[nodiscard]] bool may_lose(const std::vector<IpAddress>& groups) const;
  // Has the last general query, or an answer to it, been lost?
  [[nodiscard]] bool has_just_lost() const;

 private:
  struct Round {
    MessagePtr query;
    TimePoint end;
    bool is_lossy;
  };
  // Of one querier, or unspecified: of all; the group; the source.
  using Subject = std::tuple<IpAddress, IpAddress, IpAddress>;
  static std::vector<Subject> subjects_of(const Message& query);

  const unsigned robustness_variable_;
  std::map<Subject, unsigned> lossy_;  // rounds one after the other up to now
  std::vector<Round> open_;
};

enum class Role : std::uint8_t { ethernet_switch, host, querier };

class Faults {
 public:
  Faults(std::uint64_t seed, VlanId vlan, PortSet ports, unsigned robustness_variable);

  // The switch sends a query of its own to these ports.
  void on_query_of_switch(const MessagePtr& query, PortSet ports, TimePoint now);
  // The querier of the VLAN sends one, which is for hosts on all wires.
  void on_query(const MessagePtr& query, bool may_lose, TimePoint now);
  // A host, the number `host` of the VLAN, reports or leaves on the wire of `port`.
  void on_report(const MessagePtr& report, PortId port, unsigned host, TimePoint now);

  // Who is on the wire of `port` does not hear this message?
  bool loses(const Message& message, PortId port, Role role);

  [[nodiscard]] Duration delay() { return random_.up_to(kLongestDelay); }
  // Does it come twice?
  [[nodiscard]] bool doubles() { return random_.one_in(kDoubled); }

  struct Count {
    std::uint64_t queries = 0;  // lost on one wire, or between querier and switch
    std::uint64_t reports = 0;  // lost before the switch, or between switch and querier
  };
  [[nodiscard]] const Count& lost() const { return lost_; }

  // Has any wire just lost a general query or an answer to it?
  [[nodiscard]] bool have_just_lost() const;

  static constexpr Duration kLongestDelay = std::chrono::microseconds{19'500};

 private:
  static constexpr unsigned kDoubled = 16;

  // Messages that somebody will not hear.
  struct Lost {
    MessagePtr message;
    TimePoint until;
    bool is_lost_to_switch;
    bool is_lost_to_querier;
  };
  bool may_lose_report(const Message& report, PortId port, unsigned host);
  [[nodiscard]] const Lost* find(const Message& message) const;
  void note(Lost lost, TimePoint now);

  const PortSet ports_;
  const unsigned robustness_variable_;
  Random random_;
  std::map<PortId, Rounds> rounds_;
  // By host, group and whether it reports a change: messages lost one after the other up to now.
  std::map<std::tuple<unsigned, IpAddress, bool>, unsigned> lost_reports_;
  std::vector<Lost> on_the_way_;
  Count lost_;
};

}  // namespace mcswitch::test::sim
