// SPDX-License-Identifier: BSD-3-Clause
//
// QuerierNode: another router of the VLAN, with intervals of its own: it takes part in the election, asks,
// and asks anew about what hosts leave (RFC 2236 section 7, RFC 9776 section 6.6). It may fall silent and
// come back.
//
// It knows no members: it asks about whatever is left.

#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "property/simulator/wire.hpp"
#include "property/simulator/world.hpp"

namespace mcswitch::test::sim {

struct QuerierSpec {
  PortId port = 0;
  Ipv4Address address;
  std::uint8_t version = 3;  // 2 or 3
  std::uint8_t robustness_variable = 2;
  Duration query_interval{};
  Duration query_response_interval{};
  Duration last_member_query_interval{};
  // It falls silent now and then, for long.
  bool dies = false;
  // Also when it has just lost something.
  bool dies_any_time = false;
  // Specific queries and their answers get lost too.
  bool loses_specific = false;

  [[nodiscard]] Duration other_querier_present_interval() const {
    return robustness_variable * query_interval + query_response_interval / 2;
  }
};

class QuerierNode final : public Node, public Listener {
 public:
  QuerierNode(World& world, Wire& wire, const QuerierSpec& spec);

  // It is silent at first.
  void come();
  void die();

  [[nodiscard]] TimePoint next() const override;
  void on_time() override;
  void hear(const MessagePtr& message, Wire& wire) override;

 private:
  // Of a group that hosts have left, or some of its sources.
  struct Check {
    unsigned left = 0;  // queries
    TimePoint next = kNever;
    std::vector<IpAddress> sources{};  // none: the group
    bool is_answered = false;
  };
  [[nodiscard]] bool is_querier() const { return is_there_ && other_until_ == kNever; }
  void hear_query(const Message& query);
  void hear_report(const Message& report);
  void check(const IpAddress& group, const std::vector<IpAddress>& sources);
  void send_general();
  void send_specific(const IpAddress& group, Check& check);
  void send(Bytes frame);

  World& world_;
  Wire& wire_;
  const QuerierSpec spec_;
  bool is_there_ = false;
  TimePoint other_until_ = kNever;
  TimePoint next_general_ = kNever;
  unsigned startup_queries_left_ = 0;
  std::map<IpAddress, Check> checks_;
};

}  // namespace mcswitch::test::sim
