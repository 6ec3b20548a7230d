// SPDX-License-Identifier: BSD-3-Clause

#include "telemetry/connections.hpp"

#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>
#include <thread>

namespace mcswitch::telemetry {

namespace {

std::optional<ino_t> inode_of(int descriptor) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0 || !S_ISSOCK(status.st_mode)) {
    return std::nullopt;
  }
  return status.st_ino;
}

bool has_unread(int descriptor) {
  int bytes = 0;
  return ioctl(descriptor, SIOCOUTQ, &bytes) == 0 && bytes > 0;
}

// The client has closed its end.
bool is_gone(int descriptor) {
  pollfd end{descriptor, 0, 0};
  const timespec now{};
  return ppoll(&end, 1, &now, nullptr) == 1 && (end.revents & POLLHUP) != 0;
}

// Requests of clients that will not read the replies. The library's thread would work on all of them before
// it saw the end of the connection.
void discard_requests(int descriptor) {
  char first = 0;
  while (recv(descriptor, &first, sizeof first, MSG_DONTWAIT) > 0) {
  }
}

}  // namespace

void Connections::forget_closed() {
  std::erase_if(connections_, [](const Connection& c) { return inode_of(c.descriptor) != c.inode; });
}

std::size_t Connections::open_count() {
  forget_closed();
  return connections_.size();
}

bool Connections::place_within(std::chrono::milliseconds patience) {
  constexpr std::chrono::milliseconds kStep{5};
  const auto end = std::chrono::steady_clock::now() + patience;
  while (open_count() >= kPlaces) {
    for (Connection& connection : connections_) {
      connection.stuck = connection.stuck && has_unread(connection.descriptor);
      if (is_gone(connection.descriptor)) {
        discard_requests(connection.descriptor);
      }
    }
    if (std::chrono::steady_clock::now() >= end) {
      return false;
    }
    std::this_thread::sleep_for(kStep);
  }
  return true;
}

void Connections::arrived(int descriptor) {
  const bool was_full = connections_.size() >= kPlaces;
  if (open_count() >= kPlaces) {
    for (Connection& connection : connections_) {
      connection.stuck = true;
    }
    if (!place_within(patience_.to_read)) {
      bool any = false;
      for (const Connection& connection : connections_) {
        if (connection.stuck && inode_of(connection.descriptor) == connection.inode) {
          discard_requests(connection.descriptor);
          // The library's thread comes back from its write() or read(), and closes.
          shutdown(connection.descriptor, SHUT_RDWR);
          any = true;
        }
      }
      if (any) {
        place_within(patience_.to_close);
      }
    }
  }
  if (was_full) {
    // The library closes first and counts down then, which has no lock to wait for.
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  if (const auto inode = inode_of(descriptor)) {
    connections_.push_back({descriptor, *inode, false});
  }
}

}  // namespace mcswitch::telemetry
