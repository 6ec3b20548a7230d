// SPDX-License-Identifier: BSD-3-Clause

#include "telemetry/connections.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <thread>

#include <gmock/gmock.h>

namespace mcswitch::telemetry {
namespace {

using namespace std::chrono_literals;

constexpr Connections::Patience kShort{20ms, 20ms};

// Both ends of a connection: ours, which Connections looks at, and the client's.
class Pair {
 public:
  Pair() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends_), 0); }
  ~Pair() {
    close_server();
    if (ends_[1] >= 0) {
      close(ends_[1]);
    }
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  [[nodiscard]] int server() const { return ends_[0]; }
  void close_client() {
    close(ends_[1]);
    ends_[1] = -1;
  }
  void close_server() {
    if (ends_[0] >= 0) {
      close(ends_[0]);
      ends_[0] = -1;
    }
  }
  void greet() const { EXPECT_EQ(write(ends_[0], "hello", 5), 5); }
  void ask() const { EXPECT_EQ(write(ends_[1], "/info", 5), 5); }
  void read_greeting() const {
    char text[5];
    EXPECT_EQ(recv(ends_[1], text, sizeof text, 0), 5);
  }
  // The server's end does not take or give any more.
  [[nodiscard]] bool is_cut_off() const {
    char text[5];
    return recv(ends_[0], text, sizeof text, MSG_DONTWAIT) == 0;
  }

 private:
  int ends_[2] = {-1, -1};
};

class ConnectionsTest : public testing::Test {
 protected:
  // As many as there are places, greeted.
  void fill() {
    for (std::size_t i = 0; i < Connections::kPlaces; ++i) {
      add().greet();
    }
  }
  Pair& add() {
    pairs_.push_back(std::make_unique<Pair>());
    connections_.arrived(pairs_.back()->server());
    return *pairs_.back();
  }

  std::vector<std::unique_ptr<Pair>> pairs_;
  Connections connections_{kShort};
};

TEST_F(ConnectionsTest, AsLongAsThereIsAPlaceNobodyIsCutOff) {
  fill();
  EXPECT_EQ(connections_.open_count(), Connections::kPlaces);
  for (const auto& pair : pairs_) {
    EXPECT_FALSE(pair->is_cut_off());
  }
}

TEST_F(ConnectionsTest, WhenAnotherComesThoseThatDoNotReadAreCutOffAndTheOthersAreNot) {
  fill();
  pairs_[3]->read_greeting();
  pairs_[7]->read_greeting();
  add();
  for (std::size_t i = 0; i < Connections::kPlaces; ++i) {
    EXPECT_EQ(pairs_[i]->is_cut_off(), i != 3 && i != 7) << i;
  }
  EXPECT_FALSE(pairs_.back()->is_cut_off());
}

// The thread that serves it would answer them all before it saw that the connection has ended.
TEST_F(ConnectionsTest, WhatAClientHasAskedForIsForgottenWhenItIsCutOff) {
  fill();
  for (int i = 0; i < 20; ++i) {
    pairs_[5]->ask();
  }
  add();
  EXPECT_TRUE(pairs_[5]->is_cut_off());
}

// It has nothing unread, because its end is closed: it would keep its place until all is answered.
TEST_F(ConnectionsTest, WhatAClientHasAskedForThatIsGoneIsForgottenWhenAnotherComes) {
  fill();
  pairs_[6]->read_greeting();
  for (int i = 0; i < 20; ++i) {
    pairs_[5]->ask();
    pairs_[6]->ask();
  }
  pairs_[5]->close_client();
  add();
  EXPECT_TRUE(pairs_[5]->is_cut_off());
  EXPECT_FALSE(pairs_[6]->is_cut_off()) << "requests of a client that is there";
}

TEST_F(ConnectionsTest, WhoReadsInTimeStays) {
  connections_ = Connections{{60s, 20ms}};
  fill();
  for (std::size_t i = 0; i < Connections::kPlaces - 1; ++i) {
    pairs_[i]->read_greeting();
  }
  // The last one reads while the new one waits; and the first one goes, which ends the waiting.
  std::thread clients{[&] {
    pairs_[Connections::kPlaces - 1]->read_greeting();
    pairs_[0]->close_server();
  }};
  add();
  clients.join();
  for (std::size_t i = 1; i < pairs_.size(); ++i) {
    EXPECT_FALSE(pairs_[i]->is_cut_off()) << i;
  }
}

// The number of a closed descriptor is soon that of something else.
TEST_F(ConnectionsTest, WhatIsClosedIsForgottenAlsoWhenItsNumberIsUsedAgain) {
  fill();
  const int number = pairs_[4]->server();
  pairs_[4]->close_server();
  const Pair stranger;
  ASSERT_TRUE(stranger.server() == number) << "this machine gives descriptors out in another order";
  EXPECT_EQ(connections_.open_count(), Connections::kPlaces - 1);
  add();
  add();
  EXPECT_FALSE(stranger.is_cut_off());
}

}  // namespace
}  // namespace mcswitch::telemetry
