// SPDX-License-Identifier: BSD-3-Clause
//
// The running switch as telemetry sees it.

#pragma once

#include "engine/switch.hpp"
#include "telemetry/switch_view.hpp"

namespace mcswitch::engine {

class TelemetryView final : public telemetry::SwitchView, private telemetry::ReaderSections {
 public:
  TelemetryView(Switch& the_switch, bool hugepages, telemetry::BuildInfo build);

  [[nodiscard]] const config::Config& config() const override { return switch_.config(); }
  [[nodiscard]] telemetry::BuildInfo build_info() const override { return build_; }
  [[nodiscard]] telemetry::ProcessStatus process_status() const override;
  [[nodiscard]] TimePoint now() const override { return switch_.clock().now(); }
  [[nodiscard]] const table::Tables& tables() const override { return switch_.tables(); }
  [[nodiscard]] telemetry::ReaderSections& reader_sections() const override {
    return const_cast<TelemetryView&>(*this);
  }
  [[nodiscard]] std::shared_ptr<const control::Snapshot> control() const override;
  [[nodiscard]] const control::ControlCounters& control_counters() const override {
    return switch_.core().counters();
  }
  [[nodiscard]] const table::HostTable* hosts() const override { return switch_.core().hosts(); }
  [[nodiscard]] telemetry::ControlStatus control_status() const override;
  [[nodiscard]] telemetry::PortStatus port_status(PortId port) const override;
  [[nodiscard]] telemetry::PortTotals port_totals(PortId port) const override;
  [[nodiscard]] std::vector<telemetry::WorkerStatus> workers() const override;

 private:
  bool enter(unsigned& slot) override { return switch_.quiescence().enter(slot); }
  void leave(unsigned slot) override { switch_.quiescence().leave(slot); }

  Switch& switch_;
  const bool hugepages_;
  const telemetry::BuildInfo build_;
  const TimePoint started_;
};

}  // namespace mcswitch::engine
