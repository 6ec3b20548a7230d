// SPDX-License-Identifier: BSD-3-Clause
//
// Clients that misbehave, and what the others notice of them. This program has the repairs of DPDK's library
// (library_repairs.cpp) as mcswitch has.

#include <atomic>
#include <memory>
#include <thread>

#include <gmock/gmock.h>

#include "telemetry/commands.hpp"
#include "unit/telemetry/made_up_switch.hpp"
#include "unit/telemetry/telemetry_socket.hpp"

namespace mcswitch::telemetry {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

void join_some(MadeUpSwitch& view, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) {
    view.join(7, Ipv4Address{Ipv4Address::of(239, 7, 7, 0).bits + i}, 2);
  }
}

// Requests until no more can be sent; nothing is ever read.
std::unique_ptr<TelemetrySocket::RawClient> client_that_does_not_read() {
  auto client = std::make_unique<TelemetrySocket::RawClient>();
  while (client->send("/mcswitch/groups")) {
  }
  return client;
}

TEST_F(TelemetrySocket, TenClientsThatDoNotReadDoNotKeepAnotherOneOut) {
  MadeUpSwitch view;
  join_some(view, 1000);
  const Commands commands{view};
  std::vector<std::unique_ptr<RawClient>> stuck;
  for (int i = 0; i < 10; ++i) {
    stuck.push_back(client_that_does_not_read());
  }
  EXPECT_THAT(raw("/mcswitch/info"), HasSubstr("\"name\":\"lab\""));
  EXPECT_EQ(view.sections.inside, 0);
}

TEST_F(TelemetrySocket, ClientsThatNeverSayAnythingAreNotInTheWayEither) {
  MadeUpSwitch view;
  const Commands commands{view};
  std::vector<std::unique_ptr<RawClient>> silent;
  for (int i = 0; i < 10; ++i) {
    silent.push_back(std::make_unique<RawClient>());
  }
  EXPECT_THAT(raw("/mcswitch/info"), HasSubstr("\"name\":\"lab\""));
}

// The library then writes to a closed connection.
TEST_F(TelemetrySocket, AClientThatGoesBeforeItsRepliesEndsNothing) {
  MadeUpSwitch view;
  join_some(view, 1000);
  const Commands commands{view};
  for (int i = 0; i < 20; ++i) {
    client_that_does_not_read();
  }
  EXPECT_THAT(raw("/mcswitch/info"), HasSubstr("\"name\":\"lab\""));
}

// Without tags: there is nothing to know a stranger's reply by.
TEST_F(TelemetrySocket, ClientsAtTheSameTimeNeverGetEachOthersParameters) {
  MadeUpSwitch view;
  join_some(view, 4);
  const Commands commands{view};
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&wrong, group = "239.7.7." + std::to_string(t)] {
      const RawClient client;
      EXPECT_NE(client.receive(), "");
      for (int i = 0; i < 3000; ++i) {
        EXPECT_TRUE(client.send("/mcswitch/groups,group=" + group));
        wrong += client.receive().find("[\"7|" + group + "|*|p4|") == std::string::npos;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(wrong, 0);
}

TEST_F(TelemetrySocket, WhateverIsSentIsAnsweredAndTheNextRequestAsWell) {
  MadeUpSwitch view;
  join_some(view, 4);
  const Commands commands{view};
  const RawClient client;
  EXPECT_NE(client.receive(), "");
  for (const std::string& junk : {
           std::string(1, '\0'),
           std::string{","},
           std::string{",,,,"},
           std::string{"\n"},
           std::string{"/"},
           std::string(1023, 'A'),
           std::string(1023, ','),
           std::string(4096, '/'),
           std::string{"/mcswitch/groups\0,limit=1", 25},
           std::string{"/mcswitch/groups,"},
           std::string{"/mcswitch/groups,,,"},
           std::string{"/mcswitch/groups,limit=99999999999999999999"},
           std::string{"/mcswitch/groups,after=-1"},
           std::string{"/mcswitch/groups,port=%"},
           std::string{"/mcswitch/groups,port=%FF%00%ZZ"},
           std::string{"/mcswitch/groups,=,="},
           std::string{"/mcswitch/groups,group=::ffff:239.7.7.1"},
           std::string{"/mcswitch/ports,\xff\xfe=\x80"},
           "/mcswitch/groups," + std::string(1000, '%'),
           std::string{"/mcswitch/" + std::string(60, 'x')},
           std::string{"/help,"},
           std::string{"/help,/mcswitch/nothing"},
           std::string{"/ethdev/stats,-1"},
       }) {
    ASSERT_TRUE(client.send(junk));
    EXPECT_NE(client.receive(), "") << junk;
    ASSERT_TRUE(client.send("/mcswitch/groups,limit=1,group=239.7.7.2"));
    EXPECT_THAT(client.receive(), StartsWith("{\"/mcswitch/groups\":{\"total\":4,")) << "after " << junk;
  }
}

}  // namespace
}  // namespace mcswitch::telemetry
