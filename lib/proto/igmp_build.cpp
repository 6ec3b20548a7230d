// SPDX-License-Identifier: BSD-3-Clause

#include <algorithm>
#include <cassert>
#include <cstring>

#include "proto/checksum.hpp"
#include "proto/igmp.hpp"
#include "proto/mrd.hpp"

namespace mcswitch::proto {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr std::size_t kEthernetSize = 14;
constexpr std::size_t kIpSize = 24;  // with Router Alert
constexpr std::size_t kV2MessageSize = 8;
constexpr std::size_t kV3QuerySize = 12;
constexpr std::size_t kV3ReportSize = 8;
constexpr std::size_t kMrdSolicitationSize = 4;
constexpr std::uint8_t kLargestQrv = 7;

static_assert(kEthernetSize + kIpSize + kV2MessageSize <= kMinFrameSize);
static_assert(kEthernetSize + kIpSize + kV3QuerySize <= kQueryFrameSize);
static_assert(kEthernetSize + kIpSize + kV3QuerySize + kMaxQuerySources * kSourceBytes <= kMaxQueryFrameSize);
static_assert(kEthernetSize + kIpSize + kV3ReportSize + kMaxReportBytes <= kMaxV3ReportFrameSize);

void store16(std::uint8_t* o, std::size_t value) {
  o[0] = static_cast<std::uint8_t>(value >> 8);
  o[1] = static_cast<std::uint8_t>(value);
}

std::uint8_t* store_address(std::uint8_t* o, const IpAddress& address) {
  assert(address.is_v4() || address.is_unspecified());
  store16(o, address.low >> 16);
  store16(o + 2, address.low);
  return o + kSourceBytes;
}

// Writes `sources` behind each other; returns where they end.
std::uint8_t* store_sources(std::uint8_t* o, std::span<const IpAddress> sources) {
  for (const IpAddress& source : sources) {
    o = store_address(o, source);
  }
  return o;
}

struct Addresses {
  MacAddress source_mac;
  IpAddress source;
  IpAddress destination;
};

// A frame in the making: its headers are written, its message, `message_size` bytes from message(), is
// zeros.
class Frame {
 public:
  Frame(const Addresses& addresses, std::size_t message_size, std::span<std::uint8_t> room)
      : size_{std::max(kMinFrameSize, kEthernetSize + kIpSize + message_size)},
        message_{room.data() + kEthernetSize + kIpSize, message_size} {
    assert(room.size() >= size_);
    assert(size_ <= kMaxFrameSize);
    std::memset(room.data(), 0, size_);

    std::uint8_t* const ethernet = room.data();
    multicast_mac(addresses.destination.v4()).to_bytes(ethernet);
    addresses.source_mac.to_bytes(ethernet + 6);
    store16(ethernet + 12, 0x0800);

    std::uint8_t* const ip = ethernet + kEthernetSize;
    ip[0] = 0x40 | kIpSize / 4;
    ip[1] = 0xc0;
    store16(ip + 2, kIpSize + message_size);
    store16(ip + 6, 0x4000);  // Don't Fragment: the identification may stay 0 (RFC 6864 section 4.1)
    ip[8] = 1;
    ip[9] = kIpProtocolIgmp;
    store_address(ip + 12, addresses.source);
    store_address(ip + 16, addresses.destination);
    store16(ip + 20, 0x9404);  // Router Alert, value 0 (RFC 2113 section 2.1)
    store16(ip + 10, internet_checksum({ip, kIpSize}));
  }

  [[nodiscard]] std::uint8_t* message() const { return message_.data(); }

  // The message is complete. Returns the size of the frame.
  [[nodiscard]] std::size_t sealed() const {
    store16(message_.data() + 2, internet_checksum(message_));
    return size_;
  }

 private:
  std::size_t size_;
  std::span<std::uint8_t> message_;
};

// A message of version 1 or 2 (RFC 2236 section 2).
std::size_t build_message(const Addresses& addresses, std::uint8_t type, std::uint8_t code,
                          const IpAddress& group, std::span<std::uint8_t> room) {
  const Frame frame{addresses, kV2MessageSize, room};
  std::uint8_t* const o = frame.message();
  o[0] = type;
  o[1] = code;
  store_address(o + 4, group);
  return frame.sealed();
}

std::uint8_t coded(std::int64_t units) {
  return encode_code(static_cast<std::uint32_t>(std::clamp<std::int64_t>(units, 1, UINT32_MAX)));
}

std::size_t build_v3_query(const QueryFrame& query, const Addresses& addresses,
                           std::span<std::uint8_t> room) {
  assert(query.sources.size() <= kMaxQuerySources);
  assert(query.sources.empty() || !query.group.is_unspecified());
  const Frame frame{addresses, kV3QuerySize + query.sources.size() * kSourceBytes, room};
  std::uint8_t* const o = frame.message();
  o[0] = kTypeQuery;
  o[1] = coded(query.max_resp_time / 100ms);
  store_address(o + 4, query.group);
  const unsigned qrv = query.robustness_variable <= kLargestQrv ? query.robustness_variable : 0U;
  o[8] = static_cast<std::uint8_t>((query.suppress_router_processing ? 0x08U : 0U) | qrv);
  o[9] = query.query_interval > Duration{} ? coded(query.query_interval / 1s) : std::uint8_t{0};
  store16(o + 10, query.sources.size());
  store_sources(o + kV3QuerySize, query.sources);
  return frame.sealed();
}

}  // namespace

std::size_t build_query(const QueryFrame& query, std::span<std::uint8_t> frame) {
  assert(query.version >= 1 && query.version <= 3);
  const Addresses addresses{query.source_mac, query.source,
                            query.group.is_unspecified() ? kAllSystems : query.group};
  if (query.version == 3) {
    return build_v3_query(query, addresses, frame);
  }
  assert(query.sources.empty());
  std::uint8_t code = 0;
  if (query.version == 2) {
    code = static_cast<std::uint8_t>(std::clamp<std::int64_t>(query.max_resp_time / 100ms, 1, 255));
  }
  return build_message(addresses, kTypeQuery, code, query.group, frame);
}

std::size_t build_report(const ReportFrame& report, std::span<std::uint8_t> frame) {
  assert(report.version == 1 || report.version == 2);
  return build_message({report.source_mac, report.source, report.group},
                       report.version == 1 ? kTypeV1Report : kTypeV2Report, 0, report.group, frame);
}

std::size_t build_leave(const LeaveFrame& leave, std::span<std::uint8_t> frame) {
  return build_message({leave.source_mac, leave.source, kAllRouters}, kTypeLeave, 0, leave.group, frame);
}

std::size_t build_v3_report(const V3ReportFrame& report, std::span<std::uint8_t> room) {
  std::size_t bytes = 0;
  for (const ReportRecord& record : report.records) {
    bytes += report_record_bytes(record.sources.size());
  }
  assert(bytes <= kMaxReportBytes);
  const Frame frame{{report.source_mac, report.source, kAllV3Routers}, kV3ReportSize + bytes, room};
  std::uint8_t* o = frame.message();
  o[0] = kTypeV3Report;
  store16(o + 6, report.records.size());
  o += kV3ReportSize;
  for (const ReportRecord& record : report.records) {
    o[0] = static_cast<std::uint8_t>(record.type);
    store16(o + 2, record.sources.size());
    o = store_sources(store_address(o + 4, record.group), record.sources);
  }
  return frame.sealed();
}

std::size_t build_mrd_solicitation(MacAddress source_mac, const IpAddress& source,
                                   std::span<std::uint8_t> room) {
  const Frame frame{{source_mac, source, IpAddress::from(kAllRouters)}, kMrdSolicitationSize, room};
  frame.message()[0] = kTypeMrdSolicitation;
  return frame.sealed();
}

}  // namespace mcswitch::proto
