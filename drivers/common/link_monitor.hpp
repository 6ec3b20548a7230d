// SPDX-License-Identifier: BSD-3-Clause
//
// Link state of a kernel interface, from the kernel: DPDK's AF_PACKET device of 22.11 says "up" for ever.
//
// Notifications (rtnetlink multicast) are not enough: the kernel collects changes of carrier for up to a
// second, and does not report a loss that is over by then. So the kernel is polled every kPeriod. Its answer
// has a counter of losses, which shows even those between two polls. A poll can wait for the kernel's one
// configuration lock, for as long as its holder takes, so a thread of its own polls.
//
// Threads: control only, after construction. The asking thread is the monitor's own.

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

namespace mcswitch::drivers {

class LinkMonitor {
 public:
  static constexpr std::chrono::milliseconds kPeriod{10};

  LinkMonitor() = default;
  ~LinkMonitor();
  LinkMonitor(const LinkMonitor&) = delete;
  LinkMonitor& operator=(const LinkMonitor&) = delete;

  // Empty on success, else what is wrong. The interface must exist, and be in the network namespace of the
  // calling thread.
  std::string open(const std::string& interface);

  // Is the interface up, with carrier? A link that was lost and came back since the last call is down for
  // this one call. Never blocks.
  bool poll();

 private:
  struct Answer {
    bool up = false;
    std::uint32_t losses = 0;  // since the interface exists; wraps
  };

  void watch(const std::stop_token& stop);
  // One question. False: no answer; the interface is gone.
  bool ask(Answer& answer) const;

  static std::uint64_t packed(Answer a) { return std::uint64_t{a.losses} << 1 | (a.up ? 1U : 0U); }

  int socket_ = -1;  // the asking thread's, once that runs
  int index_ = 0;
  std::atomic<std::uint64_t> latest_{0};  // packed(); written by the asking thread
  Answer seen_;                           // by poll()
  std::jthread thread_;
};

}  // namespace mcswitch::drivers
