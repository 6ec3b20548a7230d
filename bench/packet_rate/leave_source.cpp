// SPDX-License-Identifier: BSD-3-Clause

#include "packet_rate/leave_source.hpp"

#include <rte_cycles.h>
#include <rte_mbuf.h>

#include <algorithm>

namespace mcswitch::bench {
namespace {

// A control thread that has done nothing for so long has nothing to do.
constexpr double kQuietSeconds = 0.02;

}  // namespace

LeaveSource::LeaveSource(Rig& rig, PortId port, std::span<const Template> leaves, double per_second,
                         std::uint32_t others, std::atomic<bool>& stop)
    : pool_{rig.port(port).pool()},
      groups_{rig.tables().groups},
      leaves_{leaves},
      per_tick_{per_second / ticks_per_second()},
      others_{others},
      stop_{stop} {
  rig.port(port).receive_by(receive, this);
}

double LeaveSource::nanoseconds() const {
  return static_cast<double>(changed_ - started_) * 1e9 / ticks_per_second();
}

std::uint16_t LeaveSource::receive(void* self, rte_mbuf** mbufs, std::uint16_t wanted) {
  return static_cast<LeaveSource*>(self)->give(mbufs, wanted);
}

std::uint16_t LeaveSource::give(rte_mbuf** mbufs, std::uint16_t wanted) {
  const std::uint64_t now = rte_rdtsc();
  if (started_ == 0) {
    started_ = now;
  }
  if (given_ == leaves_.size()) {
    look_at_table(now);
    return 0;
  }
  const auto due = static_cast<std::size_t>(
      std::min(static_cast<double>(now - started_) * per_tick_ + 1, static_cast<double>(leaves_.size())));
  const auto count = static_cast<std::uint16_t>(std::min<std::size_t>(wanted, due - given_));
  if (count == 0 || rte_pktmbuf_alloc_bulk(pool_, mbufs, count) != 0) {
    return 0;
  }
  for (std::uint16_t i = 0; i < count; ++i) {
    fill(mbufs[i], leaves_[given_++], kReportSize);
  }
  return count;
}

void LeaveSource::look_at_table(std::uint64_t now) {
  if (is_over_) {
    return;
  }
  const std::uint32_t count = groups_.group_count();
  if (count != count_ || changed_ == 0) {
    count_ = count;
    changed_ = now;
  }
  const bool is_quiet = static_cast<double>(now - changed_) > kQuietSeconds * ticks_per_second();
  if (count == others_ || is_quiet) {
    is_over_ = true;
    stop_.store(true, std::memory_order_release);
  }
}

}  // namespace mcswitch::bench
