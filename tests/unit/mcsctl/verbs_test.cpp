// SPDX-License-Identifier: BSD-3-Clause
//
// The commands of mcsctl against the lists of the switch, and their keys.

#include "mcsctl/verbs.hpp"

#include <gmock/gmock.h>

#include "mcsctl/failure.hpp"
#include "telemetry/lists.hpp"
#include "unit/telemetry/made_records.hpp"

namespace mcswitch::mcsctl {
namespace {

using telemetry::rows_of;
using telemetry::Values;
using testing::ElementsAre;

TEST(Verbs, StandInTheOrderInWhichTheyAreListed) {
  std::vector<std::string> names;
  for (const Verb& verb : verbs()) {
    names.push_back(verb.name);
  }
  EXPECT_THAT(names,
              ElementsAre("info", "ports", "groups", "routers", "queriers", "macs", "counters", "workers"));
}

TEST(Verbs, HaveTheColumnsOfTheirListAsKeys) {
  for (const telemetry::List& list : telemetry::kLists) {
    const Verb& of_list = list.noun == "hosts" ? hosts_verb() : verb(std::string{list.noun});
    EXPECT_EQ(of_list.command, list.command);
    ASSERT_EQ(of_list.keys.size(), list.columns.size()) << list.noun;
    for (std::size_t i = 0; i < of_list.keys.size(); ++i) {
      EXPECT_EQ(of_list.keys[i].name, list.columns[i].name);
    }
    EXPECT_LE(of_list.sort_keys, of_list.keys.size());
    EXPECT_FALSE(of_list.nothing.empty()) << list.noun;
  }
}

Reply reply_with(std::vector<std::string> columns, std::vector<telemetry::Field> fields) {
  Reply reply;
  reply.columns = std::move(columns);
  reply.rows = {std::move(fields)};
  return reply;
}

// A newer switch may send more, an older one less.
TEST(AppendPage, ColumnsAreFoundByName) {
  Records records{{{"groups", KeyKind::number}, {"mode", KeyKind::text}, {"port", KeyKind::text}}};
  append_page(records, reply_with({"new", "port", "groups"}, {"x", "p3", "17"}));
  EXPECT_THAT(rows_of(records), ElementsAre(Values{std::uint64_t{17}, Value{}, std::string{"p3"}}));
}

TEST(AppendPage, RowsComeBehindThoseOfEarlierPages) {
  Records records{{{"port", KeyKind::text}}};
  append_page(records, reply_with({"port"}, {"p3"}));
  append_page(records, reply_with({"port"}, {"p1"}));
  EXPECT_THAT(rows_of(records), ElementsAre(Values{std::string{"p3"}}, Values{std::string{"p1"}}));
}

TEST(AppendPage, AnEmptyFieldIsNoValueWhateverItsKind) {
  Records records{{{"hosts", KeyKind::number}, {"address", KeyKind::address}}};
  append_page(records, reply_with({"hosts", "address"}, {std::nullopt, std::nullopt}));
  EXPECT_THAT(rows_of(records), ElementsAre(Values{Value{}, Value{}}));
}

TEST(AppendPage, TextWhereANumberBelongsIsRefused) {
  Records records{{{"groups", KeyKind::number}}};
  EXPECT_THROW(append_page(records, reply_with({"groups"}, {"many"})), Failure);
  EXPECT_THROW(append_page(records, reply_with({"groups"}, {"7 "})), Failure);
}

std::vector<std::string> keys_of(const char* name) {
  std::vector<std::string> names;
  for (const Key& key : verb(name).keys) {
    names.emplace_back(key.name);
  }
  return names;
}

// Promises to scripts: names and order.
TEST(Verbs, KeysAreThoseOfTheContract) {
  EXPECT_THAT(keys_of("groups"), ElementsAre("vlan", "group", "source", "port", "filter_mode", "protocol",
                                             "expires_ms", "hosts"));
  EXPECT_THAT(keys_of("routers"), ElementsAre("vlan", "port", "origin", "address", "expires_ms"));
  EXPECT_THAT(keys_of("queriers"),
              ElementsAre("vlan", "protocol", "role", "address", "version", "expires_ms"));
  EXPECT_THAT(keys_of("ports"),
              ElementsAre("port", "device", "driver", "link", "rx_packets", "tx_packets", "rx_bytes",
                          "tx_bytes", "tx_dropped", "groups", "speed_mbps", "mac", "vlan", "tagged_vlans",
                          "rx_queues", "tx_queues", "workers", "tx_queue_full", "tx_link_down", "tx_no_mbuf",
                          "tx_handover_full", "tx_not_linear", "tx_too_long", "rx_dropped", "rx_missed",
                          "rx_errors", "rx_no_mbuf", "rx_too_long", "tx_errors"));
  EXPECT_THAT(keys_of("workers"),
              ElementsAre("worker", "core", "ports", "polls", "busy_polls", "frames", "queues", "replicas",
                          "control_sent", "handed_over", "taken_over", "pool_empty", "variants"));
  EXPECT_THAT(keys_of("macs"), ElementsAre("vlan", "mac", "port", "age_ms"));
  EXPECT_THAT(keys_of("counters"), ElementsAre("port", "counter", "value"));
}

}  // namespace
}  // namespace mcswitch::mcsctl
