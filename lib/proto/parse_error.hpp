// SPDX-License-Identifier: BSD-3-Clause
//
// The ways in which a frame can be wrong: one table, from which the enumeration, the counters and the
// words of the operator are made. A row added here gets its counter and its line in mcsctl by itself.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mcswitch::proto {

// X(enumerator, what an operator reads)
#define MCSWITCH_PARSE_ERRORS(X)                                                                         \
  X(ip_header_truncated, "IP header or datagram longer than the frame")                                  \
  X(ip_header_malformed, "IP version, header length or total length impossible")                         \
  X(ip_checksum_wrong, "IP header checksum wrong (RFC 4541 section 2.1.2)")                              \
  X(igmp_fragment, "fragment of an IGMP datagram")                                                       \
  X(igmp_too_short, "IGMP message shorter than its type requires (RFC 2236 section 2)")                  \
  X(igmp_checksum_wrong, "IGMP checksum wrong (RFC 2236 section 2.3)")                                   \
  X(igmp_ttl_not_1, "IGMP with a TTL other than 1 (RFC 2236 section 2)")                                 \
  X(igmp_no_router_alert, "IGMP without Router Alert, which the configuration requires")                 \
  X(igmp_source_invalid, "IGMP from an IP address that no host can have (RFC 1122 section 3.2.1.3)")     \
  X(igmp_group_invalid, "IGMP group address is not a multicast address (RFC 2236 section 2.4)")          \
  X(igmp_query_length_invalid, "IGMP query neither of 8 bytes nor of 12 or more (RFC 9776 section 7.1)") \
  X(igmp_query_sources_truncated, "IGMPv3 query announces more sources than it has")                     \
  X(igmp_records_truncated, "IGMPv3 report announces more records than it has")                          \
  X(igmp_record_sources_truncated, "IGMPv3 group record announces more than the report has")

enum class ParseError : std::uint8_t {
#define X(name, text) name,
  MCSWITCH_PARSE_ERRORS(X)
#undef X
      none
};

inline constexpr std::size_t kParseErrorCount = static_cast<std::size_t>(ParseError::none);

struct ParseErrorName {
  std::string_view name;
  std::string_view text;
};

inline constexpr ParseErrorName kParseErrorNames[] = {
#define X(name, text) {#name, text},
    MCSWITCH_PARSE_ERRORS(X)
#undef X
};

}  // namespace mcswitch::proto
