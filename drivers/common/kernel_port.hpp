// SPDX-License-Identifier: BSD-3-Clause
//
// What ports on an interface of the kernel (AF_PACKET, AF_XDP) have in common: the interface is prepared on
// open() and put back on stop(), its MTU is the interface's, its link is watched through the kernel,
// because these devices of DPDK 22.11 say "up" for ever, and frames that hosts on the same machine left
// unfinished are finished on reception.
//
// Threads: as of dataplane::Port. The thread of the link monitor calls on_gone() and on_there() while the
// port is open.

#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/ethdev_port.hpp"
#include "common/finished_bursts.hpp"
#include "common/kernel_interface.hpp"
#include "common/link_monitor.hpp"

namespace mcswitch::drivers {

class KernelPort : public EthdevPort {
 public:
  using EthdevPort::EthdevPort;
  Problem open() override;
  Problem start(const dataplane::StartRequest& request) override;
  void stop() override;
  bool poll_link() override { return monitor_.poll(); }
  std::optional<dataplane::PortNews> take_news() override;

 protected:
  void add_losses(DeviceLosses& losses) override;
  // Between the opening of the device and the first look at the link.
  virtual Problem opened() { return std::nullopt; }
  // Another interface has the name of the one that was deleted, or of one that was missing. False: it is not
  // taken.
  virtual bool take_interface(int /*index*/) { return false; }
  // Whether take_interface() ever takes one.
  [[nodiscard]] virtual bool takes_interfaces() const { return false; }
  // The interface that is there now, unless an operator has to be asked first.
  std::string prepare_interface();
  void report(bool is_warning, std::string text);

  KernelInterface interface_;

 private:
  void on_gone();
  bool on_there(int index);

  LinkMonitor monitor_;
  FinishedBursts bursts_;
  bool too_long_was_reported_ = false;
  std::string refusal_;  // the monitor's thread: why the interface that is there is not taken
  std::atomic<bool> has_news_{false};
  std::mutex news_mutex_;
  std::vector<dataplane::PortNews> news_;
};

}  // namespace mcswitch::drivers
