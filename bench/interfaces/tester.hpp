// SPDX-License-Identifier: BSD-3-Clause
//
// Tester: a source, the receivers with their hosts, and what is going on between them. Everything is done by
// one thread in turn, so that the tester needs one core and a report and a frame of the stream leave in an
// order that is known; the kernel's time stamps make up for the thread being late to look.
//
// While a test waits (wait_for(), wait_until()), the stream goes out at its rate, hosts answer queries,
// queries are sent if the tester is the querier, and each frame of the stream that comes in is given to the
// listener.
//
// Any call may throw Interrupted, or Failure when an interface goes away.

#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "interfaces/arrival.hpp"
#include "interfaces/clock.hpp"
#include "interfaces/frames.hpp"
#include "interfaces/options.hpp"
#include "interfaces/packet_socket.hpp"
#include "interfaces/segment.hpp"

namespace mcswitch::bench::interfaces {

struct Stream {
  static constexpr std::uint64_t kEndless = UINT64_MAX;
  std::vector<Ipv4Address> groups;  // in turn; at least one
  double rate = 0;                  // frames a second; 0: as fast as possible
  std::uint64_t frames = kEndless;  // how many
  std::size_t batch = 1;            // in one system call, when several are due; up to kLargestBatch
  std::size_t size = kSmallestFrame;
};

class Tester {
 public:
  using Listener = std::function<void(const Arrival&)>;

  explicit Tester(const Options& options);

  [[nodiscard]] std::size_t receivers() const { return sockets_.size(); }
  [[nodiscard]] const std::string& name(std::size_t receiver) const {
    return sockets_[receiver]->interface();
  }
  [[nodiscard]] Segment& segment(std::size_t receiver) { return segments_[receiver]; }

  // `count` groups that no test has had yet.
  [[nodiscard]] std::vector<Ipv4Address> new_groups(std::uint32_t count);

  // Frames that come in from now on go to `listener`, those that wait already to the one before.
  void listen(Listener listener);

  void start(Stream stream);
  void stop() { stream_ = {}; }
  // Of this stream: frames that were sent, and whether that was all of them.
  [[nodiscard]] std::uint64_t sent() const { return sent_; }
  [[nodiscard]] bool is_finished() const { return sent_ >= stream_.frames; }
  // When frame `sequence` was sent, if it is one of the last 65,536.
  [[nodiscard]] Nanoseconds sent_time(std::uint32_t sequence) const { return times_[sequence % kTimes]; }
  // Of the next frame to be sent.
  [[nodiscard]] std::uint32_t next_sequence() const { return sequence_; }

  void wait_for(Nanoseconds duration);
  // False if `done` was not true within `limit`. `done` is asked often.
  bool wait_until(const std::function<bool()>& done, Nanoseconds limit);
  // Waits until nothing of a stream has come in for `quiet`; false if that was not within `limit`.
  bool wait_for_quiet(Nanoseconds quiet, Nanoseconds limit);

  // Frames that this tester had no room for since the last call: they have not been lost by the switch.
  std::uint64_t take_own_drops();
  // General queries heard by the hosts of any receiver so far.
  [[nodiscard]] std::uint64_t queries_heard() const;

  // Reception alone, between batches of messages that a test sends by itself.
  void receive();

 private:
  static constexpr std::size_t kTimes = 65536;

  void step();
  bool send_due(Nanoseconds now);
  void send_frames(std::size_t count);
  void send_query(Nanoseconds now);

  const Options& options_;
  PacketSocket source_;
  std::vector<std::unique_ptr<PacketSocket>> sockets_;
  std::deque<Segment> segments_;  // which stay where they are
  const std::uint32_t run_;
  std::uint32_t next_group_;

  Listener listener_;
  bool has_received_ = false;     // when receive() was called last
  Nanoseconds last_arrival_ = 0;  // when it was read

  Stream stream_;
  std::vector<StreamFrame> frames_;  // as many as a batch
  std::uint64_t sent_ = 0;
  std::size_t group_ = 0;
  double gap_ = 0;
  double due_ = 0;  // of the next frame, nanoseconds after started_
  Nanoseconds started_ = 0;
  std::uint32_t sequence_ = 0;
  std::vector<Nanoseconds> times_ = std::vector<Nanoseconds>(kTimes);

  Nanoseconds next_timers_ = 0;
  Nanoseconds next_query_;
};

// Makes SIGINT and SIGTERM end the run by Interrupted for as long as it lives.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
};

}  // namespace mcswitch::bench::interfaces
