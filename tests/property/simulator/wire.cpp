// SPDX-License-Identifier: BSD-3-Clause

#include "property/simulator/wire.hpp"

#include <algorithm>
#include <chrono>
#include <string>

namespace mcswitch::test::sim {
namespace {

using namespace std::chrono_literals;

// Two messages of a port at one moment count as a nanosecond apart.
constexpr Duration kApart = 1us;

}  // namespace

void Wire::set_link(bool is_up) {
  is_up_ = is_up;
  ++link_changes_;
}

void Wire::send(const MessagePtr& message, const Listener& sender) {
  if (!is_up_) {
    return;
  }
  const TimePoint arrival = world_.now() + faults_.delay();
  put(message, sender, arrival, false);
  if (faults_.doubles()) {
    ++count_.copies;
    if (!late_copies_) {
      put(message, sender, arrival, true);
      return;
    }
    world_.at(arrival, [this, message, &sender, latest = world_.now() + Faults::kLongestDelay] {
      put(message, sender, latest, true);
    });
  }
}

void Wire::put(const MessagePtr& message, const Listener& sender, TimePoint arrival, bool is_copy) {
  ++count_.messages;
  last_arrival_ = std::max(arrival, last_arrival_ + kApart);
  world_.at(last_arrival_, [this, message, &sender, is_copy, changes = link_changes_] {
    if (changes == link_changes_) {
      arrive(message, sender, is_copy);
    }
  });
}

void Wire::arrive(const MessagePtr& message, const Listener& sender, bool is_copy) {
  std::string missed;
  std::vector<Listener*> listeners;
  for (std::size_t i = 0; i < ends_.size(); ++i) {
    const End& end = ends_[i];
    if (end.listener == &sender) {
      continue;
    }
    if (!is_copy && faults_.loses(*message, port_, end.role)) {
      missed += end.role == Role::ethernet_switch ? " the switch" : " " + std::to_string(i);
    } else {
      listeners.push_back(end.listener);
    }
  }
  world_.tell("wire " + std::to_string(port_) + (is_copy ? " again " : " ") + message->words() +
              (missed.empty() ? "" : ", lost to" + missed));
  for (Listener* const listener : listeners) {
    listener->hear(message, *this);
  }
}

}  // namespace mcswitch::test::sim
