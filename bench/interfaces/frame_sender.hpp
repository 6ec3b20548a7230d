// SPDX-License-Identifier: BSD-3-Clause
//
// Where the hosts of a segment send their frames: an interface (packet_socket.hpp), in tests a list.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace mcswitch::bench::interfaces {

class FrameSender {
 public:
  static constexpr std::size_t kLargestBatch = 64;

  virtual ~FrameSender() = default;

  // Sends in order; returns how many were taken, less than all when there is no room. At most kLargestBatch.
  virtual std::size_t send(std::span<const std::span<const std::uint8_t>> frames) = 0;
};

}  // namespace mcswitch::bench::interfaces
