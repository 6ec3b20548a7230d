// SPDX-License-Identifier: BSD-3-Clause
//
// HostMessage: one message that a host of version 3 wants sent: a report of version 3 with its records
// (RFC 9776 section 4.2), or, while an older querier is present, a report of version 1 or 2 or a leave.
//
// 13 KB, and allocates nothing. Written by Host::on_time(), read by its sender; one thread.

#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/net_types.hpp"
#include "proto/igmp.hpp"

namespace mcswitch::host {

enum class HostMessageKind : std::uint8_t {
  none,
  v3_report,  // records(), to 224.0.0.22 (RFC 9776 section 4.2.14)
  report,     // of version(), for group(), to the group (RFC 2236 section 9)
  leave,      // for group(), to 224.0.0.2
};

class HostMessage {
 public:
  // Bytes of all records together: what clear() takes at least and at most.
  static constexpr std::size_t kLeastRoom = proto::report_record_bytes(1);
  static constexpr std::size_t kMostRoom = proto::kMaxReportBytes;

  HostMessage() = default;
  // Its records point into it.
  HostMessage(const HostMessage&) = delete;
  HostMessage& operator=(const HostMessage&) = delete;

  [[nodiscard]] HostMessageKind kind() const { return kind_; }
  [[nodiscard]] std::uint8_t version() const { return version_; }
  [[nodiscard]] IpAddress group() const { return group_; }
  // v3_report: at least one. Their sources are rising, none twice, and stand in the message.
  [[nodiscard]] std::span<const proto::ReportRecord> records() const {
    return {records_.data(), record_count_};
  }

  // --- writing ------------------------------------------------------------------------------------

  // Nothing, with `room` bytes for records.
  void clear(std::size_t room = kMostRoom) {
    assert(room >= kLeastRoom && room <= kMostRoom);
    kind_ = HostMessageKind::none;
    room_ = room;
    record_count_ = 0;
    source_count_ = 0;
  }
  void set_report(const IpAddress& group, std::uint8_t version) {
    set(HostMessageKind::report, group, version);
  }
  void set_leave(const IpAddress& group) { set(HostMessageKind::leave, group, 2); }

  // Is there room for one more record with so many sources?
  [[nodiscard]] bool has_room_for(std::size_t sources) const {
    return room_ >= proto::report_record_bytes(sources);
  }
  // Begins a record for which there is room; add() appends to it while has_room().
  void begin(proto::RecordType type, const IpAddress& group) {
    assert(has_room_for(0));
    kind_ = HostMessageKind::v3_report;
    version_ = 3;
    room_ -= proto::report_record_bytes(0);
    records_[record_count_++] = {type, group, {&sources_[source_count_], 0}};
  }
  [[nodiscard]] bool has_room() const { return room_ >= proto::kSourceBytes; }
  void add(const IpAddress& source) {
    assert(has_room());
    room_ -= proto::kSourceBytes;
    sources_[source_count_++] = source;
    auto& sources = records_[record_count_ - 1].sources;
    sources = {sources.data(), sources.size() + 1};
  }

 private:
  void set(HostMessageKind kind, const IpAddress& group, std::uint8_t version) {
    kind_ = kind;
    group_ = group;
    version_ = version;
  }

  static constexpr std::size_t kMostRecords = kMostRoom / proto::report_record_bytes(0);

  HostMessageKind kind_ = HostMessageKind::none;
  std::uint8_t version_ = 0;
  IpAddress group_;
  std::size_t room_ = kMostRoom;
  std::size_t record_count_ = 0;
  std::size_t source_count_ = 0;
  std::array<proto::ReportRecord, kMostRecords> records_;
  // One more, so that there is an address for a record without sources behind the last.
  std::array<IpAddress, proto::kMaxReportSources + 1> sources_;
};

}  // namespace mcswitch::host
