// SPDX-License-Identifier: BSD-3-Clause
//
// Engine: the real switch without devices and threads: the tables, one worker's Forwarder with its ring
// and counters, and the control core. The test moves its clock, and the core runs at every moment at which it
// has asked for it, so what is due happens at the very nanosecond.
//
// All ports are without link until link() says otherwise.

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/counters.hpp"
#include "base/spsc_ring.hpp"
#include "config/config.hpp"
#include "control/control_core.hpp"
#include "forwarding/forwarder.hpp"
#include "support/manual_clock.hpp"
#include "support/packet_builder.hpp"
#include "support/simple_grace_period.hpp"
#include "support/switch_view.hpp"
#include "table/worker_message.hpp"

namespace mcswitch::test {

// A frame of the control thread as it was given to the sink.
struct SentFrame {
  TimePoint at;
  PortSet ports;
  VlanId vlan = 0;
  Bytes bytes;
};

// Reads a query out of it, byte by byte. Throws std::runtime_error if it is not a query as RFC 2236 and RFC
// 9776 want it on the wire: from kSwitchMac, to the group's MAC and IP address, TTL 1, Router Alert, right
// checksums, padded to 60 bytes and no longer than that or its sources.
SentQuery read_query(const SentFrame& frame);

class Engine {
 public:
  explicit Engine(const config::Config& config);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  void link(PortId port, bool up);

  // The ports that the frame leaves by. What it means for the control thread has been done on return.
  PortSet receive(PortId port, std::span<const std::uint8_t> frame);
  // How the last one of these has to be tagged.
  [[nodiscard]] const forwarding::FrameNote& note() const { return note_; }
  // Frames that one poll of the device gave.
  std::vector<PortSet> receive_burst(PortId port, std::span<const Bytes> frames);

  void advance(Duration by);
  [[nodiscard]] TimePoint now() const { return clock_.now(); }
  // The next moment at which the core has something to do by itself.
  [[nodiscard]] TimePoint next() const { return wake_; }

  // Everything the control thread has sent since the last clear_sent().
  [[nodiscard]] const std::vector<SentFrame>& sent() const { return sink_.frames; }
  void clear_sent() { sink_.frames.clear(); }
  // Solicitations of multicast routers (RFC 4286 section 4), which are not among those.
  [[nodiscard]] const std::vector<SentFrame>& solicitations() const { return sink_.solicitations; }

  [[nodiscard]] SwitchView view() const;
  [[nodiscard]] PortSet members(VlanId vlan, Ipv4Address group) const {
    return groups_.find_v4(vlan, group).ports;
  }
  // When the membership ends if no host reports.
  [[nodiscard]] TimePoint ends(VlanId vlan, Ipv4Address group, PortId port) const;
  // Groups, requested sources and excluded sources, of all ports together and of one.
  [[nodiscard]] std::uint32_t group_count() const { return groups_.group_count(); }
  [[nodiscard]] std::uint32_t membership_count(PortId port) const { return groups_.membership_count(port); }

  [[nodiscard]] const PortCounters& counters(PortId port) const { return counters_[port]; }
  [[nodiscard]] const control::ControlCounters& control_counters() const { return core_.counters(); }
  [[nodiscard]] const std::vector<std::string>& log() const { return log_; }

 private:
  struct Sink final : control::FrameSink {
    explicit Sink(const ManualClock& c) : clock{c} {}
    bool send(PortSet ports, VlanId vlan, std::span<const std::uint8_t> frame) override;
    const ManualClock& clock;
    std::vector<SentFrame> frames;
    std::vector<SentFrame> solicitations;
  };

  void take_messages();
  [[nodiscard]] std::vector<MembershipView> memberships() const;
  // When the timer of a membership ends, as telemetry says it.
  [[nodiscard]] TimePoint ends(table::EntryId id, PortId port) const;
  // Runs the core until it has nothing to do now, and all readers of the tables have moved on.
  void settle();

  ManualClock clock_;
  table::Tables tables_;
  table::GroupControl& groups_ = tables_.groups;
  SpscRing<table::WorkerMessage> messages_{1024};
  std::array<PortCounters, kMaxPorts> counters_;
  forwarding::Forwarder forwarder_;
  forwarding::FrameNote note_;
  Sink sink_{clock_};
  SimpleGracePeriod grace_;
  std::vector<std::string> log_;
  control::ControlCore core_;
  TimePoint wake_;
};

}  // namespace mcswitch::test
