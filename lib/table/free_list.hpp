// SPDX-License-Identifier: BSD-3-Clause
//
// Stack of free indices, shared by any number of threads (R. K. Treiber, "Systems Programming: Coping
// with Parallelism", IBM RJ 5118, 1986), with a tag next to the head so that an index that was taken and
// returned meanwhile is noticed.
//
// Threads: push(), pop() and count() from any thread at any time; none blocks or allocates.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace mcswitch::table {

// Links(index) is the link of an index: a number that is the list's while the index is free.
template <typename Links>
class BasicFreeList {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;

  // All of 0 to count - 1 are free; pop() gives the smallest first.
  BasicFreeList(std::uint32_t count, Links links) : link_{std::move(links)} {
    for (std::uint32_t i = 0; i < count; ++i) {
      link_(i).store(i + 1 < count ? i + 1 : kNone, std::memory_order_relaxed);
    }
    head_.store(count == 0 ? kNone : 0, std::memory_order_relaxed);
    count_.store(count, std::memory_order_relaxed);
  }

  // kNone if nothing is free.
  std::uint32_t pop() noexcept {
    // Pairs with the release compare-and-swap in push(): what the last owner wrote is seen.
    std::uint64_t head = head_.load(std::memory_order_acquire);
    while (index_of(head) != kNone) {
      const std::uint32_t next = link_(index_of(head)).load(std::memory_order_relaxed);
      if (head_.compare_exchange_weak(head, retag(head, next), std::memory_order_acq_rel,
                                      std::memory_order_acquire)) {
        count_.fetch_sub(1, std::memory_order_relaxed);
        return index_of(head);
      }
    }
    return kNone;
  }

  void push(std::uint32_t index) noexcept {
    std::uint64_t head = head_.load(std::memory_order_relaxed);
    do {
      link_(index).store(index_of(head), std::memory_order_relaxed);
      // Pairs with the acquire loads in pop().
    } while (!head_.compare_exchange_weak(head, retag(head, index), std::memory_order_release,
                                          std::memory_order_relaxed));
    count_.fetch_add(1, std::memory_order_relaxed);
  }

  // The link of a taken index belongs to the thread that took it: one number, for chaining. (A pop() that was
  // overtaken may still read it; its compare-and-swap then fails by the tag.)
  [[nodiscard]] std::uint32_t link(std::uint32_t index) const noexcept {
    return link_(index).load(std::memory_order_relaxed);
  }
  void set_link(std::uint32_t index, std::uint32_t link) noexcept {
    link_(index).store(link, std::memory_order_relaxed);
  }

  // A snapshot.
  [[nodiscard]] std::uint32_t count() const noexcept { return count_.load(std::memory_order_relaxed); }

 private:
  static constexpr std::uint32_t index_of(std::uint64_t head) { return static_cast<std::uint32_t>(head); }
  static constexpr std::uint64_t retag(std::uint64_t head, std::uint32_t index) {
    return ((head >> 32) + 1) << 32 | index;
  }

  Links link_;
  alignas(64) std::atomic<std::uint64_t> head_{0};
  alignas(64) std::atomic<std::uint32_t> count_{0};
};

// Links that stand for themselves.
class OwnLinks {
 public:
  explicit OwnLinks(std::uint32_t count) : links_{std::make_unique<std::atomic<std::uint32_t>[]>(count)} {}
  std::atomic<std::uint32_t>& operator()(std::uint32_t index) const { return links_[index]; }

 private:
  std::unique_ptr<std::atomic<std::uint32_t>[]> links_;
};

class FreeList : public BasicFreeList<OwnLinks> {
 public:
  explicit FreeList(std::uint32_t count) : BasicFreeList{count, OwnLinks{count}} {}
  static constexpr std::size_t memory_size(std::uint32_t count) { return count * sizeof(std::uint32_t); }
};

}  // namespace mcswitch::table
