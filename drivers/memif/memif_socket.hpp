// SPDX-License-Identifier: BSD-3-Clause
//
// The socket by which the two sides of a memif find each other, as a device string names it.
//
// Threads: any; nothing is changed after construction.

#pragma once

#include <string>
#include <string_view>

namespace mcswitch::drivers {

class MemifSocket {
 public:
  MemifSocket() = default;
  explicit MemifSocket(std::string_view device);

  // This side makes it, and the other one connects.
  [[nodiscard]] bool is_server() const { return is_server_; }
  // Removes the file of a server that was killed. A socket on which somebody listens stays, and so does what
  // is no socket.
  void remove_stale() const;

 private:
  std::string path_;
  bool is_abstract_ = true;  // no file (unix(7))
  bool is_server_ = false;
};

}  // namespace mcswitch::drivers
