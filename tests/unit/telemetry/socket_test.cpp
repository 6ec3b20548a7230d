// SPDX-License-Identifier: BSD-3-Clause
//
// The commands over DPDK's own telemetry socket, read with mcsctl's client: what rte_telemetry does to
// replies and requests is part of what is tested. Needs no hugepages, no device and no right.

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include <gmock/gmock.h>

#include "mcsctl/client.hpp"
#include "mcsctl/failure.hpp"
#include "telemetry/commands.hpp"
#include "telemetry/counter_list.hpp"
#include "unit/telemetry/made_up_switch.hpp"
#include "unit/telemetry/telemetry_socket.hpp"

namespace mcswitch::telemetry {
namespace {

using mcsctl::Client;
using testing::HasSubstr;

std::string text_of(const telemetry::Field& field) { return field.value_or(""); }

void join_many(MadeUpSwitch& view, std::uint32_t count, std::map<std::string, int>& expected) {
  for (std::uint32_t i = 0; i < count; ++i) {
    const VlanId vlan = i % 3 == 0 ? 7 : 19;
    const auto port = static_cast<PortId>(1 + i % 4);
    const Ipv4Address group{Ipv4Address::of(239, 64, 0, 0).bits + i * 13};
    view.join(vlan, group, port);
    ++expected[std::to_string(vlan) + " " + to_string(group) + " p" + std::to_string(2 * port)];
  }
}

std::vector<std::vector<Field>> all_rows(Client& client, const char* command, const std::string& params) {
  std::vector<std::vector<Field>> rows;
  client.ask_all(command, params, [&](const mcsctl::Reply& page) {
    rows.insert(rows.end(), page.rows.begin(), page.rows.end());
  });
  return rows;
}

std::map<std::string, int> counted(const std::vector<std::vector<Field>>& all) {
  std::map<std::string, int> rows;
  for (const auto& row : all) {
    ++rows[text_of(row.at(0)) + " " + text_of(row.at(1)) + " " + text_of(row.at(3))];
  }
  return rows;
}

TEST_F(TelemetrySocket, EveryOf5000GroupsIsListedExactlyOnce) {
  MadeUpSwitch view;
  std::map<std::string, int> expected;
  join_many(view, 5000, expected);
  ASSERT_EQ(expected.size(), 5000U);
  const Commands commands{view};
  Client client = new_client();
  EXPECT_EQ(counted(all_rows(client, "/mcswitch/groups", "")), expected);
  EXPECT_EQ(counted(all_rows(client, "/mcswitch/groups", "limit=333")), expected);
}

// Rows of three strings, with bytes that JSON or the library could trip over.
TEST_F(TelemetrySocket, LongAndStrangeNamesArriveWhole) {
  MadeUpSwitch view;
  for (std::size_t i = 0; i < view.settings.ports.size(); ++i) {
    view.settings.ports[i].name = "p\"\\|+%,\xc3\xa9 " + std::string(240 + i, 'n');
  }
  for (std::uint32_t i = 0; i < 500; ++i) {
    view.join(7, Ipv4Address{Ipv4Address::of(239, 1, 1, 1).bits + i}, static_cast<PortId>(i % 5));
  }
  const Commands commands{view};
  Client client = new_client();
  std::map<std::string, int> names;
  for (const auto& row : all_rows(client, "/mcswitch/groups", "")) {
    ++names[text_of(row.at(3))];
  }
  ASSERT_EQ(names.size(), 5U);
  for (const config::Port& port : view.settings.ports) {
    EXPECT_EQ(names[port.name], 100) << port.name;
  }
  const std::string filter = mcsctl::with_param("", "port", view.settings.ports[3].name);
  EXPECT_EQ(all_rows(client, "/mcswitch/groups", filter).size(), 100U);
}

TEST_F(TelemetrySocket, EveryCommandAnswersWithAndWithoutParameters) {
  MadeUpSwitch view;
  view.worker_rows = {{.core = 3, .queues = {{0, 0}}, .counters = {9}}};
  const Commands commands{view};
  Client client = new_client();
  for (const Command& command : telemetry::commands()) {
    const mcsctl::Reply reply = client.ask(command.name, "");
    EXPECT_TRUE(!reply.columns.empty() || !reply.object.empty()) << command.name;
  }
  EXPECT_EQ(all_rows(client, "/mcswitch/counters", "").size(),
            5 * kCounterCount + control::ControlCounters::size());
}

TEST_F(TelemetrySocket, HelpIsThereForEveryCommand) {
  const MadeUpSwitch view;
  const Commands commands{view};
  for (const Command& command : telemetry::commands()) {
    EXPECT_EQ(raw(std::string{"/help,"} + command.name),
              std::string{"{\"/help\":{\""} + command.name + "\":\"" + command.help + "\"}}");
  }
}

// What dpdk-telemetry.py and other collectors see.
TEST_F(TelemetrySocket, ARequestWithoutParametersOrTagIsAnswered) {
  MadeUpSwitch view;
  view.settings.igmp.intervals.set_group_membership_interval = std::chrono::seconds{70};
  view.join(7, Ipv4Address::of(239, 1, 2, 3), 2);
  const Commands commands{view};
  EXPECT_EQ(raw("/mcswitch/groups"),
            R"({"/mcswitch/groups":{"total":1,)"
            R"("columns":"vlan,group,source,port,filter_mode,protocol,expires_ms,hosts",)"
            R"("rows":["7|239.1.2.3|*|p4|exclude|igmpv2|60000|"]}})");
  EXPECT_EQ(raw("/mcswitch/macs"),
            R"({"/mcswitch/macs":{"total":0,"columns":"vlan,mac,port,age_ms","rows":[]}})");
  EXPECT_EQ(raw("/mcswitch/groups,port=p1"),
            R"({"/mcswitch/groups":{"error":"no port p1; there are p0 p2 p4 p6 p8","kind":"usage"}})");
}

// A full page must leave room for what stands around the rows.
TEST_F(TelemetrySocket, AFullPageIsSentWholeAndNearlyFillsTheReply) {
  MadeUpSwitch view;
  for (config::Port& port : view.settings.ports) {
    port.name += std::string(40, 'x');
  }
  for (std::uint32_t i = 0; i < 600; ++i) {
    view.join(4094, Ipv4Address{Ipv4Address::of(239, 255, 240, 0).bits + i}, static_cast<PortId>(i % 5));
  }
  const Commands commands{view};
  const std::string text = raw("/mcswitch/groups,tag=18446744073709551615");
  EXPECT_LT(text.size(), kReplyBytes);
  EXPECT_GT(text.size(), kReplyBytes - 600);
  EXPECT_EQ(text.substr(text.size() - 4), "\"]}}");
  EXPECT_THAT(text, HasSubstr("\"next\":"));
}

TEST_F(TelemetrySocket, WrongParametersAreAnsweredInWords) {
  const MadeUpSwitch view;
  const Commands commands{view};
  Client client = new_client();
  try {
    client.ask("/mcswitch/groups", "vlan=4711");
    FAIL() << "was taken";
  } catch (const mcsctl::Failure& failure) {
    EXPECT_STREQ(failure.what(), "vlan must be a VLAN id from 1 to 4094");
    EXPECT_EQ(failure.exit_code(), mcsctl::kExitWrongUsage);
  }
}

// Handlers run side by side, and rte_telemetry 22.11 splits requests with strtok, so that clients can get
// each other's parameters. That needs bad luck here; client_test.cpp has it on purpose.
TEST_F(TelemetrySocket, ClientsAtTheSameTimeEachGetTheirOwnReplies) {
  MadeUpSwitch view;
  for (std::uint32_t i = 0; i < 400; ++i) {
    view.join(static_cast<VlanId>(100 + i % 4), Ipv4Address{Ipv4Address::of(239, 7, 7, 0).bits + i}, 2);
  }
  const Commands commands{view};
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  std::atomic<int> rows{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const std::string vlan = std::to_string(100 + t);
      // In words where a thread could not throw.
      try {
        Client client{kName, {path_}, {std::chrono::minutes{1}, 200, std::chrono::milliseconds{0}}};
        for (int i = 0; i < 100; ++i) {
          for (const auto& row : all_rows(client, "/mcswitch/groups", "limit=30,vlan=" + vlan)) {
            wrong += row.at(0) != vlan;
            ++rows;
          }
        }
      } catch (const std::exception& error) {
        ADD_FAILURE() << error.what();
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(rows, 4 * 100 * 100);
}

TEST_F(TelemetrySocket, BesideTenClientsAnEleventhGetsInWhenOneLeaves) {
  const MadeUpSwitch view;
  const Commands commands{view};
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(std::make_unique<Client>(kName, std::vector{path_}, kPatience));
  }
  const mcsctl::Patience short_one{std::chrono::minutes{1}, 3, std::chrono::milliseconds{1}};
  try {
    const Client eleventh(kName, {path_}, short_one);
    FAIL() << "DPDK has learned to serve more than ten";
  } catch (const mcsctl::Failure& failure) {
    EXPECT_THAT(failure.what(), HasSubstr("too many clients"));
  }
  clients.pop_back();
  // DPDK's thread notices in its own time.
  const Client eleventh{kName, {path_}, kPatience};
}

TEST_F(TelemetrySocket, AfterTheEndCommandsSaySoAndANewBeginningIsPossible) {
  MadeUpSwitch view;
  view.settings.sw.name = "first";
  auto commands = std::make_unique<Commands>(view);
  Client client = new_client();
  commands.reset();
  try {
    client.ask("/mcswitch/ports", "");
    FAIL() << "answered without sources";
  } catch (const mcsctl::Failure& failure) {
    EXPECT_STREQ(failure.what(), "the switch is stopping");
    EXPECT_EQ(failure.exit_code(), mcsctl::kExitNoSwitch);
  }
  view.settings.sw.name = "second";
  commands = std::make_unique<Commands>(view);
  EXPECT_EQ(client.ask("/mcswitch/info", "").object.front().second, mcsctl::Value{std::string{"second"}});
}

// Holds a command that is under way until the test lets it go.
class HoldingSwitch : public MadeUpSwitch {
 public:
  [[nodiscard]] std::vector<WorkerStatus> workers() const override {
    std::unique_lock lock{mutex};
    inside = true;
    changed.notify_all();
    changed.wait(lock, [this] { return released; });
    return {};
  }
  void wait_until_inside() {
    std::unique_lock lock{mutex};
    changed.wait(lock, [this] { return inside; });
  }
  void release() {
    const std::lock_guard lock{mutex};
    released = true;
    changed.notify_all();
  }

 private:
  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  mutable bool inside = false;
  bool released = false;
};

TEST_F(TelemetrySocket, TheEndWaitsForACommandThatIsUnderWay) {
  HoldingSwitch view;
  auto commands = std::make_unique<Commands>(view);
  Client other = new_client();
  std::thread asking{[] {
    Client client = new_client();
    EXPECT_TRUE(client.ask("/mcswitch/workers", "").rows.empty());
  }};
  view.wait_until_inside();
  std::atomic<bool> ended{false};
  std::thread ending{[&] {
    commands.reset();
    ended = true;
  }};
  // Once others are refused the destructor has begun, and cannot get further.
  bool refused = false;
  while (!refused) {
    try {
      other.ask("/mcswitch/info", "");
    } catch (const mcsctl::Failure&) {
      refused = true;
    }
  }
  EXPECT_FALSE(ended);
  view.release();
  ending.join();
  asking.join();
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace mcswitch::telemetry
