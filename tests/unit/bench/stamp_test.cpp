// SPDX-License-Identifier: BSD-3-Clause

#include "packet_rate/stamp.hpp"

#include <gtest/gtest.h>

#include <array>

namespace mcswitch::bench {
namespace {

TEST(BenchStamp, IsReadAsItWasWritten) {
  std::array<std::uint8_t, 60> frame{};
  write_stamp(frame.data(), {.at = 0x0123'4567'89ab'cdef, .number = 0xfedc'ba98'7654'3210});
  const Stamped stamp = read_stamp(frame.data());
  EXPECT_EQ(stamp.at, 0x0123'4567'89ab'cdefU);
  EXPECT_EQ(stamp.number, 0xfedc'ba98'7654'3210U);
}

TEST(BenchStamp, TouchesNothingButTheUdpPayloadOfTheShortestFrame) {
  std::array<std::uint8_t, 64> frame;
  frame.fill(0xa5);
  write_stamp(frame.data(), {.at = 0, .number = 0});
  for (std::size_t i = 0; i < frame.size(); ++i) {
    EXPECT_EQ(frame[i], i >= 42 && i < 58 ? 0 : 0xa5) << i;
  }
}

}  // namespace
}  // namespace mcswitch::bench
