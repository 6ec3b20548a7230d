// SPDX-License-Identifier: BSD-3-Clause
//
// Grace periods for tests without threads: one passes when the test says so.

#pragma once

#include "table/reclamation.hpp"

namespace mcswitch::test {

class SimpleGracePeriod final : public table::GracePeriod {
 public:
  std::uint64_t begin() override { return ++begun_; }
  bool has_passed(std::uint64_t token) override { return token <= passed_; }

  // All readers have moved on.
  void pass() { passed_ = begun_; }
  // From now on each grace period passes at once.
  void pass_always() { passed_ = ~std::uint64_t{0}; }
  [[nodiscard]] std::uint64_t begun() const { return begun_; }

 private:
  std::uint64_t begun_ = 0;
  std::uint64_t passed_ = 0;
};

}  // namespace mcswitch::test
