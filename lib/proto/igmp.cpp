// SPDX-License-Identifier: BSD-3-Clause

#include "proto/igmp.hpp"

#include <bit>
#include <cassert>

#include "proto/checksum.hpp"
#include "proto/load.hpp"

namespace mcswitch::proto {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr std::size_t kMessageSize = 8;         // RFC 2236 section 2
constexpr std::size_t kV3QueryHeaderSize = 12;  // RFC 9776 section 4.1
constexpr std::size_t kV3ReportHeaderSize = 8;  // RFC 9776 section 4.2
constexpr std::size_t kRecordHeaderSize = 8;    // RFC 9776 section 4.2.4
constexpr std::size_t kAuxDataWordSize = 4;
constexpr std::uint32_t kLargestMantissa = 0x1f;  // with its implied leading bit
constexpr std::uint32_t kLargestCodeValue = kLargestMantissa << 10;

Ipv4Address load_address(const std::uint8_t* o) { return Ipv4Address::of(o[0], o[1], o[2], o[3]); }

// Bytes of the group record whose header is at `o`.
std::size_t record_size(const std::uint8_t* o) {
  return kRecordHeaderSize + kSourceBytes * load16(o + 2) + kAuxDataWordSize * o[1];
}

ParseError parse_query(std::span<const std::uint8_t> payload, IgmpMessage& message) {
  const std::uint8_t* o = payload.data();
  message.kind = IgmpKind::query;
  if (payload.size() == kMessageSize) {
    if (o[1] == 0) {
      // RFC 1112 appendix I: the group of a version 1 query is ignored.
      message.version = 1;
      message.max_resp_time = 10s;
      return ParseError::none;
    }
    message.version = 2;
    message.max_resp_time = o[1] * 100ms;
  } else if (payload.size() < kV3QueryHeaderSize) {
    return ParseError::igmp_query_length_invalid;
  }
  message.group = load_address(o + 4);
  if (!message.group.is_unspecified() && !message.group.is_multicast()) {
    return ParseError::igmp_group_invalid;
  }
  if (message.version == 2) {
    return ParseError::none;
  }
  message.version = 3;
  message.max_resp_time = decode_code(o[1]) * 100ms;
  message.suppress_router_processing = (o[8] & 0x08) != 0;
  message.robustness_variable = o[8] & 0x07;
  message.query_interval = decode_code(o[9]) * 1s;
  const std::size_t sources_size = kSourceBytes * load16(o + 10);
  if (sources_size > payload.size() - kV3QueryHeaderSize) {
    return ParseError::igmp_query_sources_truncated;
  }
  message.sources = AddressList::of_v4(payload.subspan(kV3QueryHeaderSize, sources_size));
  return ParseError::none;
}

ParseError parse_v3_report(std::span<const std::uint8_t> payload, IgmpMessage& message) {
  message.kind = IgmpKind::v3_report;
  message.version = 3;
  message.record_count = load16(payload.data() + 6);
  const auto behind_header = payload.subspan(kV3ReportHeaderSize);
  auto left = behind_header;
  for (unsigned i = 0; i < message.record_count; ++i) {
    if (left.size() < kRecordHeaderSize) {
      return ParseError::igmp_records_truncated;
    }
    const std::size_t size = record_size(left.data());
    if (left.size() < size) {
      return ParseError::igmp_record_sources_truncated;
    }
    left = left.subspan(size);
  }
  message.records = behind_header.first(behind_header.size() - left.size());
  return ParseError::none;
}

// Report of version 1 or 2, leave.
ParseError parse_one_group(IgmpKind kind, std::uint8_t version, const std::uint8_t* o, IgmpMessage& message) {
  message.kind = kind;
  message.version = version;
  message.group = load_address(o + 4);
  return message.group.is_multicast() ? ParseError::none : ParseError::igmp_group_invalid;
}

}  // namespace

ParseError parse_igmp(std::span<const std::uint8_t> payload, IgmpMessage& message) {
  message = IgmpMessage{};
  if (payload.empty()) {
    return ParseError::igmp_too_short;
  }
  const std::uint8_t type = payload[0];
  switch (type) {
    case kTypeQuery:
    case kTypeV1Report:
    case kTypeV2Report:
    case kTypeLeave:
    case kTypeV3Report:
      break;
    default:
      return ParseError::none;
  }
  if (payload.size() < kMessageSize) {
    return ParseError::igmp_too_short;
  }
  if (internet_checksum(payload) != 0) {
    return ParseError::igmp_checksum_wrong;
  }
  switch (type) {
    case kTypeQuery:
      return parse_query(payload, message);
    case kTypeV1Report:
      return parse_one_group(IgmpKind::report, 1, payload.data(), message);
    case kTypeV2Report:
      return parse_one_group(IgmpKind::report, 2, payload.data(), message);
    case kTypeLeave:
      return parse_one_group(IgmpKind::leave, 2, payload.data(), message);
    default:
      return parse_v3_report(payload, message);
  }
}

bool GroupRecords::next(GroupRecord& record) {
  if (left_ == 0) {
    return false;
  }
  --left_;
  assert(bytes_.size() >= kRecordHeaderSize);  // parse_igmp() has validated them
  const std::uint8_t* o = bytes_.data();
  const std::size_t size = record_size(o);
  assert(bytes_.size() >= size);
  record.type = o[0];
  record.group = load_address(o + 4);
  record.sources = AddressList::of_v4(bytes_.subspan(kRecordHeaderSize, kSourceBytes * load16(o + 2)));
  bytes_ = bytes_.subspan(size);
  return true;
}

std::uint32_t decode_code(std::uint8_t code) {
  if (code < 128) {
    return code;
  }
  const std::uint32_t mantissa = (code & 0x0fU) | 0x10U;
  const unsigned exponent = code >> 4 & 0x07U;
  return mantissa << (exponent + 3);
}

std::uint8_t encode_code(std::uint32_t value) {
  if (value < 128) {
    return static_cast<std::uint8_t>(value);
  }
  if (value >= kLargestCodeValue) {
    return 0xff;
  }
  // The mantissa's implied bit is the value's most significant one: bit 7 at exponent 0.
  const auto exponent = static_cast<unsigned>(std::bit_width(value)) - 8;
  const std::uint32_t mantissa = value >> (exponent + 3) & 0x0f;
  return static_cast<std::uint8_t>(0x80U | exponent << 4 | mantissa);
}

}  // namespace mcswitch::proto
