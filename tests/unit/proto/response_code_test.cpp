// SPDX-License-Identifier: BSD-3-Clause
//
// The coding of Max Resp Code and QQIC, RFC 9776 sections 4.1.1 and 4.1.7 (R9776-2).

#include <gtest/gtest.h>

#include <cstdint>

#include "proto/igmp.hpp"

namespace mcswitch::proto {
namespace {

std::uint8_t code(unsigned value) { return static_cast<std::uint8_t>(value); }

TEST(ResponseCode, IsTheValueItselfBelow128) {
  for (unsigned value = 0; value < 128; ++value) {
    EXPECT_EQ(decode_code(code(value)), value);
    EXPECT_EQ(encode_code(value), value);
  }
}

// "(mant | 0x10) << (exp + 3)", with |1| exp | mant | as the byte.
TEST(ResponseCode, IsAFloatingPointNumberFrom128) {
  EXPECT_EQ(decode_code(0x80), 128U);
  EXPECT_EQ(decode_code(0x81), 136U);
  EXPECT_EQ(decode_code(0x8f), 248U);
  EXPECT_EQ(decode_code(0x90), 256U);
  EXPECT_EQ(decode_code(0xa3), (0x13U) << 5);
}

TEST(ResponseCode, LargestEncodableValueRoundTrips) {
  EXPECT_EQ(decode_code(0xff), 31744U);
  EXPECT_EQ(encode_code(31744), 0xff);
}

TEST(ResponseCode, ValuesBeyondTheLargestBecomeTheLargest) {
  EXPECT_EQ(encode_code(31745), 0xff);
  EXPECT_EQ(encode_code(32768), 0xff);
  EXPECT_EQ(encode_code(0xffff'ffff), 0xff);
}

TEST(ResponseCode, EveryCodeRoundTrips) {
  for (unsigned c = 0; c < 256; ++c) {
    EXPECT_EQ(encode_code(decode_code(code(c))), c);
  }
}

TEST(ResponseCode, RisesWithTheCode) {
  for (unsigned c = 1; c < 256; ++c) {
    EXPECT_LT(decode_code(code(c - 1)), decode_code(code(c))) << c;
  }
}

TEST(ResponseCode, IsExactAtPowersOfTwo) {
  for (std::uint32_t value = 1; value <= 16384; value *= 2) {
    EXPECT_EQ(decode_code(encode_code(value)), value);
  }
}

// A timer longer than what was meant would make a host answer too late: rounding is down, and to the
// nearest value there is.
TEST(ResponseCode, EncodesTheLargestValueThatDoesNotExceed) {
  for (std::uint32_t value = 0; value <= 31744; ++value) {
    const std::uint8_t c = encode_code(value);
    ASSERT_LE(decode_code(c), value);
    if (c != 0xff) {
      ASSERT_GT(decode_code(code(c + 1U)), value);
    }
  }
}

}  // namespace
}  // namespace mcswitch::proto
