// SPDX-License-Identifier: BSD-3-Clause
//
// What ends a run before its end.

#pragma once

#include <stdexcept>
#include <string>

namespace mcswitch::bench::interfaces {

constexpr int kExitNoNumbers = 1;  // a test found nothing to measure, and said why
constexpr int kExitUsage = 2;      // an interface or an option that cannot be
constexpr int kExitSystem = 3;     // not permitted, or refused by the kernel
constexpr int kExitInterrupted = 130;

// Wrong from the start: the message uses the words of the user, and says what would be right.
class Failure : public std::runtime_error {
 public:
  Failure(int exit_code, const std::string& words) : std::runtime_error{words}, exit_code_{exit_code} {}
  [[nodiscard]] int exit_code() const { return exit_code_; }

 private:
  int exit_code_;
};

// SIGINT or SIGTERM has come: what was measured so far stays.
class Interrupted : public std::exception {};

}  // namespace mcswitch::bench::interfaces
