// SPDX-License-Identifier: BSD-3-Clause
//
// Link state of a kernel interface, from the kernel: DPDK's AF_PACKET device of 22.11 says "up" for ever. And
// whether the interface is there at all: one that is deleted, and made again under its name, is another one.
//
// Notifications (rtnetlink multicast) are not enough: the kernel collects changes of carrier for up to a
// second, and does not report a loss that is over by then. So the kernel is polled every kPeriod. Its answer
// has a counter of losses, which shows even those between two polls. A poll can wait for the kernel's one
// configuration lock, for as long as its holder takes, so a thread of its own polls.
//
// Threads: open() and close() main, poll() control. The asking thread is the monitor's own, and calls the
// functions of Events.

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "common/rtnetlink.hpp"

namespace mcswitch::drivers {

class LinkMonitor {
 public:
  static constexpr std::chrono::milliseconds kPeriod{10};

  struct Events {
    // The interface has been deleted.
    std::function<void()> gone;
    // There is an interface of that name, which is not the one before. False: it cannot be taken; asked
    // again.
    std::function<bool(int index)> there;
  };

  LinkMonitor() = default;
  ~LinkMonitor() { close(); }
  LinkMonitor(const LinkMonitor&) = delete;
  LinkMonitor& operator=(const LinkMonitor&) = delete;

  // Empty on success, else what is wrong. `index` is that of the interface now, 0 if there is none yet. The
  // interface is looked for in the network namespace of the calling thread.
  std::string open(const std::string& interface, int index, Events events);
  // Returns when no function of Events runs any more.
  void close();

  // Is the interface up, with carrier? A link that was lost and came back since the last call is down for
  // this one call. Never blocks.
  bool poll();

 private:
  struct Answer {
    bool exists = false;
    bool up = false;
    std::uint32_t losses = 0;  // since the interface exists; wraps
  };

  void watch(const std::stop_token& stop);
  Answer ask();
  // Looks for another interface of that name.
  void look_for_interface();

  static std::uint64_t packed(Answer a) { return std::uint64_t{a.losses} << 1 | (a.up ? 1U : 0U); }

  std::unique_ptr<Rtnetlink> kernel_;  // the asking thread's, once that runs
  std::string name_;
  int index_ = 0;  // the asking thread's; 0: there is no interface
  Events events_;
  std::atomic<std::uint64_t> latest_{0};  // packed(); written by the asking thread
  Answer seen_;                           // by poll()
  std::jthread thread_;
};

}  // namespace mcswitch::drivers
