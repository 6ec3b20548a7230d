// SPDX-License-Identifier: BSD-3-Clause
//
// Link state of a kernel interface, from the kernel (rtnetlink): DPDK's AF_PACKET device of 22.11 says
// "up" for ever.
//
// Threads: control only, after construction.

#pragma once

#include <string>

namespace mcswitch::drivers {

class LinkMonitor {
 public:
  LinkMonitor() = default;
  ~LinkMonitor();
  LinkMonitor(const LinkMonitor&) = delete;
  LinkMonitor& operator=(const LinkMonitor&) = delete;

  // Empty on success, else what is wrong. The interface must exist.
  std::string open(const std::string& interface);

  // Is the interface up, with carrier? Reads what the kernel has told since the last call; never blocks.
  bool poll();

 private:
  bool ask_kernel() const;

  int socket_ = -1;
  int index_ = 0;
  std::string interface_;
  bool up_ = false;
};

}  // namespace mcswitch::drivers
