// SPDX-License-Identifier: BSD-3-Clause
//
// Wire: what is between a port of the switch and those behind it. All hear what one of them sends, each but
// for what Faults takes from it. When the link is down nothing is heard, nor what was on its way.

#pragma once

#include <cstdint>
#include <vector>

#include "base/port_set.hpp"
#include "base/time.hpp"
#include "property/simulator/faults.hpp"
#include "property/simulator/message.hpp"
#include "property/simulator/world.hpp"

namespace mcswitch::test::sim {

class Wire;

// Who is at the end of a wire.
class Listener {
 public:
  Listener() = default;
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  virtual ~Listener() = default;

  virtual void hear(const MessagePtr& message, Wire& wire) = 0;
};

class Wire {
 public:
  struct Count {
    std::uint64_t messages = 0;
    std::uint64_t copies = 0;
  };

  // `late_copies`: the second of two comes behind what was sent meanwhile; else it follows the first.
  Wire(World& world, Faults& faults, PortId port, bool late_copies)
      : world_{world}, faults_{faults}, port_{port}, late_copies_{late_copies} {}
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  // Outlives the wire's last message.
  void attach(Listener& listener, Role role) { ends_.push_back({&listener, role}); }
  void set_link(bool is_up);

  void send(const MessagePtr& message, const Listener& sender);

  [[nodiscard]] PortId port() const { return port_; }
  [[nodiscard]] Faults& faults() { return faults_; }
  [[nodiscard]] const Count& count() const { return count_; }

 private:
  struct End {
    Listener* listener;
    Role role;
  };
  void put(const MessagePtr& message, const Listener& sender, TimePoint arrival, bool is_copy);
  void arrive(const MessagePtr& message, const Listener& sender, bool is_copy);

  World& world_;
  Faults& faults_;
  const PortId port_;
  const bool late_copies_;
  std::vector<End> ends_;
  bool is_up_ = false;
  unsigned link_changes_ = 0;
  TimePoint last_arrival_{};
  Count count_;
};

}  // namespace mcswitch::test::sim
