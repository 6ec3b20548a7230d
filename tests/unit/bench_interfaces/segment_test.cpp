// SPDX-License-Identifier: BSD-3-Clause
//
// The hosts of a receiver: what a switch gets from them on joins, leaves and queries.

#include "interfaces/segment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "interfaces/frames.hpp"
#include "support/packet_builder.hpp"

namespace mcswitch::bench::interfaces::segment_test {
namespace {

using membership::FilterMode;
using membership::Sources;
using proto::IgmpKind;
using proto::RecordType;
using test::ip;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

// Two groups of one MAC address.
const Ipv4Address kGroup = ip("239.65.2.3");
const Ipv4Address kOther = ip("239.193.2.3");
const IpAddress kLow = ip("198.19.0.1");
const IpAddress kHigh = ip("198.19.255.1");
constexpr std::uint32_t kReceiver = 5;

struct Record {
  RecordType type{};
  IpAddress group;
  Sources sources;
  friend bool operator==(const Record&, const Record&) = default;
};

struct Sent {
  MacAddress source_mac;
  IpAddress source;
  IpAddress destination;
  IgmpKind kind{};
  std::uint8_t version = 0;
  IpAddress group;
  std::vector<Record> records{};
};

class Cable final : public FrameSender {
 public:
  std::size_t send(std::span<const std::span<const std::uint8_t>> frames) override {
    EXPECT_LE(frames.size(), kLargestBatch);
    std::size_t taken = 0;
    for (; taken < frames.size() && room > 0; ++taken, --room) {
      read(frames[taken]);
    }
    return taken;
  }

  std::size_t room = 10'000;
  std::vector<Sent> sent;

 private:
  void read(std::span<const std::uint8_t> frame) {
    proto::IgmpMessage message;
    ASSERT_EQ(proto::parse_igmp(igmp_payload(frame), message), proto::ParseError::none);
    Sent& copy = sent.emplace_back();
    copy.source_mac = MacAddress::from_bytes(&frame[6]);
    copy.source = Ipv4Address::of(frame[26], frame[27], frame[28], frame[29]);
    copy.destination = Ipv4Address::of(frame[30], frame[31], frame[32], frame[33]);
    copy.kind = message.kind;
    copy.version = message.version;
    copy.group = message.group;
    proto::GroupRecords records{message};
    for (proto::GroupRecord record; records.next(record);) {
      copy.records.push_back({static_cast<RecordType>(record.type),
                              record.group,
                              {record.sources.begin(), record.sources.end()}});
    }
  }
};

SegmentSettings version_2(std::uint32_t hosts = 1) {
  SegmentSettings settings;
  settings.number = kReceiver;
  settings.hosts = hosts;
  return settings;
}

SegmentSettings version_3(FilterMode mode = FilterMode::exclude, Sources sources = {}) {
  SegmentSettings settings = version_2();
  settings.igmp_version = 3;
  settings.filter_mode = mode;
  settings.sources = std::move(sources);
  return settings;
}

struct SegmentLab {
  explicit SegmentLab(const SegmentSettings& settings) : segment{cable, settings} {}

  void hear(const test::Bytes& frame) { segment.on_igmp(test::ip_payload(frame), now); }
  // What has been sent since the last call, with what waits.
  std::vector<Sent> sent() {
    segment.flush();
    return std::exchange(cable.sent, {});
  }
  std::vector<Sent> sent_after(Nanoseconds by) {
    now += by;
    segment.on_time(now);
    return sent();
  }

  Nanoseconds now = 1'700'000'000 * kSecond + 17;
  Cable cable;
  Segment segment;
};

// --- version 2 ------------------------------------------------------------------------------------

TEST(SegmentV2, JoinsAndLeavesWaitForTheFlush) {
  SegmentLab lab{version_2()};
  lab.segment.join(0, kGroup, lab.now);
  lab.segment.leave(0, kGroup, lab.now);
  EXPECT_EQ(lab.segment.waiting(), 2U);
  EXPECT_THAT(lab.cable.sent, IsEmpty());
  const std::vector<Sent> sent = lab.sent();
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_EQ(sent[0].kind, IgmpKind::report);
  EXPECT_EQ(sent[0].version, 2);
  EXPECT_EQ(sent[0].destination, kGroup);
  EXPECT_EQ(sent[1].kind, IgmpKind::leave);
  EXPECT_EQ(sent[1].group, kGroup);
  EXPECT_EQ(lab.segment.waiting(), 0U);
  EXPECT_EQ(lab.segment.counters().reports, 1U);
  EXPECT_EQ(lab.segment.counters().leaves, 1U);
}

TEST(SegmentV2, OneOfSeveralMembersAnswersAQuery) {
  SegmentLab lab{version_2(3)};
  for (std::uint32_t host = 0; host < 3; ++host) {
    lab.segment.join(host, kGroup, lab.now);
  }
  EXPECT_THAT(lab.sent(), SizeIs(3));
  lab.hear(test::v2_query());
  std::vector<Sent> answers;
  for (int i = 0; i < 10'000; ++i) {
    for (Sent& sent : lab.sent_after(kMillisecond)) {
      answers.push_back(std::move(sent));
    }
  }
  EXPECT_THAT(answers, SizeIs(1));
}

TEST(SegmentV2, HostsHaveAddressesOfTheirOwn) {
  SegmentLab lab{version_2(2)};
  lab.segment.join(0, kGroup, lab.now);
  lab.segment.join(1, kGroup, lab.now);
  const std::vector<Sent> sent = lab.sent();
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_NE(sent[0].source_mac, sent[1].source_mac);
  EXPECT_NE(sent[0].source, sent[1].source);
}

// --- version 3 ------------------------------------------------------------------------------------

struct Filter {
  const char* name;
  FilterMode mode;
  Sources sources;
  Record join;
  Record leave;
  Record answer;
};

class SegmentV3 : public testing::TestWithParam<Filter> {};

TEST_P(SegmentV3, SaysItsFilterOnceAndItsEndOnce) {
  const Filter& row = GetParam();
  SegmentLab lab{version_3(row.mode, row.sources)};
  lab.segment.join(0, kGroup, lab.now);
  std::vector<Sent> sent = lab.sent();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].destination, ip("224.0.0.22"));
  EXPECT_THAT(sent[0].records, ElementsAre(row.join));
  EXPECT_THAT(lab.sent_after(10 * kSecond), IsEmpty());
  lab.segment.leave(0, kGroup, lab.now);
  sent = lab.sent();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_THAT(sent[0].records, ElementsAre(row.leave));
  EXPECT_THAT(lab.sent_after(10 * kSecond), IsEmpty());
  EXPECT_EQ(lab.segment.counters().reports, 1U);
  EXPECT_EQ(lab.segment.counters().leaves, 1U);
}

TEST_P(SegmentV3, AnswersAGeneralQueryOnceForAllItsGroups) {
  const Filter& row = GetParam();
  SegmentLab lab{version_3(row.mode, row.sources)};
  lab.segment.join(0, kGroup, lab.now);
  lab.segment.join(0, kOther, lab.now);
  lab.sent();
  lab.hear(test::v3_query({}));
  EXPECT_THAT(lab.sent_after(0), IsEmpty());
  const std::vector<Sent> sent = lab.sent_after(10 * kSecond);
  ASSERT_THAT(sent, SizeIs(1));
  Record other = row.answer;
  other.group = kOther;
  EXPECT_THAT(sent[0].records, UnorderedElementsAre(row.answer, other));
  EXPECT_EQ(lab.segment.counters().queries, 1U);
}

TEST_P(SegmentV3, RepeatsItsFilterWhenToldTo) {
  const Filter& row = GetParam();
  SegmentLab lab{version_3(row.mode, row.sources)};
  lab.segment.join(0, kGroup, lab.now);
  lab.sent();
  lab.segment.report_again(0, kGroup);
  const std::vector<Sent> sent = lab.sent();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_THAT(sent[0].records, ElementsAre(row.join));
}

INSTANTIATE_TEST_SUITE_P(Filters, SegmentV3,
                         testing::Values(Filter{"Any",
                                                FilterMode::exclude,
                                                {},
                                                {RecordType::change_to_exclude_mode, kGroup, {}},
                                                {RecordType::change_to_include_mode, kGroup, {}},
                                                {RecordType::mode_is_exclude, kGroup, {}}},
                                         Filter{"Include",
                                                FilterMode::include,
                                                {kLow, kHigh},
                                                {RecordType::allow_new_sources, kGroup, {kLow, kHigh}},
                                                {RecordType::block_old_sources, kGroup, {kLow, kHigh}},
                                                {RecordType::mode_is_include, kGroup, {kLow, kHigh}}},
                                         Filter{"Exclude",
                                                FilterMode::exclude,
                                                {kLow},
                                                {RecordType::change_to_exclude_mode, kGroup, {kLow}},
                                                {RecordType::change_to_include_mode, kGroup, {}},
                                                {RecordType::mode_is_exclude, kGroup, {kLow}}}),
                         [](const auto& param) { return std::string{param.param.name}; });

// A switch that is about to prune a source asks about it.
TEST(SegmentV3Hosts, AnswerAQueryForSourcesWithThoseThatTheyWant) {
  SegmentLab lab{version_3(FilterMode::include, {kLow, kHigh})};
  lab.segment.join(0, kGroup, lab.now);
  lab.sent();
  lab.hear(test::v3_query({.group = kGroup, .code = 10, .sources = {kHigh, ip("198.19.0.9")}}));
  const std::vector<Sent> sent = lab.sent_after(kSecond);
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_THAT(sent[0].records, ElementsAre(Record{RecordType::mode_is_include, kGroup, {kHigh}}));
}

// Else a switch that queries in version 2 would be measured with reports of version 2.
TEST(SegmentV3Hosts, StayWithVersion3WhereTheQuerierIsOlder) {
  for (const test::Bytes& query : {test::v1_query(), test::v2_query()}) {
    SegmentLab lab{version_3()};
    lab.hear(query);
    lab.segment.join(0, kGroup, lab.now);
    const std::vector<Sent> sent = lab.sent();
    ASSERT_THAT(sent, SizeIs(1));
    EXPECT_EQ(sent[0].kind, IgmpKind::v3_report);
    lab.hear(query);
    const std::vector<Sent> answer = lab.sent_after(10 * kSecond);
    ASSERT_THAT(answer, SizeIs(1));
    EXPECT_EQ(answer[0].kind, IgmpKind::v3_report);
  }
}

TEST(SegmentV3Hosts, AreNotSuppressedByReportsOfOthers) {
  SegmentLab lab{version_3()};
  lab.segment.join(0, kGroup, lab.now);
  lab.sent();
  lab.hear(test::v3_query({}));
  lab.hear(test::v2_report(kGroup));
  EXPECT_THAT(lab.sent_after(10 * kSecond), SizeIs(1));
}

// Their robustness is an option of the tester, not the querier's: QRV is 2 here.
TEST(SegmentV3Hosts, RepeatAMembershipByTheirOwnRobustness) {
  SegmentSettings settings = version_3();
  settings.robustness = 3;
  SegmentLab lab{settings};
  lab.hear(test::v3_query({}));
  lab.segment.join(0, kGroup, lab.now);
  EXPECT_THAT(lab.sent(), SizeIs(1));
  EXPECT_THAT(lab.sent_after(kSecond), SizeIs(1));
  EXPECT_THAT(lab.sent_after(kSecond), SizeIs(1));
  EXPECT_THAT(lab.sent_after(kSecond), IsEmpty());
  EXPECT_EQ(lab.segment.counters().reports, 3U);
}

// --- sending --------------------------------------------------------------------------------------

TEST(SegmentFlush, SendsMoreThanABatchInOrder) {
  SegmentLab lab{version_3()};
  constexpr std::uint32_t kGroups = 3 * FrameSender::kLargestBatch + 8;
  for (std::uint32_t i = 0; i < kGroups; ++i) {
    lab.segment.join(0, Ipv4Address{kGroup.bits + i}, lab.now);
  }
  const std::vector<Sent> sent = lab.sent();
  ASSERT_THAT(sent, SizeIs(kGroups));
  for (std::uint32_t i = 0; i < kGroups; ++i) {
    ASSERT_THAT(sent[i].records, SizeIs(1));
    EXPECT_EQ(sent[i].records[0].group, Ipv4Address{kGroup.bits + i});
  }
}

TEST(SegmentFlush, WhatTheInterfaceRefusesAgainAndAgainIsCountedAndDropped) {
  SegmentLab lab{version_2()};
  lab.segment.join(0, kGroup, lab.now);
  lab.segment.join(0, kOther, lab.now);
  lab.cable.room = 1;
  EXPECT_THAT(lab.sent(), SizeIs(1));
  EXPECT_EQ(lab.segment.counters().unsent, 1U);
  EXPECT_EQ(lab.segment.waiting(), 0U);
}

}  // namespace
}  // namespace mcswitch::bench::interfaces::segment_test
