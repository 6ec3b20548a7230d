// SPDX-License-Identifier: BSD-3-Clause
//
// Bounded ring from one thread to one other.
//
// Written here, and not taken from rte_ring, because both ends belong to code that is compiled
// without DPDK and runs under ThreadSanitizer.
//
// Threads
//   producer  one thread: push()
//   consumer  one thread: pop(), empty()
//   Neither call blocks or allocates; push() on a full ring fails and changes nothing.

#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <memory>

namespace mcswitch {

template <typename T>
class SpscRing {
 public:
  // Room for `capacity` items, rounded up to a power of two; all memory is taken here.
  explicit SpscRing(std::size_t capacity)
      : mask_{std::bit_ceil(capacity < 2 ? std::size_t{2} : capacity) - 1},
        items_{std::make_unique<T[]>(mask_ + 1)} {}

  // False when full.
  bool push(const T& item) noexcept {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_cache_ > mask_) {
      // Pairs with the release store of head_ in pop(): the slot that is reused has been read.
      head_cache_ = head_.load(std::memory_order_acquire);
      if (tail - head_cache_ > mask_) {
        return false;
      }
    }
    items_[tail & mask_] = item;
    // Pairs with the acquire load of tail_ in pop() and empty().
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }

  // Pushes `count` items, at most capacity(), which fill(index, item) writes, so that a consumer sees all of
  // them or none. False, and nothing was written, when there is no room for all.
  template <typename Fill>
  bool push_all(std::size_t count, Fill&& fill) noexcept {
    if (!has_room(count)) {
      return false;
    }
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    for (std::size_t i = 0; i < count; ++i) {
      fill(i, items_[(tail + i) & mask_]);
    }
    // Pairs with the acquire load of tail_ in pop() and empty().
    tail_.store(tail + count, std::memory_order_release);
    return true;
  }

  // Producer: is there room for `count` more?
  bool has_room(std::size_t count) noexcept {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_cache_ + count > mask_ + 1) {
      // Pairs with the release store of head_ in pop(): the slots that are reused have been read.
      head_cache_ = head_.load(std::memory_order_acquire);
    }
    return tail - head_cache_ + count <= mask_ + 1;
  }

  // False when empty.
  bool pop(T& item) noexcept {
    const std::size_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_cache_) {
      // Pairs with the release store of tail_ in push().
      tail_cache_ = tail_.load(std::memory_order_acquire);
      if (head == tail_cache_) {
        return false;
      }
    }
    item = items_[head & mask_];
    // Pairs with the acquire load of head_ in push().
    head_.store(head + 1, std::memory_order_release);
    return true;
  }

  [[nodiscard]] bool empty() const noexcept {
    return head_.load(std::memory_order_relaxed) == tail_.load(std::memory_order_acquire);
  }
  [[nodiscard]] std::size_t capacity() const noexcept { return mask_ + 1; }

 private:
  const std::size_t mask_;
  const std::unique_ptr<T[]> items_;
  alignas(64) std::atomic<std::size_t> tail_{0};  // producer writes, consumer reads
  std::size_t head_cache_ = 0;                    // producer only
  alignas(64) std::atomic<std::size_t> head_{0};  // consumer writes, producer reads
  std::size_t tail_cache_ = 0;                    // consumer only
};

}  // namespace mcswitch
