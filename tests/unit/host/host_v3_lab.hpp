// SPDX-License-Identifier: BSD-3-Clause
//
// A host of version 3, its clock, and the random numbers that the test has written down for it. Its messages
// are copied into values that can be compared.

#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <ostream>
#include <string>
#include <vector>

#include "base/net_text.hpp"
#include "host/host.hpp"
#include "host_lab.hpp"
#include "support/manual_clock.hpp"

namespace mcswitch::host {

// Source number n; any number of them rise with n.
inline IpAddress source(std::uint32_t n) { return Ipv4Address{test::ip("10.9.0.0").bits + n}; }
inline Sources sources(std::initializer_list<std::uint32_t> numbers) {
  Sources list;
  for (const std::uint32_t n : numbers) {
    list.push_back(source(n));
  }
  return list;
}
// Sources first, first + 1, ...
inline Sources many_sources(std::uint32_t count, std::uint32_t first = 0) {
  Sources list;
  for (std::uint32_t n = 0; n < count; ++n) {
    list.push_back(source(first + n));
  }
  return list;
}

struct Record {
  proto::RecordType type{};
  IpAddress group;
  Sources sources;
  friend bool operator==(const Record&, const Record&) = default;
};
inline std::ostream& operator<<(std::ostream& out, const Record& record) {
  constexpr const char* kNames[] = {"?", "IS_IN", "IS_EX", "TO_IN", "TO_EX", "ALLOW", "BLOCK"};
  out << kNames[static_cast<std::size_t>(record.type)] << ' ' << to_string(record.group) << " {";
  for (const IpAddress& address : record.sources) {
    out << ' ' << to_string(address);
  }
  return out << " }";
}

inline Record is_in(IpAddress group, Sources list) {
  return {proto::RecordType::mode_is_include, group, std::move(list)};
}
inline Record is_ex(IpAddress group, Sources list) {
  return {proto::RecordType::mode_is_exclude, group, std::move(list)};
}
inline Record to_in(IpAddress group, Sources list) {
  return {proto::RecordType::change_to_include_mode, group, std::move(list)};
}
inline Record to_ex(IpAddress group, Sources list) {
  return {proto::RecordType::change_to_exclude_mode, group, std::move(list)};
}
inline Record allow(IpAddress group, Sources list) {
  return {proto::RecordType::allow_new_sources, group, std::move(list)};
}
inline Record block(IpAddress group, Sources list) {
  return {proto::RecordType::block_old_sources, group, std::move(list)};
}

struct Said {
  HostMessageKind kind = HostMessageKind::none;
  std::uint8_t version = 0;
  IpAddress group;              // of an older message
  std::vector<Record> records;  // of a version 3 report
  friend bool operator==(const Said&, const Said&) = default;
};
inline std::ostream& operator<<(std::ostream& out, const Said& said) {
  out << "kind " << static_cast<int>(said.kind) << " version " << int{said.version} << ' '
      << to_string(said.group);
  for (const Record& record : said.records) {
    out << "; " << record;
  }
  return out;
}

inline Said v3(std::vector<Record> records) {
  return {HostMessageKind::v3_report, 3, {}, std::move(records)};
}
inline Said older_report(std::uint8_t version, IpAddress group) {
  return {HostMessageKind::report, version, group, {}};
}
inline Said leave(IpAddress group) { return {HostMessageKind::leave, 2, group, {}}; }

struct HostV3Lab {
  explicit HostV3Lab(const Host::Settings& settings = {}) : host{settings, delays} {}

  void will_draw(std::initializer_list<Duration> script) { delays.script = script; }

  void include(IpAddress group, const Sources& list) {
    host.set(group, FilterMode::include, list, clock.now());
  }
  void exclude(IpAddress group, const Sources& list) {
    host.set(group, FilterMode::exclude, list, clock.now());
  }
  void general_query(Duration max_resp_time, std::uint8_t robustness = 2) {
    host.on_query({.max_resp_time = max_resp_time, .robustness_variable = robustness}, clock.now());
  }
  void query(IpAddress group, const Sources& list, Duration max_resp_time) {
    host.on_query({.group = group, .sources = list, .max_resp_time = max_resp_time, .robustness_variable = 2},
                  clock.now());
  }
  void older_query(std::uint8_t version, Duration max_resp_time, IpAddress group = {}) {
    host.on_query({.version = version, .group = group, .max_resp_time = max_resp_time}, clock.now());
  }

  // One message, or one of kind none.
  Said one() {
    HostMessage message;
    const bool is_there = host.on_time(clock.now(), message);
    EXPECT_EQ(is_there, message.kind() != HostMessageKind::none);
    return copy(message);
  }
  std::vector<Said> said() {
    std::vector<Said> all;
    for (Said next = one(); next.kind != HostMessageKind::none; next = one()) {
      all.push_back(std::move(next));
    }
    EXPECT_GT(host.next(), clock.now());
    return all;
  }
  std::vector<Said> said_after(Duration by) {
    clock.advance(by);
    return said();
  }

  // With this state, and nothing more to say of it.
  void settle(IpAddress group, FilterMode mode, const Sources& list) {
    will_draw({std::chrono::nanoseconds{1}});
    host.set(group, mode, list, clock.now());
    EXPECT_EQ(said().size(), 1U);
    EXPECT_EQ(said_after(std::chrono::nanoseconds{1}).size(), 1U);
    EXPECT_EQ(host.next(), kNever);
    delays.ranges.clear();
  }

  // kNever stays kNever.
  [[nodiscard]] Duration remaining() const {
    return host.next() == kNever ? Duration::max() : host.next() - clock.now();
  }

  test::ManualClock clock;
  ScriptedDelay delays;
  Host host;

 private:
  static Said copy(const HostMessage& message) {
    Said said;
    said.kind = message.kind();
    if (said.kind == HostMessageKind::none) {
      return said;
    }
    said.version = message.version();
    if (said.kind != HostMessageKind::v3_report) {
      said.group = message.group();
      return said;
    }
    for (const proto::ReportRecord& record : message.records()) {
      said.records.push_back({record.type, record.group, {record.sources.begin(), record.sources.end()}});
    }
    return said;
  }
};

}  // namespace mcswitch::host
