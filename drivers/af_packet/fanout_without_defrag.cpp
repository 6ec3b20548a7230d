// SPDX-License-Identifier: BSD-3-Clause
//
// DPDK's AF_PACKET device (22.11) puts each of its sockets into a fanout group, also when there is only one.
// That does harm twice:
//
// * The group has PACKET_FANOUT_FLAG_DEFRAG. The kernel then puts IP fragments together before the switch
//   sees them: a datagram of several fragments arrives as one frame that fits neither the ring slot nor the
//   MTU of any port, and is lost. A switch forwards fragments as they are.
// * The number of the group is the process id XOR the index of the interface. Two switches on one machine can
//   come to the same number for different interfaces, and the second one is refused (EINVAL).
//
// A port has one queue and so one socket, which needs no group. DPDK has no option for it, so the program
// leaves that one call out: the executable's setsockopt() comes before the C library's for the devices that
// are loaded into it. tests/system/fragments_test.py shows that fragments pass.

#include <linux/if_packet.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

extern "C" int setsockopt(int socket, int level, int name, const void* value, socklen_t size) noexcept {
  if (level == SOL_PACKET && name == PACKET_FANOUT) {
    return 0;
  }
  return static_cast<int>(syscall(SYS_setsockopt, socket, level, name, value, size));
}
