// SPDX-License-Identifier: BSD-3-Clause
//
// A source that gives frames at a rate: what is due by the time-stamp counter, and nothing before it. A frame
// that is not taken when it is due waits, as it would in the queue of a card, however many do.
//
// Threads: the worker that polls the port calls receive(); main everything else, while it does not run.

#pragma once

#include <rte_mempool.h>

#include <atomic>
#include <cstdint>
#include <span>

#include "packet_rate/bench_port.hpp"

namespace mcswitch::bench {

class alignas(64) PacedSource {
 public:
  // From the moment of the first poll. `frames`: then no more. With `stamps` each frame says when it was
  // due, and its number (stamp.hpp).
  PacedSource(BenchPort& port, std::span<const Template> templates, std::uint16_t size, double per_second,
              std::uint64_t frames, bool stamps);
  PacedSource(const PacedSource&) = delete;
  PacedSource& operator=(const PacedSource&) = delete;

  // Not round robin but always the template of this number, which may change between polls.
  void choose_by(const std::uint64_t* number) { chosen_ = number; }
  // No more frames once it is set, by whichever thread.
  void stop_when(const std::atomic<bool>* flag) { stop_when_ = flag; }
  // Set at the poll behind the last frame.
  void then_set(std::atomic<bool>* flag) { then_set_ = flag; }

  [[nodiscard]] std::uint64_t given() const { return given_; }
  // Nanoseconds from the first poll to the one behind the last frame.
  [[nodiscard]] double nanoseconds() const;

 private:
  // A day of ticks fits, and a step of 100 ticks is exact to 10^-7.
  static constexpr unsigned kFraction = 16;

  static std::uint16_t receive(void* self, rte_mbuf** mbufs, std::uint16_t wanted);
  std::uint16_t give(rte_mbuf** mbufs, std::uint16_t wanted);

  rte_mempool* const pool_;
  const Template* const templates_;
  const std::uint64_t template_count_;
  const std::uint64_t step_;  // from one frame to the next, in 2^-kFraction ticks
  const std::uint64_t frames_;
  const std::uint16_t size_;
  const bool stamps_;
  const std::uint64_t* chosen_ = nullptr;
  const std::atomic<bool>* stop_when_ = nullptr;
  std::atomic<bool>* then_set_ = nullptr;
  std::uint64_t next_ = 0;  // template
  std::uint64_t due_ = 0;   // of the next frame, in 2^-kFraction ticks since the first poll
  std::uint64_t given_ = 0;
  std::uint64_t started_ = 0;
  std::uint64_t ended_ = 0;
};

// Unlimited.
inline constexpr std::uint64_t kEndless = UINT64_MAX;

}  // namespace mcswitch::bench
