// SPDX-License-Identifier: BSD-3-Clause
//
// What routers say of themselves: PIM hellos (RFC 7761 section 4.9.2), multicast router discovery (RFC 4286).

#include <gtest/gtest.h>

#include "proto/mrd.hpp"
#include "proto/pim.hpp"
#include "support/packet_builder.hpp"

namespace mcswitch::proto {
namespace {

using namespace std::chrono_literals;
using test::Bytes;
using test::ip;

const Bytes kHello = test::sealed({0x20, 0,  0, 0,                            // version 2, Hello
                                   0,    19, 0, 4, 0,    0,    0,    1,       // DR Priority
                                   0,    1,  0, 2, 0,    30,                  // Holdtime 30 s
                                   0,    20, 0, 4, 0x12, 0x34, 0x56, 0x78});  // Generation ID

Bytes hello_with(std::initializer_list<std::uint8_t> options) {
  Bytes bytes{0x20, 0, 0, 0};
  bytes.insert(bytes.end(), options);
  return test::sealed(bytes);
}

Duration holdtime(const Bytes& bytes) {
  const PimMessage message = parse_pim(bytes);
  EXPECT_EQ(message.kind, PimKind::hello);
  return message.holdtime;
}

// R7761-1.
TEST(PimHello, SaysForHowLongItsSenderIsPresent) {
  EXPECT_EQ(holdtime(kHello), 30s);
  EXPECT_EQ(holdtime(hello_with({0, 1, 0, 2, 0, 0})), 0s);
  EXPECT_EQ(holdtime(hello_with({0, 1, 0, 2, 0xff, 0xfe})), 65534s);
  EXPECT_EQ(holdtime(hello_with({0, 1, 0, 2, 0xff, 0xff})), PimMessage::kForever);
}

TEST(PimHello, WithoutTheOptionItIsTheDefault) {
  EXPECT_EQ(holdtime(hello_with({})), 105s);
  EXPECT_EQ(holdtime(hello_with({0, 20, 0, 4, 1, 2, 3, 4})), 105s);
}

TEST(PimHello, UpToThreeBytesBehindTheOptionsAreIgnored) {
  EXPECT_EQ(holdtime(hello_with({0, 1, 0, 2, 0, 9, 0, 1, 0})), 9s);
}

TEST(PimHello, WithAWrongChecksumOrOptionsThatRunOverIsWrong) {
  Bytes wrong = kHello;
  wrong[2] ^= 1;
  EXPECT_EQ(parse_pim(wrong).kind, PimKind::wrong_hello);
  EXPECT_EQ(parse_pim(hello_with({0, 1, 0, 3, 0, 30})).kind, PimKind::wrong_hello);
  EXPECT_EQ(parse_pim(hello_with({0, 1, 0, 1, 30})).kind, PimKind::wrong_hello);
  EXPECT_EQ(parse_pim(hello_with({0, 20, 0xff, 0xff, 1, 2, 3, 4})).kind, PimKind::wrong_hello);
}

TEST(PimHello, AtEveryLengthItIsWholeOrWrong) {
  for (std::size_t size = 0; size < kHello.size(); ++size) {
    Bytes cut(kHello.begin(), kHello.begin() + static_cast<std::ptrdiff_t>(size));
    if (size >= 4) {
      EXPECT_EQ(parse_pim(cut).kind, PimKind::wrong_hello) << size;
      cut[2] = cut[3] = 0;
      cut = test::sealed(cut);
    }
    const bool is_whole =
        size >= 4 && (size - 4 < 4 || (size >= 12 && size < 16) || (size >= 18 && size < 22));
    EXPECT_EQ(parse_pim(cut).kind, size == 0  ? PimKind::other
                                   : is_whole ? PimKind::hello
                                              : PimKind::wrong_hello)
        << size;
  }
}

TEST(PimMessage, OfAnotherTypeOrVersionIsNotLookedAt) {
  for (const int first : {0x23, 0x10, 0x30, 0x00}) {
    EXPECT_EQ(parse_pim(Bytes{static_cast<std::uint8_t>(first), 1, 2, 3}).kind, PimKind::other);
  }
}

const Bytes kAdvertisement = test::sealed({0x30, 20, 0, 0, 0, 125, 0, 2});

MrdMessage parsed(const Bytes& bytes) { return parse_mrd(bytes); }

// R4286-1.
TEST(Mrd, AnAdvertisementCountsForThreeOfItsIntervals) {
  EXPECT_EQ(parsed(kAdvertisement).kind, MrdKind::advertisement);
  EXPECT_EQ(parsed(kAdvertisement).lifetime, 60s);
  EXPECT_EQ(parsed(test::sealed({0x30, 180, 0, 0, 0, 125, 0, 2})).lifetime, 540s);
}

TEST(Mrd, AnIntervalOf0CountsAsTheUsualOne) {
  EXPECT_EQ(parsed(test::sealed({0x30, 0, 0, 0, 0, 125, 0, 2})).lifetime, 60s);
}

TEST(Mrd, SolicitationAndTerminationAreFourBytesLong) {
  EXPECT_EQ(parsed(test::sealed({0x31, 0, 0, 0})).kind, MrdKind::solicitation);
  EXPECT_EQ(parsed(test::sealed({0x32, 0, 0, 0})).kind, MrdKind::termination);
  EXPECT_EQ(parsed(test::sealed({0x32, 0, 0, 0, 1, 2, 3})).kind, MrdKind::termination)
      << "and more is ignored";
}

TEST(Mrd, OtherTypesAreNotLookedAt) { EXPECT_EQ(parsed({0x33}).kind, MrdKind::other); }

TEST(Mrd, AtEveryLengthItIsWholeOrWrong) {
  for (const Bytes& whole : {kAdvertisement, test::sealed({0x31, 0, 0, 0}), test::sealed({0x32, 0, 0, 0})}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_EQ(parse_mrd(cut).kind, size == 0 ? MrdKind::other : MrdKind::wrong) << size;
    }
  }
}

TEST(Mrd, WithAWrongChecksumIsWrong) {
  Bytes wrong = kAdvertisement;
  wrong[7] ^= 1;
  EXPECT_EQ(parse_mrd(wrong).kind, MrdKind::wrong);
}

// To All-Routers, TTL 1, Router Alert (RFC 4286 section 4).
TEST(Mrd, ABuiltSolicitationIsOneThatIsRight) {
  const test::FrameOptions options{.source_mac = MacAddress{0x020000009901}, .source = ip("10.0.0.20")};
  Bytes frame(kMrdSolicitationFrameSize);
  EXPECT_EQ(build_mrd_solicitation(options.source_mac, options.source, frame), frame.size());
  EXPECT_EQ(parsed({frame.begin() + 38, frame.begin() + 42}).kind, MrdKind::solicitation);
  const Bytes expected = test::mrd_solicitation(options);
  for (std::size_t i = 0; i < frame.size(); ++i) {
    // But for identification, flags (Don't Fragment) and with them the checksum of the IP header.
    if ((i < 18 || i > 20) && i != 24 && i != 25) {
      EXPECT_EQ(frame[i], expected[i]) << i;
    }
  }
}

}  // namespace
}  // namespace mcswitch::proto
