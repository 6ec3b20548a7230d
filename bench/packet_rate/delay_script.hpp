// SPDX-License-Identifier: BSD-3-Clause
//
// A member port that joins, or leaves, group after group, and notes how long it takes until the stream
// begins, or ends, there. All of it happens in the port's receive and transmit functions, so the clock is
// read where a frame arrives and where it leaves, and nothing else runs next to the worker.
//
//     JoinScript join{rig.port(1), {.rounds = 100}, stop};
//     stream.choose_by(join.group());     the stream is always of the group in question
//
// Rounds: group n, from 0 on. The message is given, the delay is measured, and after a pause (with a random
// part, so that nothing keeps step with the worker's turns) comes the next. After the last one, or when a
// round has not come to its end within `give_up`, `stop` is set.
//
// Threads: the worker that polls the port and sends on it; main makes it and reads, while no worker runs.

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

#include "base/time.hpp"
#include "packet_rate/bench_port.hpp"
#include "packet_rate/paced.hpp"

namespace mcswitch::bench {

struct DelayOptions {
  std::uint32_t rounds = 100;
  Duration pause = std::chrono::microseconds{50};
  Duration give_up = std::chrono::seconds{10};
};

class DelayScript {
 public:
  DelayScript(const DelayScript&) = delete;
  DelayScript& operator=(const DelayScript&) = delete;

  // Number of the group that the current round is about; below `rounds` also after the last one.
  [[nodiscard]] const std::uint64_t* group() const { return &group_; }
  // Of the rounds that came to an end, in nanoseconds.
  [[nodiscard]] std::vector<double> delays_ns() const;
  [[nodiscard]] bool has_given_up() const { return has_given_up_; }

 protected:
  DelayScript(BenchPort& port, std::vector<Template> messages, const DelayOptions& options,
              std::atomic<bool>& stop);
  ~DelayScript() = default;

  // True if the next message is to be given now.
  [[nodiscard]] bool is_time(std::uint64_t now);
  std::uint16_t give_message(rte_mbuf** mbufs);
  // A frame of the group in question.
  [[nodiscard]] bool is_of_group(const rte_mbuf* m) const;
  void end_round(std::uint64_t delay, std::uint64_t now);

  bool is_waiting_ = false;  // the message has been given
  std::uint64_t asked_ = 0;  // when; ticks, like all times here

 private:
  rte_mempool* const pool_;
  const std::vector<Template> messages_;
  const std::uint64_t pause_;
  const std::uint64_t give_up_;
  std::atomic<bool>& stop_;
  std::uint64_t group_ = 0;
  std::uint64_t next_ = 0;
  std::uint32_t random_ = 17;
  bool is_over_ = false;
  bool has_given_up_ = false;
  std::vector<std::uint64_t> delays_;
};

// From the report's arrival to the first frame of the group.
class JoinScript final : public DelayScript {
 public:
  JoinScript(BenchPort& port, const DelayOptions& options, std::atomic<bool>& stop);

 private:
  static std::uint16_t receive(void* self, rte_mbuf** mbufs, std::uint16_t wanted);
  static std::uint16_t transmit(void* self, rte_mbuf** mbufs, std::uint16_t count);
};

// From the leave's arrival to the last frame of the group: the one before kQuietFrames of the stream that are
// not sent here. The groups have been joined on the port before.
class LeaveScript final : public DelayScript {
 public:
  static constexpr std::uint64_t kQuietFrames = 500;

  LeaveScript(BenchPort& port, const DelayOptions& options, std::atomic<bool>& stop);
  // The stream; before the worker runs.
  void watch(const PacedSource& stream) { stream_ = &stream; }

 private:
  static std::uint16_t receive(void* self, rte_mbuf** mbufs, std::uint16_t wanted);
  static std::uint16_t transmit(void* self, rte_mbuf** mbufs, std::uint16_t count);

  const PacedSource* stream_ = nullptr;
  std::uint64_t last_ = 0;
  std::uint64_t given_at_last_ = 0;
};

}  // namespace mcswitch::bench
