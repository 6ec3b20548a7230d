// SPDX-License-Identifier: BSD-3-Clause
//
// OlderHost: a host of RFC 2236 in the words of its section 6: it joins and leaves groups, and says at once
// what it says of that.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>

#include "base/net_types.hpp"
#include "base/time.hpp"
#include "host/host.hpp"

namespace mcswitch::test {

// A report of `version`, 1 or 2, for the group.
struct SendReport {
  IpAddress group;
  std::uint8_t version = 0;
  friend bool operator==(const SendReport&, const SendReport&) = default;
};

// A leave for the group.
struct SendLeave {
  IpAddress group;
  friend bool operator==(const SendLeave&, const SendLeave&) = default;
};

class OlderHost {
 public:
  struct Settings {
    static constexpr host::Host::Settings kDefaults = host::Host::Settings::of_version_2();

    std::uint8_t robustness_variable = kDefaults.robustness_variable;
    Duration unsolicited_report_interval = kDefaults.older_unsolicited_report_interval;
    Duration version_1_router_present_timeout = kDefaults.version_1_router_present_timeout.value();
    bool always_leave = kDefaults.always_leave;
  };

  // `delays` outlives the host.
  OlderHost(const Settings& settings, host::RandomDelay& delays, std::size_t groups = 0)
      : host_{settings_of(settings), delays, groups} {}

  // Nothing for a group that has been joined already, and for 224.0.0.1.
  std::optional<SendReport> join(const IpAddress& group, TimePoint now) {
    const bool was_member = host_.is_member(group);
    host_.set(group, host::FilterMode::exclude, {}, now);
    if (was_member || !host_.is_member(group)) {
      return std::nullopt;
    }
    return SendReport{group, said_of(group, host::HostMessageKind::report, now)};
  }
  std::optional<SendLeave> leave(const IpAddress& group, TimePoint now) {
    const std::uint32_t kept = host_.kept_count();
    if (!host_.is_member(group)) {
      return std::nullopt;
    }
    host_.set(group, host::FilterMode::include, {}, now);
    if (host_.kept_count() != kept) {
      return std::nullopt;  // forgotten without a word
    }
    said_of(group, host::HostMessageKind::leave, now);
    return SendLeave{group};
  }

  void on_query(const IpAddress& group, std::uint8_t version, Duration max_resp_time, TimePoint now) {
    host_.on_query({.version = version, .group = group, .max_resp_time = max_resp_time}, now);
  }
  void on_report(const IpAddress& group) { host_.on_older_report(group); }

  [[nodiscard]] TimePoint next() const { return said_.empty() ? host_.next() : TimePoint::min(); }
  // As many as there is room for; returns how many.
  [[nodiscard]] std::size_t on_time(TimePoint now, std::span<SendReport> reports) {
    std::size_t count = 0;
    for (; count < reports.size(); ++count) {
      if (!said_.empty()) {
        reports[count] = said_.front();
        said_.pop_front();
      } else if (host_.on_time(now, message_)) {
        reports[count] = {message_.group(), message_.version()};
      } else {
        break;
      }
    }
    return count;
  }

  [[nodiscard]] host::HostState state(const IpAddress& group) const { return host_.state(group); }
  [[nodiscard]] bool is_last_reporter(const IpAddress& group) const { return host_.is_last_reporter(group); }
  [[nodiscard]] bool is_version_1_querier_present(TimePoint now) const { return host_.version(now) == 1; }
  [[nodiscard]] std::uint32_t group_count() const { return host_.group_count(); }

 private:
  static host::Host::Settings settings_of(const Settings& settings) {
    host::Host::Settings made = host::Host::Settings::of_version_2();
    made.robustness_variable = settings.robustness_variable;
    made.older_unsolicited_report_interval = settings.unsolicited_report_interval;
    made.version_1_router_present_timeout = settings.version_1_router_present_timeout;
    made.always_leave = settings.always_leave;
    return made;
  }

  // Fetches what is due until the message of this kind for `group`, which is; returns its version.
  std::uint8_t said_of(const IpAddress& group, host::HostMessageKind kind, TimePoint now) {
    while (host_.on_time(now, message_)) {
      if (message_.kind() == kind && message_.group() == group) {
        return message_.version();
      }
      said_.push_back({message_.group(), message_.version()});
    }
    return 0;
  }

  host::Host host_;
  host::HostMessage message_;
  std::deque<SendReport> said_;  // was due before, and is still to be fetched by on_time()
};

}  // namespace mcswitch::test
