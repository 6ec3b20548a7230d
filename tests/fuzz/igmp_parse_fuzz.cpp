// SPDX-License-Identifier: BSD-3-Clause
//
// Fuzz target for proto/igmp.hpp, pim.hpp and mrd.hpp. The input is the payload of an IP datagram. It is
// parsed as it is and, because a wrong checksum ends parsing early, once more with the checksum put right.
// Each check says what has to be true of every result. See README.md for how to run it.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <vector>

#include "proto/checksum.hpp"
#include "proto/igmp.hpp"
#include "proto/mrd.hpp"
#include "proto/pim.hpp"

namespace {

using namespace mcswitch;
using namespace mcswitch::proto;
using Bytes = std::vector<std::uint8_t>;

#define CHECK(condition)                                                             \
  do {                                                                               \
    if (!(condition)) {                                                              \
      std::fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                  \
    }                                                                                \
  } while (false)

bool is_known(std::uint8_t type) {
  return type == kTypeQuery || type == kTypeV1Report || type == kTypeV2Report || type == kTypeLeave ||
         type == kTypeV3Report;
}

bool within(std::span<const std::uint8_t> part, std::span<const std::uint8_t> whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check_time(Duration time) {
  CHECK(time >= Duration::zero());
  CHECK(time <= std::chrono::milliseconds{3'174'400});
}

// A query that build_query() can express is built, and parsed as what was built.
void check_rebuilt(const IgmpMessage& query) {
  const QueryFrame wanted{.source_mac = MacAddress{0x020000000701},
                          .source = Ipv4Address::of(10, 0, 0, 7),
                          .group = query.group,
                          .version = query.version,
                          .max_resp_time = query.max_resp_time};
  Bytes frame(kQueryFrameSize);
  CHECK(build_query(wanted, frame) == kQueryFrameSize);
  CHECK(ipv4_header_checksum_ok(frame.data() + 14, 24));
  IgmpMessage back;
  CHECK(parse_igmp(std::span{frame}.subspan(14 + 24, 8), back) == ParseError::none);
  CHECK(back.kind == IgmpKind::query);
  CHECK(back.version == query.version);
  CHECK(back.group == query.group);
  CHECK(back.max_resp_time == query.max_resp_time);
}

void check_query(std::span<const std::uint8_t> payload, const IgmpMessage& query) {
  CHECK(query.group.is_unspecified() || query.group.is_multicast());
  check_time(query.max_resp_time);
  CHECK(within(query.sources.bytes(), payload));
  CHECK(query.sources.bytes().size() == 4 * query.sources.size());
  // RFC 9776 section 7.1.
  CHECK(query.version == (payload.size() >= 12 ? 3 : payload[1] == 0 ? 1 : 2));
  CHECK(payload.size() == 8 || payload.size() >= 12);
  if (query.version == 3) {
    CHECK(encode_code(decode_code(payload[1])) == payload[1]);
    CHECK(encode_code(decode_code(payload[9])) == payload[9]);
    CHECK(query.sources.size() == (unsigned{payload[10]} << 8 | payload[11]));
  } else {
    CHECK(query.sources.empty());
    check_rebuilt(query);
  }
}

void check_v3_report(std::span<const std::uint8_t> payload, const IgmpMessage& report) {
  CHECK(within(report.records, payload));
  GroupRecords records{report};
  GroupRecord record;
  std::size_t count = 0;
  const std::uint8_t* behind = report.records.data();
  while (records.next(record)) {
    ++count;
    CHECK(within(record.sources.bytes(), report.records));
    CHECK(record.sources.bytes().size() == 4 * record.sources.size());
    if (!record.sources.empty()) {
      // Records follow one another and do not overlap.
      const std::span<const std::uint8_t> sources = record.sources.bytes();
      CHECK(sources.data() >= behind + 8);
      behind = sources.data() + sources.size();
    }
  }
  CHECK(count == report.record_count);
  CHECK(count * 8 <= report.records.size());
  CHECK(!records.next(record));
}

bool same(const IgmpMessage& a, const IgmpMessage& b) {
  return a.kind == b.kind && a.version == b.version && a.group == b.group &&
         a.max_resp_time == b.max_resp_time && a.suppress_router_processing == b.suppress_router_processing &&
         a.robustness_variable == b.robustness_variable && a.query_interval == b.query_interval &&
         a.record_count == b.record_count && a.sources.size() == b.sources.size() &&
         a.records.size() == b.records.size();
}

// One zero behind the message leaves its checksum right. It is ignored (RFC 2236 section 2.5, RFC 9776
// sections 4.1.10 and 4.2.11), except behind a query of 8 bytes, whose version the length decides.
void check_with_an_byte_more(const Bytes& payload, const IgmpMessage& message) {
  Bytes longer = payload;
  longer.push_back(0);
  IgmpMessage again;
  const ParseError error = parse_igmp(longer, again);
  if (message.kind == IgmpKind::query && payload.size() == 8) {
    CHECK(error == ParseError::igmp_query_length_invalid);
  } else {
    CHECK(error == ParseError::none);
    CHECK(same(message, again));
  }
}

// The same bytes as what routers say of themselves.
void check_of_routers(const Bytes& payload) {
  if (const PimMessage pim = parse_pim(payload); pim.kind == PimKind::hello) {
    CHECK(payload.size() >= 4 && internet_checksum(payload) == 0);
    CHECK(pim.holdtime >= Duration::zero());
    CHECK(pim.holdtime == PimMessage::kForever || pim.holdtime < std::chrono::seconds{65'535});
  }
  if (const MrdMessage mrd = parse_mrd(payload); mrd.kind != MrdKind::other && mrd.kind != MrdKind::wrong) {
    CHECK(payload.size() >= 4 && internet_checksum(payload) == 0);
    CHECK((mrd.kind == MrdKind::advertisement) == (mrd.lifetime > Duration::zero()));
    CHECK(mrd.lifetime <= std::chrono::seconds{3 * 255});
  }
}

void check(const Bytes& payload) {
  check_of_routers(payload);
  IgmpMessage message;
  const ParseError error = parse_igmp(payload, message);
  CHECK(error <= ParseError::none);
  if (payload.empty()) {
    CHECK(error == ParseError::igmp_too_short);
    return;
  }
  if (!is_known(payload[0])) {
    CHECK(error == ParseError::none);
    CHECK(message.kind == IgmpKind::other);
    return;
  }
  if (error != ParseError::none) {
    return;
  }
  CHECK(payload.size() >= 8);
  CHECK(internet_checksum(payload) == 0);
  switch (message.kind) {
    case IgmpKind::query:
      check_query(payload, message);
      break;
    case IgmpKind::report:
    case IgmpKind::leave:
      CHECK(message.version == (payload[0] == kTypeV1Report ? 1 : 2));
      CHECK(message.group.is_multicast());
      break;
    case IgmpKind::v3_report:
      check_v3_report(payload, message);
      break;
    case IgmpKind::other:
      CHECK(message.kind != IgmpKind::other);  // a known type
  }
  check_with_an_byte_more(payload, message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A copy of just this size, so that the address sanitizer sees a read behind it.
  Bytes payload(data, data + size);
  payload.shrink_to_fit();
  check(payload);
  if (size >= 4) {
    payload[2] = payload[3] = 0;
    const std::uint16_t checksum = internet_checksum(payload);
    payload[2] = static_cast<std::uint8_t>(checksum >> 8);
    payload[3] = static_cast<std::uint8_t>(checksum);
    check(payload);
  }
  return 0;
}
