// SPDX-License-Identifier: BSD-3-Clause
//
// What the reader of a configuration has to say about it, each with its place in the file.
//
// Threads: values and pure functions; one thread at a time.

#pragma once

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace mcswitch::config {

// Line and column, both from 1; the column counts characters, not bytes. 1:1 also stands for the file
// as a whole: for what is missing from it.
struct Position {
  int line = 1;
  int column = 1;
  friend auto operator<=>(const Position&, const Position&) = default;
};

// One line of text, without control characters: what is wrong, and what would be right.
struct Finding {
  int line = 1;
  int column = 1;
  std::string message;
};

// Places in the file of settings that only the machine can judge; 1:1 for those that the file does not have.
struct Places {
  Position main_core;
  std::vector<Position> worker_cores;  // as Switch::worker_cores; empty if those are the default

  [[nodiscard]] Position worker_core(std::size_t index) const {
    return index < worker_cores.size() ? worker_cores[index] : Position{};
  }
};

struct Findings {
  std::vector<Finding> errors;    // the configuration cannot be used
  std::vector<Finding> warnings;  // it can, but probably not as its author meant
  std::vector<Finding> notices;   // it can, and the author should know a limit of this version

  void error(Position at, std::string message);
  void warning(Position at, std::string message);
  void notice(Position at, std::string message);

  // Each list in order of position; findings at one place keep their order.
  void sort();
};

// `text` in double quotes on one line: control characters escaped, a long text cut. For messages that
// repeat what a file said.
std::string in_quotes(std::string_view text);

// Seconds with as many decimals as needed: 31.25, 0.3, 270.
std::string seconds_text(Duration time);

// The one of `known` with the smallest edit distance to `word`, if so close that a slip of the pen is
// likely; else the empty string. Upper case and `_` for `-` count as nothing.
std::string_view likely_meant(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace mcswitch::config
