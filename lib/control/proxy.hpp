// SPDX-License-Identifier: BSD-3-Clause
//
// Proxy: proxy reporting of one VLAN (RFC 4541 section 2.1.1, RFC 4605 section 4). To the routers the VLAN is
// one host of version 3 (host/host.hpp), whose state is what its ports want, merged. So they get one report
// of a group, and learn of its end when the last member is gone. The switch reports in the version of the
// oldest querier among them.
//
// Reports of others on a router port do not suppress ours: a router behind another port has not heard them.
//
// The frames go to the router ports of the moment. While there is none nothing is sent: the router that
// appears is told everything, whether it asks or not. A frame for which the sink has no room is kept and
// offered again a millisecond later; nothing else is sent before it, and nothing is lost.
//
// Memory: that of the host (about 160 bytes a group, 16 to 33 for each source), and one frame.
//
// Control thread only.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/net_types.hpp"
#include "base/port_set.hpp"
#include "base/time.hpp"
#include "control/frame_sink.hpp"
#include "host/host.hpp"
#include "membership/filter_rules.hpp"
#include "membership/intervals.hpp"

namespace mcswitch::control {

class Proxy {
 public:
  static constexpr Duration kRetry = std::chrono::milliseconds{1};
  // Within this time a router that has become known is told everything: DESIGN allows two seconds.
  static constexpr Duration kReportAll = std::chrono::seconds{1};
  // Frames that one call of on_time() sends at most, so that none takes long.
  static constexpr std::size_t kFramesAtOnce = 16;

  struct Settings {
    VlanId vlan = 0;
    MacAddress source_mac;
    IpAddress address;  // source of the reports; may be 0.0.0.0 (RFC 9776 section 4.2.13)
    // Robustness Variable until a querier gives its own. The Older Version Querier Present Interval is
    // derived from these, as an older querier does not say its own (RFC 9776 section 8.12). Their version is
    // that of our queries: which one is spoken here, the queries that were heard decide (section 7.2.1).
    membership::Intervals intervals;
    std::uint64_t seed = 0;  // of the random delays: not the same in two switches
  };

  explicit Proxy(const Settings& settings);

  [[nodiscard]] VlanId vlan() const { return settings_.vlan; }

  // What the VLAN wants of `group` is now this; sources rising, none twice. INCLUDE of nothing: the last
  // member is gone. The report is due at once.
  void set(const IpAddress& group, membership::FilterMode mode, std::span<const IpAddress> sources,
           TimePoint now) {
    host_.set(group, mode, sources, now);
  }
  // A valid query was heard on a router port.
  void on_query(const host::Host::Query& query, TimePoint now) { host_.on_query(query, now); }

  // What is wanted of all groups is reported within kReportAll, and the rest of the messages that it takes,
  // if it takes several.
  void report_all(TimePoint now) {
    host_.on_query({.max_resp_time = kReportAll, .robustness_variable = host_.robustness_variable()}, now);
  }

  // When on_time() has something to do.
  [[nodiscard]] TimePoint next() const { return kept_.empty() ? host_.next() : retry_; }
  // Sends what is due; returns how many frames were sent. next() is not after `now` while there is more.
  std::size_t on_time(TimePoint now, FrameSink& sink, PortSet router_ports);

  // The version in which it reports now: 1, 2 or 3.
  [[nodiscard]] std::uint8_t version(TimePoint now) const { return host_.version(now); }
  // Groups of which something is wanted.
  [[nodiscard]] std::uint32_t group_count() const { return host_.group_count(); }

 private:
  std::size_t build(const host::HostMessage& message, std::span<std::uint8_t> frame) const;

  Settings settings_;
  std::unique_ptr<host::SeededDelay> delays_;  // stays where it is when the proxy is moved
  host::Host host_;
  std::vector<std::uint8_t> kept_;  // a frame for which there was no room
  TimePoint retry_ = kNever;
};

}  // namespace mcswitch::control
