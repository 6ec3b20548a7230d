// SPDX-License-Identifier: BSD-3-Clause
//
// The packet socket (packet(7)) by which DPDK's AF_PACKET device has an interface: asked for what DPDK does
// not ask it for. The device keeps it to itself, so it is found among the open files of the process.
//
// Threads: one at a time, but the kernel lets others send and receive through the socket meanwhile.

#pragma once

#include <cstdint>

namespace mcswitch::drivers {

class PacketSocket {
 public:
  // The socket that receives from this interface; false if there is none. It stays the device's: nobody
  // closes it here.
  bool find(int interface_index);

  // It receives nothing any more. False: the kernel does not take that.
  [[nodiscard]] bool bind_to_nothing();
  // It receives from this interface and sends by it, with the rings that it has. False: the kernel does not
  // take that.
  bool bind_to(int interface_index);

  // Frames that found its ring full, since the start.
  std::uint64_t drops();

 private:
  [[nodiscard]] bool bind_as(int interface_index, std::uint16_t protocol) const;

  int socket_ = -1;
  std::uint64_t drops_ = 0;
};

}  // namespace mcswitch::drivers
