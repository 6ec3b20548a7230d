// SPDX-License-Identifier: BSD-3-Clause

#include "proto/checksum.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <span>

#include "support/packet_builder.hpp"

namespace mcswitch::proto {
namespace {

using test::Bytes;

// RFC 1071 section 1, word for word: no wide reads, no byte swaps.
std::uint16_t naive_checksum(std::span<const std::uint8_t> bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    const unsigned high = bytes[i];
    const unsigned low = i + 1 < bytes.size() ? bytes[i + 1] : 0U;
    sum += high << 8 | low;
    if (sum > 0xffff) {
      sum -= 0xffff;
    }
  }
  return static_cast<std::uint16_t>(~sum);
}

Bytes random_bytes(std::mt19937& random, std::size_t size) {
  Bytes bytes(size);
  std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<std::uint8_t>(random()); });
  return bytes;
}

// An IPv4 header of `words` 32-bit words with a right checksum.
Bytes random_header(std::mt19937& random, std::size_t words) {
  Bytes header = random_bytes(random, words * 4);
  header[10] = header[11] = 0;
  const std::uint16_t checksum = naive_checksum(header);
  header[10] = static_cast<std::uint8_t>(checksum >> 8);
  header[11] = static_cast<std::uint8_t>(checksum);
  return header;
}

// RFC 1071 section 3: the sum of these is ddf2.
TEST(Checksum, AgreesWithTheExampleOfTheRfc) {
  const Bytes bytes{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
  EXPECT_EQ(internet_checksum(bytes), 0x220d);
}

TEST(Checksum, OfNothingIsAllOnes) { EXPECT_EQ(internet_checksum({}), 0xffff); }

TEST(Checksum, PadsTheLastByteWithZeroBehindAndNotBefore) {
  EXPECT_EQ(internet_checksum(Bytes{0x12}), 0xedff);
  EXPECT_EQ(internet_checksum(Bytes{0x00, 0x01, 0x12}), internet_checksum(Bytes{0x00, 0x01, 0x12, 0x00}));
}

TEST(Checksum, IsZeroOverAMessageThatIncludesIt) {
  EXPECT_EQ(internet_checksum(test::igmp_message(0x16, test::ip("239.1.2.3"))), 0);
}

TEST(Checksum, AgreesWithTheNaiveSumAtEveryLengthAndAlignment) {
  std::mt19937 random{20240607};
  for (std::size_t length = 0; length <= 130; ++length) {
    const Bytes bytes = random_bytes(random, length + 8);
    for (std::size_t offset = 0; offset < 8; ++offset) {
      const auto part = std::span{bytes}.subspan(offset, length);
      ASSERT_EQ(internet_checksum(part), naive_checksum(part)) << "length " << length << " offset " << offset;
    }
  }
}

// Sums full of carries: a carry that is lost on folding shows here and hardly anywhere else.
TEST(Checksum, LosesNoCarryInTheLargestDatagram) {
  for (const std::size_t length : {1501U, 9000U, 65514U, 65515U}) {
    const Bytes ones(length, 0xff);
    EXPECT_EQ(internet_checksum(ones), naive_checksum(ones)) << length;
    Bytes nearly = ones;
    nearly.at(0) = 0xfe;
    EXPECT_EQ(internet_checksum(nearly), naive_checksum(nearly)) << length;
  }
}

// A header as it is often shown, e.g. 192.168.0.1 to 192.168.0.199.
TEST(Ipv4HeaderChecksum, AcceptsAKnownHeader) {
  const Bytes header{0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11,
                     0xb8, 0x61, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7};
  EXPECT_TRUE(ipv4_header_checksum_ok(header.data(), header.size()));
}

TEST(Ipv4HeaderChecksum, AcceptsRightHeadersOfEveryLengthAtOddAddresses) {
  std::mt19937 random{7};
  for (std::size_t words = 5; words <= 15; ++words) {
    for (int i = 0; i < 200; ++i) {
      const Bytes header = random_header(random, words);
      Bytes shifted(header.size() + 1);
      std::copy(header.begin(), header.end(), shifted.begin() + 1);
      ASSERT_TRUE(ipv4_header_checksum_ok(shifted.data() + 1, words * 4)) << words << " words";
    }
  }
}

TEST(Ipv4HeaderChecksum, RejectsEverySingleWrongBit) {
  std::mt19937 random{11};
  for (std::size_t words = 5; words <= 15; ++words) {
    Bytes header = random_header(random, words);
    for (std::size_t bit = 0; bit < header.size() * 8; ++bit) {
      const auto mask = static_cast<std::uint8_t>(1U << bit % 8);
      header[bit / 8] ^= mask;
      ASSERT_FALSE(ipv4_header_checksum_ok(header.data(), header.size())) << words << " words, bit " << bit;
      header[bit / 8] ^= mask;
    }
  }
}

// Zero everywhere sums to 0 and not to ffff: no header is right by being empty.
TEST(Ipv4HeaderChecksum, RejectsZeros) {
  const Bytes header(24, 0);
  EXPECT_FALSE(ipv4_header_checksum_ok(header.data(), 20));
  EXPECT_FALSE(ipv4_header_checksum_ok(header.data(), 24));
}

// Bytes behind the length take no part.
TEST(Ipv4HeaderChecksum, ReadsNoFurtherThanTheLength) {
  std::mt19937 random{13};
  Bytes header = random_header(random, 5);
  header.resize(24, 0x94);
  EXPECT_TRUE(ipv4_header_checksum_ok(header.data(), 20));
  EXPECT_FALSE(ipv4_header_checksum_ok(header.data(), 24));
}

}  // namespace
}  // namespace mcswitch::proto
