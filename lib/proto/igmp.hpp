// SPDX-License-Identifier: BSD-3-Clause
//
// IGMP messages: bytes to values and back. Version 1 (RFC 1112 appendix I), version 2 (RFC 2236
// section 2), version 3 (RFC 9776 section 4). No state, no clock; any thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/address_list.hpp"
#include "base/net_types.hpp"
#include "base/time.hpp"
#include "proto/parse_error.hpp"

namespace mcswitch::proto {

inline constexpr std::uint8_t kIpProtocolIgmp = 2;

// First byte of a message (RFC 2236 section 2.1, RFC 9776 section 4).
inline constexpr std::uint8_t kTypeQuery = 0x11;
inline constexpr std::uint8_t kTypeV1Report = 0x12;
inline constexpr std::uint8_t kTypeV2Report = 0x16;
inline constexpr std::uint8_t kTypeLeave = 0x17;
inline constexpr std::uint8_t kTypeV3Report = 0x22;

enum class IgmpKind : std::uint8_t {
  query,
  report,     // version 1 or 2, for one group
  leave,      // version 2
  v3_report,  // version 3: a list of group records
  other,      // a type that membership knows nothing of (MRD, DVMRP, PIM version 1, ...)
};

// RFC 9776 section 4.2.12.
enum class RecordType : std::uint8_t {
  mode_is_include = 1,
  mode_is_exclude = 2,
  change_to_include_mode = 3,
  change_to_exclude_mode = 4,
  allow_new_sources = 5,
  block_old_sources = 6,
};

struct IgmpMessage {
  IgmpKind kind = IgmpKind::other;
  // Query: 1, 2 or 3 by length and code (RFC 9776 section 7.1). Report: 1 or 2. Leave: 2. v3_report: 3.
  std::uint8_t version = 0;
  // Query: the group asked for, 0.0.0.0 for a general query. Report, leave: the group.
  Ipv4Address group;
  // Query: Max Response Time; 10 s for version 1 (RFC 2236 section 4), decoded from the floating-point
  // code for version 3 (RFC 9776 section 4.1.1).
  Duration max_resp_time{};
  // Version 3 query (RFC 9776 sections 4.1.5 to 4.1.9). query_interval 0: not given.
  bool suppress_router_processing = false;
  std::uint8_t robustness_variable = 0;
  Duration query_interval{};
  AddressList sources;
  // v3_report: the records as they are, validated; read them with GroupRecords.
  std::uint16_t record_count = 0;
  std::span<const std::uint8_t> records;
};

// Parses the payload of an IP datagram (RFC 2236 section 2.5: of the length that the IP header says,
// not of the frame). Verifies the checksum over all of it first; but of an unknown type only the type is read
// (RFC 4541 section 2.1.1(3)). A version 3 report is validated to its last record, so that a message is taken
// whole or not at all. Bytes behind what the type defines are ignored. On an error `message` is unspecified.
ParseError parse_igmp(std::span<const std::uint8_t> payload, IgmpMessage& message);

// One group record of a version 3 report (RFC 9776 section 4.2.4). `type` is as on the wire and may be
// unknown: such a record is skipped, and the next one counts (section 4.2.12).
struct GroupRecord {
  std::uint8_t type = 0;
  IpAddress group;
  AddressList sources;
};

// Reads the records of a validated report one after the other; auxiliary data, counted in 32-bit words
// (RFC 9776 section 4.2.6), is stepped over.
class GroupRecords {
 public:
  explicit GroupRecords(const IgmpMessage& report) : bytes_{report.records}, left_{report.record_count} {}
  // False when there are no more.
  bool next(GroupRecord& record);

 private:
  std::span<const std::uint8_t> bytes_;
  std::uint16_t left_;
};

// Max Resp Code and QQIC (RFC 9776 sections 4.1.1 and 4.1.7): below 128 the value itself, from there a
// floating-point number up to 31744. encode gives the largest code that does not exceed `value`.
std::uint32_t decode_code(std::uint8_t code);
std::uint8_t encode_code(std::uint32_t value);

// --- building (igmp_build.cpp) -------------------------------------------------------------------
//
// All frames are whole Ethernet frames, untagged, padded to 60 bytes: TTL 1, TOS 0xc0 (internetwork
// control), Router Alert (RFC 2113), all checksums; addresses are of IPv4, and 0.0.0.0 if unspecified. A
// frame of version 3 is at most kMaxFrameSize long: an IP datagram of 1500 bytes. `frame` has room for what
// is built; what is behind it stays as it is. All return the size of the frame in bytes.

inline constexpr std::size_t kMinFrameSize = 60;
inline constexpr std::size_t kMaxFrameSize = 14 + 1500;
inline constexpr std::size_t kSourceBytes = 4;

// A query: to 224.0.0.1 or, if `group` is not 0.0.0.0, to the group (RFC 2236 section 9, RFC 9776 section
// 4.1.12), with the group's MAC address.
struct QueryFrame {
  MacAddress source_mac;
  IpAddress source = kUnspecifiedV4;
  IpAddress group;           // 0.0.0.0: general query
  std::uint8_t version = 2;  // 1: Max Response Time 0 (RFC 2236 section 4); 2; 3
  // Rounded down to what can be coded, at least a tenth of a second. Version 2: whole tenths, at most
  // 25.5 s. Version 3: at most 3174.4 s, above 12.7 s with a mantissa of five bits (encode_code()).
  Duration max_resp_time{};
  // Version 3 only.
  bool suppress_router_processing = false;
  std::uint8_t robustness_variable = 0;  // more than 7 is written as 0: not given (RFC 9776 section 4.1.6)
  // QQIC: whole seconds, rounded down to what can be coded, at least 1 unless it is 0: not given.
  Duration query_interval{};
  std::span<const IpAddress> sources{};  // at most kMaxQuerySources; none without a group
};
// What fits behind 24 bytes of IP header and 12 of query (RFC 9776 section 4.1.8).
inline constexpr std::size_t kMaxQuerySources = 366;
inline constexpr std::size_t kQueryFrameSize = kMinFrameSize;  // without sources
inline constexpr std::size_t kMaxQueryFrameSize = kMaxFrameSize;
std::size_t build_query(const QueryFrame& query, std::span<std::uint8_t> frame);

// What a host of version 1 or 2 says (RFC 2236 section 6): a report to the group, a leave to 224.0.0.2
// (section 9).
struct ReportFrame {
  MacAddress source_mac;
  IpAddress source = kUnspecifiedV4;
  IpAddress group = kUnspecifiedV4;
  std::uint8_t version = 2;  // 1 or 2
};
struct LeaveFrame {
  MacAddress source_mac;
  IpAddress source = kUnspecifiedV4;
  IpAddress group = kUnspecifiedV4;
};
inline constexpr std::size_t kReportFrameSize = kMinFrameSize;
inline constexpr std::size_t kLeaveFrameSize = kMinFrameSize;
std::size_t build_report(const ReportFrame& report, std::span<std::uint8_t> frame);
std::size_t build_leave(const LeaveFrame& leave, std::span<std::uint8_t> frame);

// What a host of version 3 says (RFC 9776 section 4.2): group records, to 224.0.0.22 (section 4.2.14),
// without auxiliary data. The caller splits or truncates what does not fit in one report (section 4.2.16):
// the report_record_bytes() of all records together are at most kMaxReportBytes.
struct ReportRecord {
  RecordType type = RecordType::mode_is_exclude;
  IpAddress group = kUnspecifiedV4;
  std::span<const IpAddress> sources{};
};
struct V3ReportFrame {
  MacAddress source_mac;
  IpAddress source = kUnspecifiedV4;
  std::span<const ReportRecord> records;
};
inline constexpr Ipv4Address kAllV3Routers = Ipv4Address::of(224, 0, 0, 22);
constexpr std::size_t report_record_bytes(std::size_t sources) { return 8 + kSourceBytes * sources; }
// Bytes that are there for records, behind 24 of IP header and 8 of report.
inline constexpr std::size_t kMaxReportBytes = 1500 - 24 - 8;
// Sources of a record that has a report for itself.
inline constexpr std::size_t kMaxReportSources = (kMaxReportBytes - report_record_bytes(0)) / kSourceBytes;
inline constexpr std::size_t kMaxV3ReportFrameSize = kMaxFrameSize;
std::size_t build_v3_report(const V3ReportFrame& report, std::span<std::uint8_t> frame);

}  // namespace mcswitch::proto
