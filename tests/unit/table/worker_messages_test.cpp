// SPDX-License-Identifier: BSD-3-Clause
//
// The worker's end of the ring: what arrives at the other one, and what is noted when there is no room.

#include "table/worker_messages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace mcswitch::table::worker_messages_test {
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
  std::vector<std::uint8_t> bytes;
  for (std::size_t n = 0; n < sources; ++n) {
    for (const std::size_t byte : {std::size_t{10}, std::size_t{1}, n / 256, n % 256}) {
      bytes.push_back(static_cast<std::uint8_t>(byte));
    }
  }
  return bytes;
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
    EXPECT_TRUE(bench.messages.record(record, AddressList::of_v4(wire(count))));
    const auto taken = bench.take();
    ASSERT_EQ(taken.size(), count == 0 ? 1 : (count + 7) / 8) << count;
    std::vector<IpAddress> sources;
    for (std::size_t i = 0; i < taken.size(); ++i) {
      const auto& part = std::get<RecordMessage>(taken[i]);
      EXPECT_EQ(part.type, 6);
      EXPECT_EQ(part.previous_report, 5U);
      EXPECT_EQ(part.vlan, 20);
      EXPECT_EQ(part.sources.has_more, i + 1 < taken.size());
      const AddressList listed = part.sources.in_use();
      sources.insert(sources.end(), listed.begin(), listed.end());
    }
    std::vector<IpAddress> expected;
    for (std::uint32_t n = 0; n < count; ++n) {
      expected.push_back(Ipv4Address{0x0a010000U + n});
    }
    EXPECT_THAT(sources, ElementsAreArray(expected));
  }
}

TEST(WorkerMessages, APartHasTwoSourcesOfIpv6) {
  Bench bench;
  std::vector<IpAddress> sources;
  std::vector<std::uint8_t> bytes(16 * 5);
  for (std::size_t n = 0; n < 5; ++n) {
    sources.push_back({0x2001'0db8'0000'0000, n + 1});
    sources.back().to_bytes(bytes.data() + 16 * n);
  }
  EXPECT_TRUE(bench.messages.record({head()}, {bytes, AddressList::kV6Bytes}));
  const auto taken = bench.take();
  ASSERT_EQ(taken.size(), 3U);
  std::vector<IpAddress> heard;
  for (const WorkerMessage& message : taken) {
    const AddressList listed = sources_of(message)->in_use();
    EXPECT_LE(listed.size(), 2U);
    heard.insert(heard.end(), listed.begin(), listed.end());
  }
  EXPECT_THAT(heard, ElementsAreArray(sources));
}

TEST(WorkerMessages, AFullRingIsNotedAtThePort) {
  Bench bench;
  bench.fill(0);
  EXPECT_FALSE(bench.messages.query({head()}, {}));
  EXPECT_EQ(bench.attention(), kQueryLost);
  EXPECT_FALSE(bench.messages.leave({head()}));
  EXPECT_EQ(bench.attention(), kQueryLost | kLeaveLost);
  (*bench.ports)[kPort].attention = 0;
  EXPECT_FALSE(bench.messages.record({head()}, AddressList::of_v4(wire(1))));
  EXPECT_EQ(bench.attention(), kLeaveLost);
  EXPECT_EQ(bench.take().size(), 8U);
}

TEST(WorkerMessages, AListThatFitsInPartIsNotSentAtAll) {
  Bench bench;
  bench.fill(2);
  EXPECT_FALSE(bench.messages.record({head()}, AddressList::of_v4(wire(17))));
  EXPECT_FALSE(bench.messages.query({head()}, AddressList::of_v4(wire(17))));
  EXPECT_TRUE(bench.messages.record({head()}, AddressList::of_v4(wire(16))));
  EXPECT_EQ(bench.take().size(), 8U);
  // More than the ring can ever hold.
  EXPECT_FALSE(bench.messages.record({head()}, AddressList::of_v4(wire(65))));
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
}  // namespace mcswitch::table::worker_messages_test
