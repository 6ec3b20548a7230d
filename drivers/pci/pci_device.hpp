// SPDX-License-Identifier: BSD-3-Clause
//
// What the kernel tells of a PCI device (sysfs), and whether it can be had from user space. Only looks.

#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace mcswitch::drivers {

class PciDevice {
 public:
  // `sysfs` and `dev` are /sys and /dev but for tests.
  explicit PciDevice(std::string address, std::filesystem::path sysfs = "/sys",
                     std::filesystem::path dev = "/dev");

  // Why DPDK could not use it, with the command that mends that; empty if nothing speaks against it.
  [[nodiscard]] std::string problem() const;

 private:
  [[nodiscard]] std::string group_problem() const;
  [[nodiscard]] std::string bind_command() const;
  [[nodiscard]] std::string kernel_driver() const;
  [[nodiscard]] std::string interfaces() const;

  std::string address_;
  std::filesystem::path sysfs_;
  std::filesystem::path dev_;
  std::filesystem::path device_;
};

}  // namespace mcswitch::drivers
