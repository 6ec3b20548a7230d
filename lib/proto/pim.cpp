// SPDX-License-Identifier: BSD-3-Clause

#include "proto/pim.hpp"

#include "proto/checksum.hpp"
#include "proto/load.hpp"

namespace mcswitch::proto {
namespace {

using std::chrono_literals::operator""s;

constexpr std::uint8_t kVersion2Hello = 0x20;  // version and type (RFC 7761 section 4.9)
constexpr std::size_t kHeaderSize = 4;
constexpr std::size_t kOptionHeaderSize = 4;
constexpr unsigned kOptionHoldtime = 1;
constexpr unsigned kHoldtimeForever = 0xffff;

}  // namespace

PimMessage parse_pim(std::span<const std::uint8_t> payload) {
  if (payload.empty() || payload[0] != kVersion2Hello) {
    return {};
  }
  constexpr PimMessage kWrong{.kind = PimKind::wrong_hello};
  if (payload.size() < kHeaderSize || internet_checksum(payload) != 0) {
    return kWrong;
  }
  PimMessage message{.kind = PimKind::hello};
  for (auto left = payload.subspan(kHeaderSize); left.size() >= kOptionHeaderSize;) {
    const std::size_t size = kOptionHeaderSize + load16(left.data() + 2);
    const bool is_holdtime = load16(left.data()) == kOptionHoldtime;
    if (size > left.size() || (is_holdtime && size != kOptionHeaderSize + 2)) {
      return kWrong;
    }
    if (is_holdtime) {
      const unsigned holdtime = load16(left.data() + kOptionHeaderSize);
      message.holdtime = holdtime == kHoldtimeForever ? PimMessage::kForever : Duration{holdtime * 1s};
    }
    left = left.subspan(size);
  }
  return message;
}

}  // namespace mcswitch::proto
