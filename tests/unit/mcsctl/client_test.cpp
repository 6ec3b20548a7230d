// SPDX-License-Identifier: BSD-3-Clause
//
// The client against a server that misbehaves in each way that is known of rte_telemetry.

#include "mcsctl/client.hpp"

#include <gmock/gmock.h>
#include <pthread.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "mcsctl/failure.hpp"
#include "unit/mcsctl/fake_server.hpp"

namespace mcswitch::mcsctl {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// Tries again at once; a reply has time on a busy machine too.
constexpr Patience kQuick{60s, 5, 0ms};

// The value of `key` in a request, or "".
std::string param_of(const std::string& request, const std::string& key) {
  const std::size_t at = request.find("," + key + "=");
  if (at == std::string::npos) {
    return "";
  }
  const std::size_t begin = at + key.size() + 2;
  return request.substr(begin, request.find(',', begin) - begin);
}

bool is_for(const std::string& request, const std::string& command) {
  return request.substr(0, request.find(',')) == command;
}

std::string info_reply(const std::string& request) {
  return R"({"/mcswitch/info":{"name":"lab","tag":)" + param_of(request, "tag") + "}}";
}

std::string macs_reply(const std::string& request, const std::string& rows, const std::string& more = "") {
  return R"({"/mcswitch/macs":{"tag":)" + param_of(request, "tag") + more +
         R"(,"columns":"vlan,mac","rows":[)" + rows + "]}}";
}

// The Failure of a call, for its text and exit code.
template <typename Call>
Failure failure_of(Call&& call) {
  try {
    call();
  } catch (const Failure& failure) {
    return failure;
  }
  ADD_FAILURE() << "did not fail";
  return Failure{0, ""};
}

TEST(Client, AsksAndGetsTheReply) {
  const SocketDirectory directory;
  std::string seen;
  const FakeServer server{directory.socket(), [&](const std::string& request) {
                            if (is_for(request, "/mcswitch/macs")) {
                              seen = request;
                              return macs_reply(request, R"("7|02:00:00:00:00:01")");
                            }
                            return info_reply(request);
                          }};
  Client client{"lab", {directory.socket()}, kQuick};
  const Reply reply = client.ask("/mcswitch/macs", with_param("limit=3", "port", "a,b"));
  EXPECT_THAT(seen, testing::StartsWith("/mcswitch/macs,limit=3,port=a%2Cb,tag="));
  ASSERT_EQ(reply.rows.size(), 1U);
  EXPECT_THAT(reply.rows[0], ElementsAre(telemetry::Field{"7"}, telemetry::Field{"02:00:00:00:00:01"}));
}

TEST(Client, ReadsAllPagesInTheirOrderWithTheSameFilters) {
  const SocketDirectory directory;
  std::vector<std::string> filters;
  const FakeServer server{directory.socket(), [&](const std::string& request) {
                            if (!is_for(request, "/mcswitch/macs")) {
                              return info_reply(request);
                            }
                            filters.push_back(param_of(request, "vlan"));
                            const std::string after = param_of(request, "after");
                            if (after.empty()) {
                              return macs_reply(request, R"("1|a","1|b")", R"(,"next":20)");
                            }
                            // An empty page in the middle is not the end.
                            return after == "20" ? macs_reply(request, "", R"(,"next":300)")
                                                 : macs_reply(request, R"("1|c")");
                          }};
  Client client{"lab", {directory.socket()}, kQuick};
  std::vector<std::string> macs;
  client.ask_all("/mcswitch/macs", "vlan=1", [&](const Reply& page) {
    for (const auto& row : page.rows) {
      macs.push_back(*row[1]);
    }
  });
  EXPECT_THAT(macs, ElementsAre("a", "b", "c"));
  EXPECT_THAT(filters, ElementsAre("1", "1", "1"));
}

TEST(Client, PagesThatGoBackwardsEnd) {
  const SocketDirectory directory;
  const FakeServer server{directory.socket(), [](const std::string& request) {
                            return is_for(request, "/mcswitch/macs")
                                       ? macs_reply(request, R"("1|a")", R"(,"next":20)")
                                       : info_reply(request);
                          }};
  Client client{"lab", {directory.socket()}, kQuick};
  EXPECT_EQ(failure_of([&] { client.ask_all("/mcswitch/macs", "", [](const Reply&) {}); }).exit_code(),
            kExitNoSwitch);
}

// An 11th client is accepted and closed without a word.
TEST(Client, ConnectsAgainWhenTheConnectionIsClosedAtOnce) {
  const SocketDirectory directory;
  const FakeServer server{
      directory.socket(), info_reply, {FakeServer::kClose, FakeServer::kClose, FakeServer::kGreeting}};
  const Client client{"lab", {directory.socket()}, kQuick};
  EXPECT_EQ(server.connections(), 3U);
}

TEST(Client, GivesUpOnAServerThatAlwaysCloses) {
  const SocketDirectory directory;
  const FakeServer server{directory.socket(), info_reply, {FakeServer::kClose}};
  const Failure failure = failure_of([&] { const Client client("lab", {directory.socket()}, kQuick); });
  EXPECT_EQ(failure.exit_code(), kExitNoSwitch);
  EXPECT_THAT(failure.what(), HasSubstr(directory.socket() + ": has too many clients"));
  EXPECT_EQ(server.connections(), 5U);
}

// Two clients at once: a reply can be another's, half, or to no command at all.
TEST(Client, AsksAgainWhenAReplyIsNotItsOwn) {
  const SocketDirectory directory;
  int turn = 0;
  const FakeServer server{
      directory.socket(), [&](const std::string& request) -> std::string {
        if (!is_for(request, "/mcswitch/macs")) {
          return info_reply(request);
        }
        switch (turn++) {
          case 0:
            return R"({"/mcswitch/macs":{"tag":1,"columns":"vlan,mac","rows":["9|stranger"]}})";
          case 1:
            return R"({"/mcswitch/macs":{"columns":"vlan,mac","rows":["9|no tag"]}})";
          case 2:
            return R"({"/mcswitch/ma)";
          case 3:
            return R"({"/mcswitch/macs":null})";
          default:
            return macs_reply(request, R"("7|mine")");
        }
      }};
  Client client{"lab", {directory.socket()}, kQuick};
  const Reply reply = client.ask("/mcswitch/macs", "");
  ASSERT_EQ(reply.rows.size(), 1U);
  EXPECT_EQ(reply.rows[0][1], "mine");
}

// An error that answers another's parameters is not shown to the user.
TEST(Client, AnErrorWithAStrangeTagIsNotItsOwn) {
  const SocketDirectory directory;
  int turn = 0;
  const FakeServer server{
      directory.socket(), [&](const std::string& request) -> std::string {
        if (is_for(request, "/mcswitch/macs") && turn++ == 0) {
          return R"({"/mcswitch/macs":{"error":"unknown parameter","kind":"usage","tag":1}})";
        }
        return is_for(request, "/mcswitch/macs") ? macs_reply(request, "") : info_reply(request);
      }};
  Client client{"lab", {directory.socket()}, kQuick};
  EXPECT_TRUE(client.ask("/mcswitch/macs", "").error.empty());
}

TEST(Client, AReplyThatIsAlwaysGarbledEndsInWords) {
  const SocketDirectory directory;
  const FakeServer server{directory.socket(), [](const std::string& request) -> std::string {
                            return is_for(request, "/mcswitch/macs") ? "garbage" : info_reply(request);
                          }};
  Client client{"lab", {directory.socket()}, kQuick};
  const Failure failure = failure_of([&] { client.ask("/mcswitch/macs", ""); });
  EXPECT_EQ(failure.exit_code(), kExitNoSwitch);
  EXPECT_THAT(failure.what(), HasSubstr("garbled"));
}

TEST(Client, TriesAgainWhenTheSwitchIsBusy) {
  const SocketDirectory directory;
  int turn = 0;
  const FakeServer server{directory.socket(), [&](const std::string& request) -> std::string {
                            if (is_for(request, "/mcswitch/macs") && turn++ < 3) {
                              return R"({"/mcswitch/macs":{"error":"busy, try again","kind":"busy","tag":)" +
                                     param_of(request, "tag") + "}}";
                            }
                            return is_for(request, "/mcswitch/macs") ? macs_reply(request, R"("7|x")")
                                                                     : info_reply(request);
                          }};
  Client client{"lab", {directory.socket()}, kQuick};
  EXPECT_EQ(client.ask("/mcswitch/macs", "").rows.size(), 1U);
}

TEST(Client, WhatTheSwitchSaysAgainstTheRequestIsWrongUsage) {
  const SocketDirectory directory;
  const FakeServer server{
      directory.socket(), [](const std::string& request) -> std::string {
        return is_for(request, "/mcswitch/groups")
                   ? R"({"/mcswitch/groups":{"error":"no port p9; there are p0","kind":"usage","tag":)" +
                         param_of(request, "tag") + "}}"
                   : info_reply(request);
      }};
  Client client{"lab", {directory.socket()}, kQuick};
  const Failure failure = failure_of([&] { client.ask("/mcswitch/groups", "port=p9"); });
  EXPECT_EQ(failure.exit_code(), kExitWrongUsage);
  EXPECT_STREQ(failure.what(), "no port p9; there are p0");
}

TEST(Client, ASwitchThatIsStoppingIsNoRunningSwitch) {
  const SocketDirectory directory;
  const FakeServer server{
      directory.socket(), [](const std::string& request) -> std::string {
        return is_for(request, "/mcswitch/macs")
                   ? R"({"/mcswitch/macs":{"error":"the switch is stopping","kind":"stopping"}})"
                   : info_reply(request);
      }};
  Client client{"lab", {directory.socket()}, kQuick};
  const Failure failure = failure_of([&] { client.ask("/mcswitch/macs", ""); });
  EXPECT_EQ(failure.exit_code(), kExitNoSwitch);
  EXPECT_STREQ(failure.what(), "the switch is stopping");
}

TEST(Client, AnotherDpdkProgramOnThePathIsPassedOver) {
  const SocketDirectory directory;
  const FakeServer other{directory.socket(), [](const std::string& request) {
                           return "{\"" + request.substr(0, request.find(',')) + "\":null}";
                         }};
  const FakeServer server{directory.socket() + ":1", info_reply};
  const Client client{"lab", {directory.socket()}, kQuick};
  EXPECT_EQ(server.connections(), 1U);
}

TEST(Client, LooksAtEveryPathUntilOneAnswers) {
  const SocketDirectory empty;
  const SocketDirectory directory;
  const FakeServer server{directory.socket(), info_reply};
  const Client client{"lab", {empty.socket(), directory.socket()}, kQuick};
  EXPECT_EQ(server.connections(), 1U);
}

TEST(Client, NamesEverySocketThatItTriedAndWhatIsWrongWithIt) {
  const SocketDirectory directory;
  { const FakeServer gone{directory.socket(), info_reply}; }
  const std::string too_long = "/tmp/" + std::string(108, 'x');
  const Failure failure = failure_of([&] {
    const Client client("lab", {"/tmp/no/such/socket", directory.socket(), too_long}, kQuick);
  });
  EXPECT_EQ(failure.exit_code(), kExitNoSwitch);
  EXPECT_THAT(failure.what(), HasSubstr("no running switch named lab"));
  EXPECT_THAT(failure.what(), HasSubstr("/tmp/no/such/socket: no such file"));
  EXPECT_THAT(failure.what(), HasSubstr(directory.socket() + ": Connection refused"));
  EXPECT_THAT(failure.what(), HasSubstr(too_long + ": longer than a socket path can be"));
  EXPECT_THAT(failure.what(), Not(HasSubstr(":1")));
}

TEST(Client, DoesNotWaitLongerThanItsTimeout) {
  const SocketDirectory directory;
  const FakeServer server{directory.socket(), [](const std::string&) { return ""; }};
  const Patience impatient{20ms, 5, 0ms};
  const Failure failure = failure_of([&] { const Client client("lab", {directory.socket()}, impatient); });
  EXPECT_THAT(failure.what(), HasSubstr("does not answer"));
}

// What SIGSTOP and SIGCONT (Ctrl-Z, fg) do to a call that waits on a socket with a timeout, a handler does
// too.
TEST(Client, ASignalWhileItWaitsForAReplyIsNotTheEndOfTheConnection) {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  action.sa_flags = SA_RESTART;
  struct sigaction before {};
  ASSERT_EQ(sigaction(SIGUSR1, &action, &before), 0);
  const pthread_t waits = pthread_self();
  const std::string state = "/proc/self/task/" + std::to_string(gettid()) + "/stat";
  const SocketDirectory directory;
  int signals = 0;
  {
    const FakeServer server{directory.socket(), [&](const std::string& request) {
                              while (is_for(request, "/mcswitch/macs") && signals < 3) {
                                std::string text;
                                std::getline(std::ifstream{state}, text);
                                // It has nothing else to sleep on.
                                if (text.find(") S ") != std::string::npos) {
                                  pthread_kill(waits, SIGUSR1);
                                  ++signals;
                                }
                              }
                              return is_for(request, "/mcswitch/macs") ? macs_reply(request, R"("7|x")")
                                                                       : info_reply(request);
                            }};
    Client client{"lab", {directory.socket()}, kQuick};
    EXPECT_EQ(client.ask("/mcswitch/macs", "").rows.size(), 1U);
  }
  EXPECT_EQ(signals, 3);
  sigaction(SIGUSR1, &before, nullptr);
}

TEST(Client, ASwitchThatEndsBetweenTwoPagesIsNoRunningSwitch) {
  const SocketDirectory directory;
  const FakeServer server{directory.socket(), [](const std::string& request) {
                            if (!is_for(request, "/mcswitch/macs")) {
                              return info_reply(request);
                            }
                            return param_of(request, "after").empty()
                                       ? macs_reply(request, R"("1|a")", R"(,"next":20)")
                                       : FakeServer::kClose;
                          }};
  Client client{"lab", {directory.socket()}, kQuick};
  EXPECT_EQ(failure_of([&] { client.ask_all("/mcswitch/macs", "", [](const Reply&) {}); }).exit_code(),
            kExitNoSwitch);
}

TEST(Client, ASocketThatDoesNotGreetAsTelemetryIsPassedOver) {
  const SocketDirectory directory;
  const FakeServer server{directory.socket(), info_reply, {"220 hello"}};
  const Failure failure = failure_of([&] { const Client client("lab", {directory.socket()}, kQuick); });
  EXPECT_THAT(failure.what(), HasSubstr("is not a DPDK telemetry socket"));
}

}  // namespace
}  // namespace mcswitch::mcsctl
