// SPDX-License-Identifier: BSD-3-Clause
//
// SideBySide: the engine and the reference switch, given the same frames, links and clock steps. Each call
// says what the two did differently, in words; nothing said means nothing differed.
//
// After each frame the clock goes on by a microsecond: stamps of several messages in one frame are the next
// nanoseconds, and shall not reach into the next frame of another port. After a change of a link it goes on
// by two, because what is heard up to a microsecond behind the loss of a link counts as heard before it.

#pragma once

#include <memory>
#include <span>
#include <string>

#include "config/config.hpp"
#include "support/engine.hpp"
#include "support/reference_switch.hpp"
#include "support/traffic.hpp"

namespace mcswitch::test {

class SideBySide {
 public:
  explicit SideBySide(const config::Config& config);

  [[nodiscard]] std::string link(PortId port, bool up);
  // A port without link receives nothing: then this does nothing.
  [[nodiscard]] std::string receive(PortId port, std::span<const std::uint8_t> frame);
  [[nodiscard]] std::string advance(Duration by);
  // To the next moment at which something ends or is sent by itself, and `offset` beyond; not back.
  [[nodiscard]] std::string advance_to_next(Duration offset);
  // Any kind of step.
  [[nodiscard]] std::string take(const Step& step);
  // Memberships with their ends, router ports, queriers, held ports; frames against the sum of their fates.
  [[nodiscard]] std::string compare_views() const;

  [[nodiscard]] TimePoint start() const { return start_; }
  [[nodiscard]] TimePoint now() const { return engine_->now(); }
  [[nodiscard]] const Engine& engine() const { return *engine_; }
  [[nodiscard]] const ReferenceSwitch& reference() const { return reference_; }
  // What the last frame did in the reference.
  [[nodiscard]] const ReferenceSwitch::Decision& decision() const { return decision_; }

 private:
  std::string compare_sent();

  const std::size_t port_count_;
  PortSet up_;
  std::unique_ptr<Engine> engine_;
  TimePoint start_;
  ReferenceSwitch reference_;
  ReferenceSwitch::Decision decision_;
};

}  // namespace mcswitch::test
