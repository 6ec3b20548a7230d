// SPDX-License-Identifier: BSD-3-Clause
//
// The running switch as telemetry sees it.

#pragma once

#include <string>

#include "engine/switch.hpp"
#include "telemetry/sources.hpp"

namespace mcswitch::engine {

class TelemetrySources final : public telemetry::Sources, private telemetry::ReaderSections {
 public:
  // What the program says of itself (telemetry::Identity).
  struct Program {
    std::string version;
    std::string build;
  };
  TelemetrySources(Switch& the_switch, bool hugepages, Program program);

  [[nodiscard]] const config::Config& config() const override { return switch_.config(); }
  [[nodiscard]] telemetry::Identity identity() const override;
  [[nodiscard]] TimePoint now() const override { return switch_.clock().now(); }
  [[nodiscard]] const table::Tables& tables() const override { return switch_.tables(); }
  [[nodiscard]] telemetry::ReaderSections& reader_sections() const override {
    return const_cast<TelemetrySources&>(*this);
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
  const Program program_;
  const TimePoint started_;
};

}  // namespace mcswitch::engine
