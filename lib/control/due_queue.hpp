// SPDX-License-Identifier: BSD-3-Clause
//
// DueQueue: which of a fixed number of things is due first? A binary heap that knows where each thing is in
// it, so that a new time for a thing is a few steps, and asking for the first is one.
//
// Control thread only. Allocates when made, never afterwards.

#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace mcswitch::control {

class DueQueue {
 public:
  // Things 0 to count - 1, all at kNever.
  explicit DueQueue(std::size_t count) : heap_(count), place_(count), due_(count, kNever) {
    for (std::size_t i = 0; i < count; ++i) {
      heap_[i] = place_[i] = static_cast<std::uint32_t>(i);
    }
  }

  // Octets that the constructor takes.
  static constexpr std::size_t memory_size(std::size_t count) {
    return count * (2 * sizeof(std::uint32_t) + sizeof(TimePoint));
  }

  // The thing that is due first; there must be one.
  [[nodiscard]] std::size_t first() const { return heap_.front(); }
  // When that is; kNever if there is nothing.
  [[nodiscard]] TimePoint next() const { return heap_.empty() ? kNever : due_[heap_.front()]; }
  [[nodiscard]] TimePoint due(std::size_t thing) const { return due_[thing]; }

  void set(std::size_t thing, TimePoint when) {
    const bool is_earlier = when < due_[thing];
    due_[thing] = when;
    is_earlier ? rise(place_[thing]) : sink(place_[thing]);
  }

 private:
  void swap(std::size_t a, std::size_t b) {
    std::swap(heap_[a], heap_[b]);
    place_[heap_[a]] = static_cast<std::uint32_t>(a);
    place_[heap_[b]] = static_cast<std::uint32_t>(b);
  }
  void rise(std::size_t at) {
    while (at > 0 && due_[heap_[at]] < due_[heap_[(at - 1) / 2]]) {
      swap(at, (at - 1) / 2);
      at = (at - 1) / 2;
    }
  }
  void sink(std::size_t at) {
    while (true) {
      std::size_t least = at;
      for (const std::size_t child : {2 * at + 1, 2 * at + 2}) {
        if (child < heap_.size() && due_[heap_[child]] < due_[heap_[least]]) {
          least = child;
        }
      }
      if (least == at) {
        return;
      }
      swap(at, least);
      at = least;
    }
  }

  std::vector<std::uint32_t> heap_;   // things, the first due on top
  std::vector<std::uint32_t> place_;  // of each thing in heap_
  std::vector<TimePoint> due_;        // of each thing
};

}  // namespace mcswitch::control
