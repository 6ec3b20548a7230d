// SPDX-License-Identifier: BSD-3-Clause
//
// The tests: each runs on the interfaces of the context, adds its rows to the report and says in a note what
// a reader has to know of them. False: there was nothing to measure, and a note says why.

#pragma once

#include <span>
#include <string_view>

#include "interfaces/verify.hpp"

namespace mcswitch::bench::interfaces {

struct TestEntry {
  std::string_view name;
  std::string_view section;  // of RFC 3918; empty: not in it
  std::string_view about;
  bool (*run)(Context&);
};

std::span<const TestEntry> tests();

bool run_join_delay(Context& context);   // delays.cpp
bool run_leave_delay(Context& context);  // delays.cpp
bool run_latency(Context& context);      // latency.cpp
bool run_throughput(Context& context);   // throughput.cpp
bool run_joins(Context& context);        // rates.cpp
bool run_leaves(Context& context);       // rates.cpp
bool run_capacity(Context& context);     // capacity.cpp

// Says what the switch does with a group without members and with one that every receiver has joined.
void look_at_switch(Context& context);

}  // namespace mcswitch::bench::interfaces
