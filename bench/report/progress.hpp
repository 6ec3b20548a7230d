// SPDX-License-Identifier: BSD-3-Clause
//
// What a long run says on stderr: one line that is written over where stderr is a terminal, and a line
// every ten seconds where it is not. One thread.

#pragma once

#include <chrono>
#include <string_view>

namespace mcswitch::bench {

class Progress {
 public:
  Progress();
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::string_view text);
  // Before anything else is written to the terminal.
  void clear();

 private:
  const bool is_terminal_;
  bool is_shown_ = false;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace mcswitch::bench
