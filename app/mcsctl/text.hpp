// SPDX-License-Identifier: BSD-3-Clause
//
// Quantities as people read them.

#pragma once

#include <cstdint>
#include <string>

namespace mcswitch::mcsctl {

// 0.4 s, 59.9 s, 4m 20s, 3h 05m, 2d 03h. Cut, not rounded, at the last place shown.
std::string duration_text(std::uint64_t milliseconds);

// 12.5 for 12'500'000: millions with one decimal, rounded down.
std::string millions_text(std::uint64_t count);

// 0.3 %; "-" if there is no whole.
std::string percent_text(std::uint64_t part, std::uint64_t whole);

// 10G, 2.5G, 100M.
std::string speed_text(std::uint64_t megabits);

// At most `length` characters; what is cut off is shown by "..." at its end.
std::string clipped(const std::string& text, std::size_t length);

}  // namespace mcswitch::mcsctl
