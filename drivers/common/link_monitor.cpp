// SPDX-License-Identifier: BSD-3-Clause

#include "common/link_monitor.hpp"

#include <linux/if_link.h>
#include <net/if.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace mcswitch::drivers {

std::string LinkMonitor::open(const std::string& interface, int index, Events events) {
  name_ = interface;
  index_ = index;
  events_ = std::move(events);
  kernel_ = std::make_unique<Rtnetlink>();
  if (index_ != 0) {
    seen_ = ask();
    if (!seen_.exists) {
      return "the kernel does not tell its link state: " + std::string{std::strerror(errno)};
    }
  }
  latest_.store(packed(seen_), std::memory_order_relaxed);
  thread_ = std::jthread{[this](const std::stop_token& stop) { watch(stop); }};
  return {};
}

void LinkMonitor::close() {
  if (thread_.joinable()) {
    thread_.request_stop();
    thread_.join();
  }
}

void LinkMonitor::watch(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (index_ == 0) {
      look_for_interface();
    }
    if (index_ != 0) {
      const Answer answer = ask();
      if (!answer.exists && if_nametoindex(name_.c_str()) != static_cast<unsigned>(index_)) {
        index_ = 0;
        events_.gone();
      }
      latest_.store(packed(answer), std::memory_order_relaxed);
    }
    std::this_thread::sleep_for(kPeriod);
  }
}

void LinkMonitor::look_for_interface() {
  const auto index = static_cast<int>(if_nametoindex(name_.c_str()));
  if (index != 0 && events_.there(index)) {
    index_ = index;
  }
}

bool LinkMonitor::poll() {
  const std::uint64_t latest = latest_.load(std::memory_order_relaxed);
  const Answer now{
      .exists = true, .up = (latest & 1U) != 0, .losses = static_cast<std::uint32_t>(latest >> 1)};
  const bool lost_meanwhile = seen_.up && now.up && now.losses != seen_.losses;
  seen_ = now;
  if (lost_meanwhile) {
    seen_.up = false;
  }
  return seen_.up;
}

LinkMonitor::Answer LinkMonitor::ask() {
  const auto link = kernel_->link(index_);
  if (!link) {
    return {};
  }
  const auto info = link->body<ifinfomsg>();
  const auto carrier = link->attribute(sizeof(info), IFLA_CARRIER);
  const bool has_carrier = carrier && !carrier->empty() && carrier->front() != 0;
  return {.exists = true,
          .up = has_carrier && (info.ifi_flags & IFF_UP) != 0,
          .losses = link->number(sizeof(info), IFLA_CARRIER_DOWN_COUNT).value_or(0)};
}

}  // namespace mcswitch::drivers
