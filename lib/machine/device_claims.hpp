// SPDX-License-Identifier: BSD-3-Clause
//
// One switch for each device. The kernel lets several AF_PACKET sockets read one interface, and two switches
// on it would both forward what arrives; so each takes the interface's name as an abstract UNIX address,
// which belongs to the network namespace and is free again when the process ends, however it does. A process
// that may not use interfaces can bind such a name and keeps nobody from starting: it does not count, and a
// socket that nobody answers on does not either.
//
// Threads: main.

#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mcswitch::machine {

class DeviceClaims {
 public:
  DeviceClaims() = default;
  ~DeviceClaims();
  DeviceClaims(const DeviceClaims&) = delete;
  DeviceClaims& operator=(const DeviceClaims&) = delete;

  // Takes the device for the life of this object. If another process has it: who, in words.
  std::optional<std::string> take(std::string_view device);

  // The same without taking it.
  static std::optional<std::string> holder(std::string_view device);

 private:
  std::vector<int> sockets_;
};

}  // namespace mcswitch::machine
