// SPDX-License-Identifier: BSD-3-Clause

#include "dataplane/quiescence.hpp"

#include <bit>
#include <new>

namespace mcswitch::dataplane {

Quiescence::Quiescence() {
  constexpr unsigned kThreads = kMaxWorkers + kTelemetrySlots;
  const std::size_t size = rte_rcu_qsbr_get_memsize(kThreads);
  qsbr_.reset(
      static_cast<rte_rcu_qsbr*>(std::aligned_alloc(RTE_CACHE_LINE_SIZE, RTE_CACHE_LINE_ROUNDUP(size))));
  if (qsbr_ == nullptr) {
    throw std::bad_alloc{};
  }
  rte_rcu_qsbr_init(qsbr_.get(), kThreads);
  for (unsigned thread = 0; thread < kThreads; ++thread) {
    rte_rcu_qsbr_thread_register(qsbr_.get(), thread);
  }
}

bool Quiescence::enter(unsigned& slot) {
  std::uint32_t taken = taken_.load(std::memory_order_relaxed);
  do {
    const auto free = static_cast<unsigned>(std::countr_one(taken));
    if (free >= kTelemetrySlots) {
      return false;
    }
    slot = free;
    // Acquire: pairs with the release in leave(), so that a slot is not shared.
  } while (!taken_.compare_exchange_weak(taken, taken | 1U << slot, std::memory_order_acquire,
                                         std::memory_order_relaxed));
  rte_rcu_qsbr_thread_online(qsbr_.get(), kMaxWorkers + slot);
  return true;
}

void Quiescence::leave(unsigned slot) {
  rte_rcu_qsbr_thread_offline(qsbr_.get(), kMaxWorkers + slot);
  taken_.fetch_and(~(1U << slot), std::memory_order_release);
}

}  // namespace mcswitch::dataplane
