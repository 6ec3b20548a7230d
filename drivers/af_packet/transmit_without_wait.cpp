// SPDX-License-Identifier: BSD-3-Clause
//
// DPDK's AF_PACKET device (22.11) waits when its transmit ring is full: poll() for room, without a limit of
// time. The kernel says "room" only when half of the socket's send buffer is free again, so behind an
// interface that sends slowly (a shaper, a slow link, a queue that is stopped) one call takes as long as that
// interface needs for some 50 frames, and with it every other port of the worker (README.md has what was
// measured).
//
// After poll() the device looks at the ring itself, and gives the rest of the burst back if there is still no
// room. So it is enough that this one poll() does not wait, but offers the kernel once more what is in the
// ring: the worker then counts the frames as tx_queue_full and goes on, as with every other device. DPDK has
// no option for it, so the program has its own poll(), which comes before the C library's for the devices
// that are loaded into it, and which differs for waits without end for room in a packet socket only.
// tests/system/stuck_egress_test.py shows what it does.

#include <poll.h>
#include <sys/socket.h>

#include <ctime>

namespace {

bool is_packet_socket(int socket) {
  int domain = 0;
  socklen_t size = sizeof domain;
  return getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_PACKET;
}

}  // namespace

// Under another name, because <poll.h> declares that poll() only writes through its pointer.
extern "C" int poll_without_wait(pollfd* descriptors, nfds_t count, int timeout_ms) __asm__("poll");

extern "C" int poll_without_wait(pollfd* descriptors, nfds_t count, int timeout_ms) {
  if (timeout_ms < 0 && count == 1 && descriptors->events == POLLOUT && is_packet_socket(descriptors->fd)) {
    // Without this, frames that the kernel did not take would keep a ring full until the next burst has been
    // lost.
    [[maybe_unused]] const ssize_t taken = send(descriptors->fd, nullptr, 0, MSG_DONTWAIT);
    timeout_ms = 0;
  }
  const timespec limit{timeout_ms / 1000, timeout_ms % 1000 * 1000000L};
  return ppoll(descriptors, count, timeout_ms < 0 ? nullptr : &limit, nullptr);
}
