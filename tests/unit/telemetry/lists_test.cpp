// SPDX-License-Identifier: BSD-3-Clause
//
// The tables of lists.hpp against what has been promised, what is written, and what handlers send.

#include "telemetry/lists.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "telemetry/commands.hpp"
#include "unit/telemetry/lists.hpp"
#include "unit/telemetry/made_up_switch.hpp"

namespace mcswitch::telemetry {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// What scripts rely on: names in their order, "#" behind those that are numbers. After a release its new
// columns are added here; nothing else is ever changed.
struct Released {
  std::string_view noun;
  const char* columns;
};
constexpr Released kReleased[] = {
    {"ports",
     "port device driver link rx_packets# tx_packets# rx_bytes# tx_bytes# tx_dropped# groups# speed_mbps# "
     "mac vlan# "
     "tagged_vlans rx_queues# tx_queues# workers tx_queue_full# tx_link_down# tx_no_mbuf# tx_handover_full# "
     "tx_not_linear# tx_too_long# rx_dropped# rx_missed# rx_errors# rx_no_mbuf# rx_too_long# tx_errors# "},
    {"groups", "vlan# group source port filter_mode protocol expires_ms# hosts# "},
    {"hosts", "vlan# group source port address mac since_ms# last_ms# "},
    {"routers", "vlan# port origin address expires_ms# "},
    {"queriers", "vlan# protocol role address version# expires_ms# "},
    {"macs", "vlan# mac port age_ms# "},
    {"counters", "port counter value# "},
    {"workers",
     "worker# core# ports polls# busy_polls# frames# queues replicas# control_sent# handed_over# taken_over# "
     "pool_empty# "},
};

std::string columns_and_types(const List& list) {
  std::string text;
  for (const Column& column : list.columns) {
    text += column.name;
    text += column.kind == ColumnKind::number ? "# " : " ";
  }
  return text;
}

TEST(TelemetryLists, ReleasedColumnsKeepNamePlaceAndType) {
  for (const Released& released : kReleased) {
    const auto list = std::find_if(std::begin(kLists), std::end(kLists),
                                   [&](const List& l) { return l.noun == released.noun; });
    ASSERT_NE(list, std::end(kLists)) << released.noun;
    EXPECT_THAT(columns_and_types(*list), StartsWith(released.columns)) << released.noun;
  }
}

// A switch with a row in every list.
class FullSwitch : public MadeUpSwitch {
 public:
  FullSwitch() {
    add_vlan(7, std::chrono::seconds{260});
    const table::EntryId entry =
        join_source(7, Ipv4Address::of(232, 1, 1, 1), Ipv4Address::of(10, 0, 0, 9), 1);
    host_table = std::make_unique<std::remove_reference_t<decltype(*host_table)>>(16, 0x77);
    track(entry, 1, {MacAddress{0x0200'0000'0001}, IpAddress::from(Ipv4Address::of(10, 0, 0, 91))},
          std::chrono::seconds{10});
    shared.macs.learn(7, MacAddress{0x0200'0000'0001}, 1, kNow);
    picture.routers = {{7, {3, membership::RouterOrigin::configured, {}, kNever}}};
    picture.queriers = {{7, membership::Role::off, {}, 0, kNever}};
    worker_rows = {{.core = 3, .queues = {{0, 0}}}};
  }
};

TEST(TelemetryLists, EachHandlerSendsTheColumnsOfItsListAndSoManyFields) {
  const FullSwitch a_switch;
  std::optional<std::uint64_t> tag;
  for (const List& list : kLists) {
    const auto command = std::find_if(commands().begin(), commands().end(), [&](const Command& c) {
      return std::string_view{c.name} == list.command;
    });
    ASSERT_NE(command, commands().end()) << list.noun;
    const Reply reply = run(*command, a_switch, nullptr, tag);
    EXPECT_EQ(reply.columns(), column_names(list.columns));
    const auto rows = decode_rows(reply.strings(), list.columns.size());
    ASSERT_TRUE(rows.has_value()) << list.noun;
    EXPECT_FALSE(rows->empty()) << list.noun;
  }
}

// The keys of info, which is no list.
TEST(TelemetryInfo, ReleasedKeysKeepTheirPlace) {
  const MadeUpSwitch view;
  const Reply reply = show_info(view, {});
  std::string keys;
  for (const Reply::Entry& entry : reply.entries()) {
    keys += entry.key + std::string{" "};
  }
  EXPECT_THAT(keys,
              StartsWith("name version dpdk_version build pid uptime_ms main_core worker_cores ports groups "
                         "groups_retired max_groups macs max_macs memory mbufs mbufs_free control_turns "
                         "control_events control_longest_pause_us control_longest_turn_us "));
}

std::string type_text(const Column& column) {
  switch (column.unit) {
    case Unit::milliseconds:
      return "number, ms";
    case Unit::bytes:
      return "number, bytes";
    case Unit::megabits_per_second:
      return "number, Mbit/s";
    case Unit::none:
      break;
  }
  return column.kind == ColumnKind::number ? "number" : "text";
}

// The section of README.md about a list.
std::string section_of(const List& list) {
  std::string text = "### `" + std::string{list.command} + "`\n\n| column | type | |\n| --- | --- | --- |\n";
  for (const Column& column : list.columns) {
    text += "| `" + std::string{column.name} + "` | " + type_text(column) + " | " + std::string{column.help};
    text += column.help.empty() ? "|\n" : " |\n";
  }
  return text;
}

std::string parameters_text(unsigned parameters) {
  std::string text;
  for (const auto& [parameter, name] :
       {std::pair{param::kVlan, "`vlan`, "}, std::pair{param::kGroup, "`group`, "},
        std::pair{param::kPort, "`port`, "}}) {
    text += (parameters & parameter) != 0 ? name : "";
  }
  return text + "paging";
}

TEST(TelemetryLists, TheReadmeHasEveryCommandWithItsParametersAndColumns) {
  std::ifstream file{MCSWITCH_TELEMETRY_README};
  std::stringstream readme;
  readme << file.rdbuf();
  ASSERT_THAT(readme.str(), HasSubstr("| `/mcswitch/info` |"));
  for (const List& list : kLists) {
    EXPECT_THAT(readme.str(), HasSubstr("| `" + std::string{list.command} + "` | " +
                                        parameters_text(list.parameters) + " |"));
    // What does not match has to be pasted there.
    EXPECT_NE(readme.str().find(section_of(list) + "\n"), std::string::npos) << section_of(list);
  }
}

}  // namespace
}  // namespace mcswitch::telemetry
