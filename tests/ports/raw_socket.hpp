// SPDX-License-Identifier: BSD-3-Clause
//
// A station on an interface of the kernel: sends and sees whole frames.

#pragma once

#include <string>
#include <vector>

#include "ports/frames.hpp"

namespace mcswitch::ports {

class RawSocket {
 public:
  // Of the network namespace that the test is in. Throws if that cannot be.
  explicit RawSocket(const std::string& interface);
  ~RawSocket();
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;

  // Waits where the interface is full.
  void send(const Frame& frame) const;
  // Frames of ours that came in over the interface since the last call, with their tags. Waits until a tenth
  // of a second has passed without one.
  [[nodiscard]] std::vector<Frame> received() const;

 private:
  int socket_;
};

// Runs `ip` and the words after it; throws with what it said if it fails.
void ip(const std::string& words);

}  // namespace mcswitch::ports
