// SPDX-License-Identifier: BSD-3-Clause
//
// DPDK's AF_PACKET device (22.11) puts each of its sockets into a fanout group with
// PACKET_FANOUT_FLAG_DEFRAG, also when there is only one. The kernel then puts IP fragments together
// before the switch sees them: a datagram of several fragments arrives as one frame that fits neither
// the ring slot nor the MTU of any port, and is lost. A switch forwards fragments as they are.
//
// DPDK has no option for it, so the program takes the flag out of the one call: the executable's
// setsockopt() comes before the C library's for the devices that are loaded into it.
// tests/system/fragments_test.py shows that fragments pass.

#include <linux/if_packet.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

extern "C" int setsockopt(int socket, int level, int name, const void* value, socklen_t size) noexcept {
  int without_defrag = 0;
  if (level == SOL_PACKET && name == PACKET_FANOUT && size == sizeof(without_defrag)) {
    std::memcpy(&without_defrag, value, sizeof(without_defrag));
    without_defrag &= ~(PACKET_FANOUT_FLAG_DEFRAG << 16);
    value = &without_defrag;
  }
  return static_cast<int>(syscall(SYS_setsockopt, socket, level, name, value, size));
}
