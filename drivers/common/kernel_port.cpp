// SPDX-License-Identifier: BSD-3-Clause

#include "common/kernel_port.hpp"

#include <fmt/format.h>

#include <utility>

namespace mcswitch::drivers {

std::string KernelPort::prepare_interface() {
  if (!settings().take_over) {
    if (std::string problem = interface_.use_problem(); !problem.empty()) {
      return problem;
    }
  }
  return interface_.prepare(settings().mtu);
}

dataplane::Port::Problem KernelPort::open() {
  const int index = interface_.index();
  if (index != 0) {
    if (std::string problem = prepare_interface(); !problem.empty()) {
      return problem;
    }
  }
  if (auto problem = EthdevPort::open()) {
    return problem;
  }
  if (auto problem = opened()) {
    return problem;
  }
  if (std::string problem =
          monitor_.open(interface_.name(), index,
                        {.gone = [this] { on_gone(); }, .there = [this](int i) { return on_there(i); }});
      !problem.empty()) {
    return problem;
  }
  return std::nullopt;
}

dataplane::Port::Problem KernelPort::start(const dataplane::StartRequest& request) {
  if (auto problem = EthdevPort::start(request)) {
    return problem;
  }
  bursts_.attach(ethdev(), settings().mtu);
  return std::nullopt;
}

void KernelPort::on_gone() {
  interface_.forget();
  report(true,
         takes_interfaces()
             ? fmt::format("its interface {} is gone; it is taken again when it is back", interface_.name())
             : fmt::format("its interface {} is gone, and another one of that name can be taken by a "
                           "restart only",
                           interface_.name()));
}

bool KernelPort::on_there(int index) {
  if (!takes_interfaces()) {
    return false;
  }
  std::string problem = prepare_interface();
  if (problem.empty() && take_interface(index)) {
    report(false, fmt::format("its interface {} is there", interface_.name()));
    refusal_.clear();
    return true;
  }
  if (problem.empty()) {
    problem = fmt::format("the socket cannot be bound to {}", interface_.name());
  }
  // Asked again and again, and said once.
  if (problem != refusal_) {
    refusal_ = problem;
    report(true, "its interface is there, and is not taken: " + problem);
  }
  return false;
}

void KernelPort::report(bool is_warning, std::string text) {
  const std::lock_guard lock{news_mutex_};
  news_.push_back({is_warning, std::move(text)});
  has_news_.store(true, std::memory_order_release);
}

std::optional<dataplane::PortNews> KernelPort::take_news() {
  // Once: a host that does this does it all the time.
  if (!too_long_was_reported_ && bursts_.too_long() != 0) {
    too_long_was_reported_ = true;
    return dataplane::PortNews{
        .is_warning = true,
        .text =
            fmt::format("receives IP datagrams longer than its MTU of {}, and drops those that do not fit: a "
                        "host on this "
                        "machine leaves segmentation to the next device; switch that off at the host's end: "
                        "ethtool -K INTERFACE tso off gso off",
                        settings().mtu)};
  }
  // Pairs with report().
  if (!has_news_.load(std::memory_order_acquire)) {
    return std::nullopt;
  }
  const std::lock_guard lock{news_mutex_};
  dataplane::PortNews first = std::move(news_.front());
  news_.erase(news_.begin());
  has_news_.store(!news_.empty(), std::memory_order_relaxed);
  return first;
}

void KernelPort::add_losses(DeviceLosses& losses) {
  losses[static_cast<std::size_t>(DeviceLoss::rx_too_long)] += bursts_.too_long();
}

void KernelPort::stop() {
  monitor_.close();
  EthdevPort::stop();
  interface_.put_back();
}

}  // namespace mcswitch::drivers
