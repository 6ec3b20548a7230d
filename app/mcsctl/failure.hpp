// SPDX-License-Identifier: BSD-3-Clause
//
// Failure: mcsctl ends here, with these words on stderr and this exit code.

#pragma once

#include <stdexcept>
#include <string>

namespace mcswitch::mcsctl {

inline constexpr int kExitNoSwitch = 1;    // no running switch, or it does not answer
inline constexpr int kExitWrongUsage = 2;  // what was asked for does not exist

class Failure : public std::runtime_error {
 public:
  Failure(int exit_code, const std::string& text) : std::runtime_error{text}, exit_code_{exit_code} {}
  [[nodiscard]] int exit_code() const { return exit_code_; }

 private:
  int exit_code_;
};

}  // namespace mcswitch::mcsctl
