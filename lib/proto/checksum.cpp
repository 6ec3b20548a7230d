// SPDX-License-Identifier: BSD-3-Clause

#include "proto/checksum.hpp"

#include <bit>

namespace mcswitch::proto {
namespace {

template <typename Word>
std::uint64_t load(const std::uint8_t* bytes) {
  Word word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

}  // namespace

std::uint16_t internet_checksum(std::span<const std::uint8_t> bytes) {
  const std::uint8_t* at = bytes.data();
  std::size_t left = bytes.size();
  // Two sums, so that the additions of a long message do not wait for one another.
  std::uint64_t even = 0;
  std::uint64_t odd = 0;
  for (; left >= 8; at += 8, left -= 8) {
    even += load<std::uint32_t>(at);
    odd += load<std::uint32_t>(at + 4);
  }
  if (left >= 4) {
    even += load<std::uint32_t>(at);
    at += 4;
    left -= 4;
  }
  if (left >= 2) {
    odd += load<std::uint16_t>(at);
    at += 2;
    left -= 2;
  }
  if (left != 0) {
    const std::uint8_t last[2] = {*at, 0};
    odd += load<std::uint16_t>(last);
  }
  // Words were added in this machine's byte order; the sum is swapped once instead (RFC 1071 section 2B).
  auto sum = static_cast<std::uint16_t>(fold_checksum(even + odd));
  if constexpr (std::endian::native == std::endian::little) {
    sum = static_cast<std::uint16_t>(sum << 8 | sum >> 8);
  }
  return static_cast<std::uint16_t>(~sum);
}

}  // namespace mcswitch::proto
