// SPDX-License-Identifier: BSD-3-Clause
//
// A memif server of DPDK 22.11 greets a client as soon as it has accepted its connection. If the client is
// gone by then, the greeting fails, and the server closes the socket and frees what belongs to it, but leaves
// its interrupt callback in place: the interrupt thread looks for it once more, and the program ends with a
// panic (memif_listener_handler, "epoll_ctl, Bad file descriptor"). Anybody who connects and goes at once can
// do that.
//
// A connection that is lost later is taken apart properly, when the interrupt thread finds the end of it. So
// the greeting must not fail: the program's own sendmsg() comes before the C library's for the devices that
// are loaded into it, and differs where the other side of a connection of the kind that memif has is gone:
// what was to be sent is lost, and the sender hears of the end by reading. tests/system/memif_peer_test.py
// shows it.

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace {

bool is_like_memif(int socket) {
  int domain = 0;
  int type = 0;
  socklen_t size = sizeof domain;
  return getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 && domain == AF_UNIX &&
         getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

}  // namespace

extern "C" ssize_t sendmsg(int socket, const msghdr* message, int flags) {
  const auto sent = static_cast<ssize_t>(syscall(SYS_sendmsg, socket, message, flags));
  if (sent >= 0 || (errno != EPIPE && errno != ECONNRESET) || !is_like_memif(socket)) {
    return sent;
  }
  ssize_t size = 0;
  for (std::size_t i = 0; i < message->msg_iovlen; ++i) {
    size += static_cast<ssize_t>(message->msg_iov[i].iov_len);
  }
  return size;
}
