// SPDX-License-Identifier: BSD-3-Clause
//
// Grace periods made of a counter for each reader, for tests with threads.

#pragma once

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "table/reclamation.hpp"

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define MCSWITCH_SANITIZED 1
#else
#define MCSWITCH_SANITIZED 0
#endif

namespace mcswitch::test {

// A reader counts up when it holds nothing; odd: offline.
class ReaderGracePeriod final : public table::GracePeriod {
 public:
  static constexpr int kReaders = 3;

  // Reader: everything it had in hand is put down.
  void quiescent(int reader) { counts_[static_cast<std::size_t>(reader)].value.fetch_add(2); }
  void online(int reader) { counts_[static_cast<std::size_t>(reader)].value.fetch_add(1); }
  void offline(int reader) { counts_[static_cast<std::size_t>(reader)].value.fetch_add(1); }

  std::uint64_t begin() override {
    Seen& seen = seen_[++token_ % kTokens];
    for (std::size_t r = 0; r < kReaders; ++r) {
      // It writes, so that a reader that counts up afterwards sees what was taken out of reach before.
      seen[r] = counts_[r].value.fetch_add(0);
    }
    return token_;
  }
  // GroupTable has two under way at most: one of what was retired, one of the groups that are being closed; a
  // test of other blocks some more.
  bool has_passed(std::uint64_t token) override {
    EXPECT_LT(token_ - token, kTokens);
    const Seen& seen = seen_[token % kTokens];
    for (std::size_t r = 0; r < kReaders; ++r) {
      if (seen[r] % 2 == 0 && counts_[r].value.load() == seen[r]) {
        return false;
      }
    }
    return true;
  }

 private:
  struct alignas(64) Count {
    std::atomic<std::uint64_t> value{1};  // offline
  };
  std::array<Count, kReaders> counts_;
  // Control only: of the last tokens. One that has not passed stays among them: no later one passes before
  // it, and its owner begins none meanwhile.
  static constexpr std::uint64_t kTokens = 16;
  using Seen = std::array<std::uint64_t, kReaders>;
  std::array<Seen, kTokens> seen_{};
  std::uint64_t token_ = 0;
};

}  // namespace mcswitch::test
