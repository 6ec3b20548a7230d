// SPDX-License-Identifier: BSD-3-Clause
//
// The handlers, one a file (info.cpp, ports.cpp, ...), and what several of them need.
//
// Threads: any number of telemetry threads at once. A handler copies what it needs of a table inside
// reader sections of at most one page each, leaves, and formats then. It takes no lock and waits for no
// thread.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "telemetry/lists.hpp"
#include "telemetry/reply.hpp"
#include "telemetry/request.hpp"
#include "telemetry/switch_view.hpp"

namespace mcswitch::telemetry {

Reply show_info(const SwitchView& view, const Request& request);
// list_ports(), list_groups() and so on: one for each of lists.hpp.
#define X(noun, ...) Reply list_##noun(const SwitchView& view, const Request& request);
MCSWITCH_LISTS(X)
#undef X

// Slots that are looked at in one reader section: some 50 µs of a table that is nowhere cached.
inline constexpr std::size_t kSlotsPerSection = 512;

// Enters a reader section for `copy`, which returns nothing. False if there was no slot, after a few
// attempts; then `copy` has not been called.
template <typename Copy>
bool in_section(const SwitchView& view, Copy&& copy) {
  constexpr int kAttempts = 16;
  for (int i = 0; i < kAttempts; ++i) {
    const ReaderScope scope{view.reader_sections()};
    if (scope.entered()) {
      std::forward<Copy>(copy)();
      return true;
    }
    std::this_thread::yield();
  }
  return false;
}

Reply busy();

// Position of the port in the configuration.
std::optional<PortId> find_port(const config::Config& config, const std::string& name);
Reply no_such_port(const config::Config& config, const std::string& name);
const std::string& port_name(const config::Config& config, PortId port);

// Milliseconds from `now` to `end`, 0 if it has passed; rounded up, so that what still runs never
// shows 0.
std::uint64_t milliseconds_left(TimePoint now, TimePoint end);
// nullopt: `end` is kNever.
std::optional<std::uint64_t> milliseconds_left_of(TimePoint now, TimePoint end);

}  // namespace mcswitch::telemetry
