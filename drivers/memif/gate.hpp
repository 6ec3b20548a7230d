// SPDX-License-Identifier: BSD-3-Clause
//
// Keeps one thread's work apart from many short visits of other threads. A visitor never waits: if the gate
// is shut, it skips the visit.
//
// Threads
//   visitor  one thread per Visitor at a time: enter(), leave()
//   keeper   one thread at a time: shut(), open()
//   any      add(), remove(); they wait while the gate is shut, and shut() while they run
//
// Between shut() and open() no visitor is inside, and what the keeper does there is seen by all later visits.

#pragma once

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

namespace mcswitch::drivers {

class Gate {
 public:
  // A cache line of its own, so that visitors do not disturb each other.
  class alignas(64) Visitor {
   private:
    friend class Gate;
    std::atomic<bool> is_inside_{false};
  };

  // The visitor stays where it is until it has been removed, and is outside both times.
  void add(Visitor& visitor) {
    const std::lock_guard lock{visitors_mutex_};
    visitors_.push_back(&visitor);
  }
  void remove(Visitor& visitor) {
    const std::lock_guard lock{visitors_mutex_};
    std::erase(visitors_, &visitor);
  }

  // False when the gate is shut; else leave() has to follow.
  bool enter(Visitor& visitor) noexcept {
    // Both sides write their own word and then read the other one's. In the single order of these four, at
    // least one of the two sees the other.
    visitor.is_inside_.store(true, std::memory_order_seq_cst);
    if (is_shut_.load(std::memory_order_seq_cst)) {
      leave(visitor);
      return false;
    }
    return true;
  }
  // Pairs with the load in shut(): the keeper sees what the visit did.
  void leave(Visitor& visitor) noexcept { visitor.is_inside_.store(false, std::memory_order_release); }

  // Returns when the last visitor has left: as long as the longest visit takes.
  void shut() {
    visitors_mutex_.lock();
    is_shut_.store(true, std::memory_order_seq_cst);
    for (const Visitor* visitor : visitors_) {
      while (visitor->is_inside_.load(std::memory_order_seq_cst)) {
        std::this_thread::yield();
      }
    }
  }
  // Pairs with the load in enter(): a visitor that finds the gate open sees what the keeper did.
  void open() noexcept {
    is_shut_.store(false, std::memory_order_seq_cst);
    visitors_mutex_.unlock();
  }

 private:
  std::atomic<bool> is_shut_{false};
  std::mutex visitors_mutex_;
  std::vector<Visitor*> visitors_;
};

}  // namespace mcswitch::drivers
