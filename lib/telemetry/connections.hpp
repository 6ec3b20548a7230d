// SPDX-License-Identifier: BSD-3-Clause
//
// Connections: makes room on DPDK's telemetry socket. DPDK serves 10 clients at a time, and a client that has
// stopped reading keeps its place until its process ends: ten of those, and no other client can connect. So,
// when a client comes and all places are taken, clients that have left a reply unread for half a second are
// disconnected. Clients that read their replies, however seldom they ask, are left alone; if all are such,
// DPDK refuses the new one. Requests of clients that have gone are not worked on while others wait.
//
// Threads: one, that which accepts (library_repairs.cpp). It may wait for half a second there, and no other
// thread for it.

#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <vector>

namespace mcswitch::telemetry {

class Connections {
 public:
  static constexpr std::size_t kPlaces = 10;

  struct Patience {
    std::chrono::milliseconds to_read{500};    // how long something may be unread while others wait
    std::chrono::milliseconds to_close{1000};  // until the library's thread has closed what was disconnected
  };
  Connections() = default;
  explicit Connections(Patience patience) : patience_{patience} {}

  // `descriptor` has just been accepted. Returns when there is a place for it, or when none can be made.
  // Descriptors stay the library's, which closes them when it likes.
  void arrived(int descriptor);

  // Those that have arrived and are not closed yet.
  [[nodiscard]] std::size_t open_count();

 private:
  // The number of a descriptor is used again for something else; with the inode of its socket it is not.
  struct Connection {
    int descriptor;
    ino_t inode;
    bool stuck;  // while others wait: had something unread each time that was looked at
  };

  void forget_closed();
  // True if there is a place before `patience` is over.
  bool place_within(std::chrono::milliseconds patience);

  Patience patience_;
  std::vector<Connection> connections_;
};

}  // namespace mcswitch::telemetry
