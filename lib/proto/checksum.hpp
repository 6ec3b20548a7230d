// SPDX-License-Identifier: BSD-3-Clause
//
// The Internet checksum (RFC 1071). No state; any thread. Nothing here needs aligned bytes.

#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace mcswitch::proto {

// The one's complement of the one's complement sum of big-endian 16-bit words; an odd last byte counts
// as if a zero followed it. What a sender writes into its checksum field, computed with that field 0,
// as a number (the most significant byte goes first on the wire). Over bytes that include a right
// checksum it is 0. `bytes` has less than 16 GiB, so that the sum cannot overflow.
[[nodiscard]] std::uint16_t internet_checksum(std::span<const std::uint8_t> bytes);

// Folds a sum of 32-bit words in any byte order to 16 bits (RFC 1071 section 2: the sum does not depend
// on the byte order, nor on the width of the words that are added). 0 only if `sum` is 0.
[[nodiscard]] constexpr std::uint32_t fold_checksum(std::uint64_t sum) {
  sum = (sum >> 32) + (sum & 0xffff'ffff);
  sum = (sum >> 16) + (sum & 0xffff);
  sum = (sum >> 16) + (sum & 0xffff);
  sum = (sum >> 16) + (sum & 0xffff);
  return static_cast<std::uint32_t>(sum);
}

// True if the header of `length` bytes, 20 to 60 and a multiple of 4, has a right checksum (RFC 791
// section 3.1). Each multicast frame asks this once, so the lengths that occur, without options and with
// Router Alert alone, take no loop.
[[nodiscard]] inline bool ipv4_header_checksum_ok(const std::uint8_t* header, std::size_t length) {
  assert(length >= 20 && length <= 60 && length % 4 == 0);
  const auto word = [header](std::size_t i) {
    std::uint32_t w;
    std::memcpy(&w, header + 4 * i, sizeof w);
    return std::uint64_t{w};
  };
  std::uint64_t sum = word(0) + word(1) + word(2) + word(3) + word(4);
  if (length != 20) {
    sum += word(5);
    for (std::size_t i = 6; i < length / 4; ++i) {
      sum += word(i);
    }
  }
  return fold_checksum(sum) == 0xffff;
}

}  // namespace mcswitch::proto
