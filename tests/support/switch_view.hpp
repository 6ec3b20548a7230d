// SPDX-License-Identifier: BSD-3-Clause
//
// What can be seen of a switch from outside, as values: what it sends, and what it would answer an operator.
// The real engine (engine.hpp) and the reference switch (reference_switch.hpp) both give this, and nothing
// else is compared.

#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "base/time.hpp"

namespace mcswitch::test {

// Addresses of the switch itself in these tests: each port's own, and the source of the queries.
inline constexpr MacAddress kSwitchMac{0x02'aa'00'00'00'80};
inline constexpr MacAddress port_mac(PortId port) { return MacAddress{0x02'aa'00'00'00'00U + port}; }

// A query that the switch sent, on `ports` at once.
struct SentQuery {
  TimePoint at;
  VlanId vlan = 0;
  IpAddress group = kUnspecifiedV4;  // 0.0.0.0: general
  PortSet ports;
  std::uint8_t code = 0;  // Max Response Time as in the message
  IpAddress source = kUnspecifiedV4;
  // Version 3 (RFC 9776 sections 4.1.5 to 4.1.9); else 0.
  bool is_version_3 = false;
  bool s_flag = false;
  std::uint8_t qrv = 0;
  std::uint8_t qqic = 0;
  std::vector<IpAddress> sources{};  // rising
  friend bool operator==(const SentQuery&, const SentQuery&) = default;
};

enum class FilterMode : std::uint8_t { include, exclude };

struct SourceView {
  IpAddress source;
  TimePoint ends;  // if no host reports; kNever if static
  friend bool operator==(const SourceView&, const SourceView&) = default;
};

// One group on one port (RFC 9776 section 6.2).
struct MembershipView {
  VlanId vlan = 0;
  IpAddress group;
  PortId port = 0;
  FilterMode mode = FilterMode::include;
  TimePoint ends = kNever;              // mode EXCLUDE: if no host reports; kNever if static
  std::vector<SourceView> requested{};  // whose source timers run; by source
  std::vector<IpAddress> excluded{};    // mode EXCLUDE: all that are listed, with or without a timer; rising
};

enum class RouterReason : std::uint8_t { query, pim, mrd, configured };

struct RouterView {
  VlanId vlan = 0;
  PortId port = 0;
  RouterReason reason = RouterReason::query;
  IpAddress address;           // unspecified if configured
  TimePoint expires = kNever;  // kNever if configured
  friend bool operator==(const RouterView&, const RouterView&) = default;
};

enum class QuerierRole : std::uint8_t { off, non_querier, querier };

struct VlanView {
  VlanId vlan = 0;
  QuerierRole role = QuerierRole::off;
  IpAddress querier;                 // our own as querier; unspecified if there is none
  std::uint8_t querier_version = 0;  // 0: none
  TimePoint querier_expires = kNever;
  PortSet held;  // ports on which pruning is held
  friend bool operator==(const VlanView&, const VlanView&) = default;
};

struct SwitchView {
  std::vector<MembershipView> memberships;  // by VLAN, group, port
  std::vector<RouterView> routers;          // by VLAN, port, configured first, then reason and address
  std::vector<VlanView> vlans;              // by VLAN
};

// In words. Times are seconds since `start`.
std::string describe(PortSet ports);
std::string describe(TimePoint time, TimePoint start);
std::string describe(const SentQuery& query, TimePoint start);
std::string describe(const VlanView& vlan, TimePoint start);
std::string describe(const RouterView& router, TimePoint start);
std::string describe(const MembershipView& membership, TimePoint start);

}  // namespace mcswitch::test
