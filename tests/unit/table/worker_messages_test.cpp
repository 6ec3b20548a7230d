// SPDX-License-Identifier: BSD-3-Clause
//
// The worker's end of the ring: what arrives at the other one, and what is noted when there is no room.

#include "table/worker_messages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace mcswitch::table {
namespace {

using testing::Each;
using testing::ElementsAreArray;

constexpr PortId kPort = 3;
constexpr TimePoint kNow{std::chrono::seconds{7}};

struct Bench {
  SpscRing<WorkerMessage> ring{8};
  std::unique_ptr<PortTable> ports = std::make_unique<PortTable>();
  WorkerMessages messages{ring, *ports};

  [[nodiscard]] std::uint32_t attention() const { return (*ports)[kPort].attention.load(); }
  // Leaves `room` items free.
  void fill(std::size_t room) {
    for (std::size_t n = ring.capacity(); n > room; --n) {
      EXPECT_TRUE(messages.leave({}));
    }
  }
  std::vector<WorkerMessage> take() {
    std::vector<WorkerMessage> taken;
    for (WorkerMessage message; ring.pop(message);) {
      taken.push_back(message);
    }
    return taken;
  }
};

MessageHead head() {
  MessageHead head;
  head.port = kPort;
  head.version = 3;
  head.vlan = 20;
  head.stamp = 77;
  return head;
}

std::vector<std::uint8_t> wire(std::size_t sources) {
  std::vector<std::uint8_t> octets;
  for (std::size_t n = 0; n < sources; ++n) {
    for (const std::size_t octet : {std::size_t{10}, std::size_t{1}, n / 256, n % 256}) {
      octets.push_back(static_cast<std::uint8_t>(octet));
    }
  }
  return octets;
}

TEST(WorkerMessages, EachKindArrivesAsItself) {
  Bench bench;
  EXPECT_TRUE(bench.messages.leave({head()}));
  EXPECT_TRUE(bench.messages.query({head()}, {}));
  EXPECT_TRUE(bench.messages.record({head()}, {}));
  EXPECT_TRUE(bench.messages.host({head()}, kNow));
  const auto taken = bench.take();
  ASSERT_EQ(taken.size(), 4U);
  EXPECT_TRUE(std::holds_alternative<LeaveMessage>(taken[0]));
  EXPECT_TRUE(std::holds_alternative<QueryMessage>(taken[1]));
  EXPECT_TRUE(std::holds_alternative<RecordMessage>(taken[2]));
  EXPECT_TRUE(std::holds_alternative<HostMessage>(taken[3]));
  for (const WorkerMessage& message : taken) {
    EXPECT_EQ(head_of(message).port, kPort);
    EXPECT_EQ(head_of(message).stamp, 77U);
  }
  EXPECT_EQ(sources_of(taken[0]), nullptr);
  EXPECT_EQ(sources_of(taken[3]), nullptr);
  EXPECT_EQ(bench.attention(), 0U);
}

TEST(WorkerMessages, ALongListIsSeveralPartsThatDifferInTheirSourcesOnly) {
  for (const std::size_t count : {0U, 1U, 8U, 9U, 16U, 17U, 64U}) {
    Bench bench;
    RecordMessage record{head()};
    record.type = 6;
    record.previous_report = 5;
    EXPECT_TRUE(bench.messages.record(record, wire(count)));
    const auto taken = bench.take();
    ASSERT_EQ(taken.size(), count == 0 ? 1 : (count + 7) / 8) << count;
    std::vector<Ipv4Address> sources;
    for (std::size_t i = 0; i < taken.size(); ++i) {
      const auto& part = std::get<RecordMessage>(taken[i]);
      EXPECT_EQ(part.type, 6);
      EXPECT_EQ(part.previous_report, 5U);
      EXPECT_EQ(part.vlan, 20);
      EXPECT_EQ(part.sources.has_more, i + 1 < taken.size());
      sources.insert(sources.end(), part.sources.in_use().begin(), part.sources.in_use().end());
    }
    std::vector<Ipv4Address> expected;
    for (std::uint32_t n = 0; n < count; ++n) {
      expected.push_back(Ipv4Address{0x0a010000U + n});
    }
    EXPECT_THAT(sources, ElementsAreArray(expected));
  }
}

TEST(WorkerMessages, AFullRingIsNotedAtThePort) {
  Bench bench;
  bench.fill(0);
  EXPECT_FALSE(bench.messages.query({head()}, {}));
  EXPECT_EQ(bench.attention(), kQueryLost);
  EXPECT_FALSE(bench.messages.leave({head()}));
  EXPECT_EQ(bench.attention(), kQueryLost | kLeaveLost);
  (*bench.ports)[kPort].attention = 0;
  EXPECT_FALSE(bench.messages.record({head()}, wire(1)));
  EXPECT_EQ(bench.attention(), kLeaveLost);
  EXPECT_EQ(bench.take().size(), 8U);
}

TEST(WorkerMessages, AListThatFitsInPartIsNotSentAtAll) {
  Bench bench;
  bench.fill(2);
  EXPECT_FALSE(bench.messages.record({head()}, wire(17)));
  EXPECT_FALSE(bench.messages.query({head()}, wire(17)));
  EXPECT_TRUE(bench.messages.record({head()}, wire(16)));
  EXPECT_EQ(bench.take().size(), 8U);
  // More than the ring can ever hold.
  EXPECT_FALSE(bench.messages.record({head()}, wire(65)));
  EXPECT_TRUE(bench.take().empty());
}

TEST(WorkerMessages, AHostLeavesHalfOfTheRingToTheOthers) {
  Bench bench;
  bench.fill(4);
  EXPECT_TRUE(bench.messages.host({head()}, kNow));
  EXPECT_FALSE(bench.messages.host({head()}, kNow));
  EXPECT_EQ(bench.attention(), 0U);
  EXPECT_TRUE(bench.messages.leave({head()}));
}

TEST(WorkerMessages, APortHasItsShareOfHosts) {
  Bench bench;
  std::vector<bool> sent;
  for (std::uint32_t n = 0; n < PortState::kHostMessages; ++n) {
    sent.push_back(bench.messages.host({head()}, kNow));
    bench.take();
  }
  EXPECT_THAT(sent, Each(true));
  EXPECT_FALSE(bench.messages.host({head()}, kNow));
  EXPECT_TRUE(bench.messages.host({head()}, kNow + PortState::kHostMessagesTime));
}

}  // namespace
}  // namespace mcswitch::table
