// SPDX-License-Identifier: BSD-3-Clause

#include "packet_rate/paced.hpp"

#include <rte_cycles.h>
#include <rte_mbuf.h>

#include <algorithm>

#include "packet_rate/stamp.hpp"

namespace mcswitch::bench {

PacedSource::PacedSource(BenchPort& port, std::span<const Template> templates, std::uint16_t size,
                         double per_second, std::uint64_t frames, bool stamps)
    : pool_{port.pool()},
      templates_{templates.data()},
      template_count_{templates.size()},
      step_{static_cast<std::uint64_t>(ticks_per_second() * (1U << kFraction) / per_second)},
      frames_{frames},
      size_{size},
      stamps_{stamps} {
  port.receive_by(receive, this);
}

double PacedSource::nanoseconds() const {
  return static_cast<double>(ended_ - started_) * 1e9 / ticks_per_second();
}

std::uint16_t PacedSource::receive(void* self, rte_mbuf** mbufs, std::uint16_t wanted) {
  return static_cast<PacedSource*>(self)->give(mbufs, wanted);
}

std::uint16_t PacedSource::give(rte_mbuf** mbufs, std::uint16_t wanted) {
  const std::uint64_t now = rte_rdtsc();
  if (started_ == 0) {
    started_ = now;
  }
  if (given_ == frames_) {
    if (ended_ == 0) {
      ended_ = now;
      if (then_set_ != nullptr) {
        then_set_->store(true, std::memory_order_release);
      }
    }
    return 0;
  }
  const std::uint64_t time = (now - started_) << kFraction;
  if (due_ > time || (stop_when_ != nullptr && stop_when_->load(std::memory_order_relaxed))) {
    return 0;
  }
  std::uint64_t count = step_ == 0 ? wanted : (time - due_) / step_ + 1;
  count = std::min({count, std::uint64_t{wanted}, frames_ - given_});
  if (rte_pktmbuf_alloc_bulk(pool_, mbufs, static_cast<unsigned>(count)) != 0) {
    return 0;
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    fill(mbufs[i], templates_[chosen_ != nullptr ? *chosen_ : next_], size_);
    next_ = next_ + 1 < template_count_ ? next_ + 1 : 0;
    if (stamps_) {
      write_stamp(rte_pktmbuf_mtod(mbufs[i], std::uint8_t*),
                  {.at = started_ + (due_ >> kFraction), .number = given_});
    }
    due_ += step_;
    ++given_;
  }
  return static_cast<std::uint16_t>(count);
}

}  // namespace mcswitch::bench
