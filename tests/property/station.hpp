// SPDX-License-Identifier: BSD-3-Clause
//
// Station: a host of version 1, 2 or 3 behind a port, with a wish for each group: host::Host with frames
// for what it says.

#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/net_text.hpp"
#include "host/host.hpp"
#include "support/packet_builder.hpp"
#include "support/switch_view.hpp"

namespace mcswitch::test {

struct Wish {
  membership::FilterMode mode = membership::FilterMode::include;
  std::vector<IpAddress> sources{};

  [[nodiscard]] bool is_nothing() const { return mode == membership::FilterMode::include && sources.empty(); }
  [[nodiscard]] bool wants(const IpAddress& source) const {
    const bool is_listed = std::find(sources.begin(), sources.end(), source) != sources.end();
    return is_listed == (mode == membership::FilterMode::include);
  }
};

// A host of any version. say() fetches its messages.
class Station {
 public:
  Station(PortId behind, std::uint8_t version, std::uint8_t number, std::uint64_t seed)
      : port{behind},
        version_{version},
        options_{.source_mac = MacAddress{0x02'00'00'00'40'00U + number},
                 .source = Ipv4Address::of(10, 0, 0, static_cast<std::uint8_t>(100 + number))},
        delays_{seed},
        host_{settings_of(version), delays_} {}
  Station(const Station&) = delete;
  Station& operator=(const Station&) = delete;

  const PortId port;

  // A host of an older version can say of it only whether it is nothing.
  [[nodiscard]] const Wish& wish_for(const IpAddress& group) const {
    static const Wish kNothing;
    const auto found = wishes_.find(group);
    return found == wishes_.end() ? kNothing : found->second;
  }
  [[nodiscard]] bool is_version_3(TimePoint now) const { return version_ == 3 && host_.version(now) == 3; }
  // The newest version that it speaks, and the one that it speaks now.
  [[nodiscard]] std::uint8_t newest_version() const { return version_; }
  [[nodiscard]] std::uint8_t version(TimePoint now) const { return host_.version(now); }

  void wish(const IpAddress& group, const Wish& wish, TimePoint now) {
    wishes_[group] = wish;
    host_.set(group, wish.mode, wish.sources, now);
  }

  void hear_query(const SentQuery& query) {
    hear_query({.version = static_cast<std::uint8_t>(query.is_version_3 ? 3 : 2),
                .group = query.group,
                .sources = query.sources,
                .max_resp_time = query.code * std::chrono::milliseconds{100},
                .robustness_variable = query.qrv},
               query.at);
  }
  // What it understands of it.
  void hear_query(const host::Host::Query& query, TimePoint at) {
    if (version_ == 3) {
      host_.on_query(query, at);
    } else if (version_ == 2) {
      host_.on_query({.version = std::min(query.version, std::uint8_t{2}),
                      .group = query.group,
                      .max_resp_time = query.max_resp_time},
                     at);
    } else if (query.group.is_unspecified()) {
      host_.on_query({.version = 1}, at);
    }
  }
  void hear_older_report(const IpAddress& group, std::uint8_t version) {
    if (version_ != 1 || version == 1) {  // RFC 1112 does not know what version 2 says
      host_.on_older_report(group);
    }
  }

  [[nodiscard]] TimePoint next() const { return host_.next(); }

  struct Said {
    Bytes frame;
    std::string words;
    std::uint8_t report_version = 3;  // 1 or 2: of a report that other hosts hear
    IpAddress group{};
  };
  // One after the other, as what others hear of one may change the next.
  std::optional<Said> say(TimePoint now) {
    host::HostMessage message;
    if (!host_.on_time(now, message)) {
      return std::nullopt;
    }
    switch (message.kind()) {
      case host::HostMessageKind::report:
        return report(message.group(), message.version());
      case host::HostMessageKind::leave:
        return leaving(message.group());
      default:
        break;
    }
    std::vector<V3Record> records;
    std::string words = options_words("report");
    for (const proto::ReportRecord& record : message.records()) {
      records.push_back({.type = static_cast<std::uint8_t>(record.type),
                         .group = record.group,
                         .sources = {record.sources.begin(), record.sources.end()}});
      constexpr std::array kTypes{"", "IS_IN", "IS_EX", "TO_IN", "TO_EX", "ALLOW", "BLOCK"};
      words += std::string{" "} + kTypes[records.back().type] + " " + to_string(record.group) + " (";
      for (const IpAddress& source : record.sources) {
        words += " " + to_string(source);
      }
      words += " )";
    }
    return Said{v3_report(records, options_), words};
  }

 private:
  static host::Host::Settings settings_of(std::uint8_t version) {
    if (version == 3) {
      return {};
    }
    host::Host::Settings settings = host::Host::Settings::of_version_2();
    settings.newest_version = version;
    return settings;
  }

  [[nodiscard]] std::string options_words(const char* what) const {
    return to_string(options_.source) + " " + what;
  }
  [[nodiscard]] Said report(const IpAddress& group, std::uint8_t version) const {
    return {version == 1 ? v1_report(group, options_) : v2_report(group, options_),
            options_words(version == 1 ? "version 1 report " : "version 2 report ") + to_string(group),
            version, group};
  }
  [[nodiscard]] Said leaving(const IpAddress& group) const {
    return {leave(group, options_), options_words("leave ") + to_string(group)};
  }

  const std::uint8_t version_;
  const FrameOptions options_;
  host::SeededDelay delays_;
  host::Host host_;
  std::map<IpAddress, Wish> wishes_;
};

}  // namespace mcswitch::test
