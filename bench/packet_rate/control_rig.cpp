// SPDX-License-Identifier: BSD-3-Clause

#include "packet_rate/control_rig.hpp"

#include <fmt/format.h>

#include "dataplane/port_family.hpp"

namespace mcswitch::bench {
namespace {

constexpr MacAddress kSwitchMac{0x02'aa'00'00'00'00};

// A port whose link is up: all that the control thread asks of one.
class LinkedPort final : public dataplane::Port {
 public:
  explicit LinkedPort(const config::Port& settings) : Port{kFamily, settings} {}
  Problem check() override { return {}; }
  [[nodiscard]] dataplane::PortLimits limits() const override { return {}; }
  Problem open() override { return {}; }
  [[nodiscard]] dataplane::PortCapabilities capabilities() const override { return {}; }
  Problem start(const dataplane::StartRequest& /*request*/) override { return {}; }
  [[nodiscard]] dataplane::PortQueues queues() const override { return {}; }
  void stop() override {}
  [[nodiscard]] std::uint16_t ethdev() const override { return 0; }
  [[nodiscard]] MacAddress mac() const override { return kSwitchMac; }
  bool poll_link() override { return true; }
  [[nodiscard]] std::uint32_t link_speed() const override { return 0; }

 private:
  static constexpr dataplane::PortFamily kFamily{.name = "bench"};
};

config::Config config_of(const Rig& rig, const ControlOptions& options) {
  config::Config config;
  for (std::size_t n = 0; n < rig.port_count(); ++n) {
    config::Port port;
    port.name = fmt::format("p{}", n);
    port.vlan = Rig::kVlan;
    port.fast_leave = options.fast_leave.contains(static_cast<PortId>(n));
    config.ports.push_back(port);
  }
  config.snooping.unregistered = config::Unregistered::drop;
  config.igmp.querier = true;
  config.igmp.querier_address = Ipv4Address::of(10, 0, 0, 1);
  config.igmp.intervals.version = options.version;
  config.igmp.intervals.last_member_query_interval = options.last_member_query_interval;
  return config;
}

}  // namespace

ControlRig::ControlRig(Rig& rig, const ControlOptions& options)
    : config_{config_of(rig, options)}, sink_{rig.workers()} {
  last_member_query_time_ = config_.igmp.intervals.last_member_query_time();
  for (const config::Port& port : config_.ports) {
    ports_.push_back(std::make_unique<LinkedPort>(port));
  }
  control::PortMacs port_macs;
  for (std::size_t n = 0; n < rig.port_count(); ++n) {
    port_macs[n] = Rig::mac_of(static_cast<PortId>(n));
  }
  core_ = std::make_unique<control::ControlCore>(
      config_, kSwitchMac, rig.tables(),
      control::ControlCore::Environment{
          .sink = sink_, .grace_period = rig.quiescence(), .port_macs = port_macs},
      [](control::LogLevel, const std::string&) {});
  thread_ =
      std::make_unique<engine::ControlThread>(engine::ControlThread::Parts{.core = *core_,
                                                                           .workers = rig.workers(),
                                                                           .ports = ports_,
                                                                           .link_up = rig.tables().link_up,
                                                                           .clock = rig.clock(),
                                                                           .stats = stats_,
                                                                           .log = [](auto&&...) {}});
  const TimePoint now = rig.clock().now();
  core_->start(now);
  // All links are up: the rig says so from the start on, the core has to be notified.
  rig.tables().link_up.store({});
  thread_->poll_links(now);
}

ControlRig::~ControlRig() = default;

}  // namespace mcswitch::bench
