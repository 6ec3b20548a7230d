// SPDX-License-Identifier: BSD-3-Clause
//
// PacketSocket: one interface of the machine, for frames as they are (packet(7)). Sending goes past the
// interface's queueing discipline. Frames of streams and IGMP that come in are put into a ring by the
// kernel, with the time at which it got them: a reader that is late loses no precision, only, when the
// ring is full, frames, which are counted.
//
// One thread. Needs CAP_NET_RAW.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "interfaces/clock.hpp"
#include "interfaces/frame_sender.hpp"

namespace mcswitch::bench::interfaces {

struct ReceivedFrame {
  std::span<const std::uint8_t> bytes;  // its beginning, kReadBytes at most
  std::size_t size = 0;                 // all of it, without FCS
  Nanoseconds received = 0;
};

class PacketSocket final : public FrameSender {
 public:
  // `ring_frames`: how many frames may wait, a multiple of 256; 0 for an interface that only sends. Throws
  // Failure if there is no such interface, if it is down or not Ethernet, or if it may not be used.
  PacketSocket(std::string interface, std::size_t ring_frames);
  ~PacketSocket() override;
  PacketSocket(const PacketSocket&) = delete;
  PacketSocket& operator=(const PacketSocket&) = delete;

  // What the kernel took. Throws Failure when the interface has gone.
  std::size_t send(std::span<const std::span<const std::uint8_t>> frames) override;

  // The oldest frame that waits, kept until release(). False if there is none.
  [[nodiscard]] bool peek(ReceivedFrame& frame) const;
  void release();

  // Frames that the ring had no room for, since the last call.
  std::uint64_t take_drops();

  [[nodiscard]] const std::string& interface() const { return interface_; }
  [[nodiscard]] int mtu() const { return mtu_; }

 private:
  void open();
  void make_ring(std::size_t frames);

  std::string interface_;
  int index_ = 0;
  int mtu_ = 0;
  int fd_ = -1;
  std::uint8_t* ring_ = nullptr;
  std::size_t slots_ = 0;
  std::size_t next_ = 0;
};

}  // namespace mcswitch::bench::interfaces
