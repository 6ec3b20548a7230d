// SPDX-License-Identifier: BSD-3-Clause
//
// All counters of a port in one list: the order of /mcswitch/counters, and the texts that mcsctl shows.
// Behind them come the control thread's (control/control_counters.hpp).
//
// Threads: constants.

#pragma once

#include <array>
#include <cstddef>
#include <iterator>

#include "base/counters.hpp"
#include "proto/parse_error.hpp"

namespace mcswitch::telemetry {

inline constexpr CounterName kTotalNames[] = {
    {"rx_packets", "frames received"},
    {"rx_bytes", "bytes received"},
    {"tx_packets", "frames sent"},
    {"tx_bytes", "bytes sent"},
};

inline constexpr std::size_t kCounterCount = std::size(kTotalNames) + std::size(kFrameFateNames) +
                                             std::size(kPortEventNames) + std::size(kTxDropNames) +
                                             std::size(proto::kParseErrorNames);

// Totals, fates of frames, events, transmit drops, parse errors.
constexpr std::array<CounterName, kCounterCount> all_counter_names() {
  std::array<CounterName, kCounterCount> names;
  std::size_t count = 0;
  const auto append = [&](const auto& list) {
    for (const auto& row : list) {
      names[count++] = {row.name, row.text};
    }
  };
  append(kTotalNames);
  append(kFrameFateNames);
  append(kPortEventNames);
  append(kTxDropNames);
  append(proto::kParseErrorNames);
  return names;
}

inline constexpr std::array<CounterName, kCounterCount> kCounterNames = all_counter_names();

}  // namespace mcswitch::telemetry
