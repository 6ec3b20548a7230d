// SPDX-License-Identifier: BSD-3-Clause

#include "mcsctl/hosts.hpp"

#include <gmock/gmock.h>

#include "mcsctl/verbs.hpp"
#include "unit/telemetry/made_records.hpp"

namespace mcswitch::mcsctl {
namespace {

using telemetry::made_records;
using telemetry::rows_of;
using telemetry::Values;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Value kNone{};

std::uint64_t n(std::uint64_t value) { return value; }

Values group_row(std::uint64_t vlan, const char* group, const char* source, const char* port) {
  return {vlan, group, source, port, "include", "igmpv3", n(9000), n(1)};
}
Values host_row(std::uint64_t vlan, const char* group, const char* source, const char* port,
                const char* address) {
  return {vlan, group, source, port, address, "02:00:00:00:00:01", n(500), n(20)};
}
Values joined_row(std::uint64_t vlan, const char* group, const char* source, const char* port,
                  const char* address) {
  Values row = group_row(vlan, group, source, port);
  for (Value value : Values{address, "02:00:00:00:00:01", n(500), n(20)}) {
    row.push_back(std::move(value));
  }
  return row;
}
Values row_without_host(std::uint64_t vlan, const char* group, const char* source, const char* port) {
  Values row = group_row(vlan, group, source, port);
  row.resize(12, kNone);
  return row;
}

std::vector<Values> joined(const std::vector<Values>& groups, const std::vector<Values>& hosts) {
  return rows_of(
      with_hosts(made_records(verb("groups").keys, groups), made_records(hosts_verb().keys, hosts)));
}

TEST(GroupsWithHosts, KeysOfBothInTheirOrder) {
  std::vector<std::string> names;
  for (const Key& key : groups_with_hosts_verb().keys) {
    names.emplace_back(key.name);
  }
  EXPECT_THAT(names, ElementsAre("vlan", "group", "source", "port", "filter_mode", "protocol", "expires_ms",
                                 "hosts", "address", "mac", "since_ms", "last_ms"));
}

TEST(GroupsWithHosts, ARowForEachHostOfAMembership) {
  EXPECT_THAT(
      joined({group_row(7, "232.1.1.1", "10.0.0.9", "p1"), group_row(7, "232.1.1.1", "10.0.0.9", "p2")},
             {host_row(7, "232.1.1.1", "10.0.0.9", "p2", "10.0.0.91"),
              host_row(7, "232.1.1.1", "10.0.0.9", "p1", "10.0.0.92"),
              host_row(7, "232.1.1.1", "10.0.0.9", "p2", "10.0.0.93")}),
      ElementsAre(joined_row(7, "232.1.1.1", "10.0.0.9", "p1", "10.0.0.92"),
                  joined_row(7, "232.1.1.1", "10.0.0.9", "p2", "10.0.0.91"),
                  joined_row(7, "232.1.1.1", "10.0.0.9", "p2", "10.0.0.93")));
}

TEST(GroupsWithHosts, AMembershipWithoutAHostHasARowAllTheSame) {
  EXPECT_THAT(joined({group_row(7, "232.1.1.1", "*", "p1"), group_row(7, "232.1.1.1", "10.0.0.9", "p1")},
                     {host_row(7, "232.1.1.1", "*", "p1", "10.0.0.91")}),
              ElementsAre(joined_row(7, "232.1.1.1", "*", "p1", "10.0.0.91"),
                          row_without_host(7, "232.1.1.1", "10.0.0.9", "p1")));
}

TEST(GroupsWithHosts, OnlyHostsOfTheVeryMembershipBelongToIt) {
  EXPECT_THAT(joined({group_row(7, "232.1.1.1", "10.0.0.9", "p1")},
                     {host_row(71, "232.1.1.1", "10.0.0.9", "p1", "10.0.0.91"),
                      host_row(7, "232.1.1.11", "10.0.0.9", "p1", "10.0.0.92"),
                      host_row(7, "232.1.1.1", "10.0.0.99", "p1", "10.0.0.93"),
                      host_row(7, "232.1.1.1", "10.0.0.9", "p11", "10.0.0.94")}),
              ElementsAre(row_without_host(7, "232.1.1.1", "10.0.0.9", "p1")));
  EXPECT_THAT(joined({}, {host_row(7, "232.1.1.1", "10.0.0.9", "p1", "10.0.0.91")}), IsEmpty());
}

}  // namespace
}  // namespace mcswitch::mcsctl
