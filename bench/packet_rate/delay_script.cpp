// SPDX-License-Identifier: BSD-3-Clause

#include "packet_rate/delay_script.hpp"

#include <rte_cycles.h>
#include <rte_mbuf.h>

#include <cstring>

#include "packet_rate/frames.hpp"

namespace mcswitch::bench {
namespace {

constexpr std::size_t kDestination = 30;  // of the IPv4 address in a frame

std::uint64_t ticks_of(Duration time) {
  return static_cast<std::uint64_t>(static_cast<double>(time.count()) * 1e-9 *
                                    static_cast<double>(rte_get_tsc_hz()));
}

}  // namespace

DelayScript::DelayScript(BenchPort& port, std::vector<Template> messages, const DelayOptions& options,
                         std::atomic<bool>& stop)
    : pool_{port.pool()},
      messages_{std::move(messages)},
      pause_{ticks_of(options.pause)},
      give_up_{ticks_of(options.give_up)},
      stop_{stop} {
  delays_.reserve(messages_.size());
}

std::vector<double> DelayScript::delays_ns() const {
  std::vector<double> out;
  out.reserve(delays_.size());
  for (const std::uint64_t delay : delays_) {
    out.push_back(static_cast<double>(delay) * 1e9 / static_cast<double>(rte_get_tsc_hz()));
  }
  return out;
}

bool DelayScript::is_time(std::uint64_t now) {
  if (next_ == 0) {
    next_ = now + 10 * pause_;  // the stream comes first
  }
  if (is_waiting_ && !is_over_ && now - asked_ > give_up_) {
    is_over_ = has_given_up_ = true;
    stop_.store(true, std::memory_order_release);
  }
  return !is_waiting_ && !is_over_ && now >= next_;
}

std::uint16_t DelayScript::give_message(rte_mbuf** mbufs) {
  if (rte_pktmbuf_alloc_bulk(pool_, mbufs, 1) != 0) {
    return 0;
  }
  fill(mbufs[0], messages_[group_], kReportSize);
  is_waiting_ = true;
  asked_ = rte_rdtsc();
  return 1;
}

bool DelayScript::is_of_group(const rte_mbuf* m) const {
  const Ipv4Address group = group_address(static_cast<std::uint32_t>(group_));
  std::uint32_t destination = 0;
  std::memcpy(&destination, rte_pktmbuf_mtod(m, const std::uint8_t*) + kDestination, sizeof(destination));
  return __builtin_bswap32(destination) == group.bits;
}

void DelayScript::end_round(std::uint64_t delay, std::uint64_t now) {
  delays_.push_back(delay);
  is_waiting_ = false;
  random_ = random_ * 1664525 + 1013904223;
  next_ = now + pause_ + pause_ * (random_ >> 16) / 65536;
  if (group_ + 1 == messages_.size()) {
    is_over_ = true;
    stop_.store(true, std::memory_order_release);
  } else {
    ++group_;
  }
}

JoinScript::JoinScript(BenchPort& port, const DelayOptions& options, std::atomic<bool>& stop)
    : DelayScript{port, report_frames(options.rounds), options, stop} {
  port.receive_by(receive, this);
  port.send_by(transmit, this);
}

std::uint16_t JoinScript::receive(void* self, rte_mbuf** mbufs, std::uint16_t /*wanted*/) {
  auto& script = *static_cast<JoinScript*>(self);
  return script.is_time(rte_rdtsc()) ? script.give_message(mbufs) : std::uint16_t{0};
}

std::uint16_t JoinScript::transmit(void* self, rte_mbuf** mbufs, std::uint16_t count) {
  auto& script = *static_cast<JoinScript*>(self);
  const std::uint64_t now = rte_rdtsc();
  for (std::uint16_t i = 0; i < count && script.is_waiting_; ++i) {
    if (script.is_of_group(mbufs[i])) {
      script.end_round(now - script.asked_, now);
    }
  }
  rte_pktmbuf_free_bulk(mbufs, count);
  return count;
}

LeaveScript::LeaveScript(BenchPort& port, const DelayOptions& options, std::atomic<bool>& stop)
    : DelayScript{port, leave_frames(options.rounds), options, stop} {
  port.receive_by(receive, this);
  port.send_by(transmit, this);
}

std::uint16_t LeaveScript::receive(void* self, rte_mbuf** mbufs, std::uint16_t /*wanted*/) {
  auto& script = *static_cast<LeaveScript*>(self);
  const std::uint64_t now = rte_rdtsc();
  if (script.is_waiting_ && script.stream_->given() - script.given_at_last_ > kQuietFrames) {
    script.end_round(script.last_ - script.asked_, now);
  }
  if (!script.is_time(now)) {
    return 0;
  }
  script.given_at_last_ = script.stream_->given();
  const std::uint16_t count = script.give_message(mbufs);
  script.last_ = script.asked_;
  return count;
}

std::uint16_t LeaveScript::transmit(void* self, rte_mbuf** mbufs, std::uint16_t count) {
  auto& script = *static_cast<LeaveScript*>(self);
  const std::uint64_t now = rte_rdtsc();
  for (std::uint16_t i = 0; i < count && script.is_waiting_; ++i) {
    if (script.is_of_group(mbufs[i])) {
      script.last_ = now;
      script.given_at_last_ = script.stream_->given();
    }
  }
  rte_pktmbuf_free_bulk(mbufs, count);
  return count;
}

}  // namespace mcswitch::bench
