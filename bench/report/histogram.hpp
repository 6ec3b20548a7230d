// SPDX-License-Identifier: BSD-3-Clause
//
// Histogram of durations, with a fixed relative error: 64 buckets for each power of two, so that a value is
// known to 1/64 of itself; below 64 exactly. record() is a few instructions and allocates nothing; 30 KB.
//
// Threads: one records; others read when it has stopped.

#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

namespace mcswitch::bench {

class Histogram {
 public:
  void record(std::uint64_t value) {
    ++counts_[bucket_of(value)];
    ++count_;
    maximum_ = value > maximum_ ? value : maximum_;
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }
  // Exact; 0 of nothing.
  [[nodiscard]] std::uint64_t maximum() const { return maximum_; }

  // The smallest value that at least `share` (above 0, at most 1) of all are not above; not less than the
  // true one, and at most 1/64 more. 0 of nothing.
  [[nodiscard]] std::uint64_t percentile(double share) const {
    const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
    std::uint64_t sum = 0;
    for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
      sum += counts_[bucket];
      if (sum >= wanted && sum != 0) {
        const std::uint64_t top = last_of(bucket);
        return top < maximum_ ? top : maximum_;
      }
    }
    return maximum_;
  }

  void clear() { *this = Histogram{}; }

 private:
  static constexpr unsigned kBits = 6;
  static constexpr std::uint64_t kPerPower = 1U << kBits;
  static constexpr std::size_t kBuckets = (64 - kBits + 1) * kPerPower;

  // Values below 64 have a bucket each; a larger one is known by its 7 highest bits.
  static std::size_t bucket_of(std::uint64_t value) {
    if (value < kPerPower) {
      return value;
    }
    const unsigned shift = 63 - static_cast<unsigned>(std::countl_zero(value)) - kBits;
    return shift * kPerPower + (value >> shift);
  }
  // The largest value in a bucket.
  static std::uint64_t last_of(std::size_t bucket) {
    if (bucket < 2 * kPerPower) {
      return bucket;
    }
    const std::size_t shift = bucket / kPerPower - 1;
    return ((bucket % kPerPower + kPerPower + 1) << shift) - 1;
  }

  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t maximum_ = 0;
};

}  // namespace mcswitch::bench
