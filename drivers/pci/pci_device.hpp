// SPDX-License-Identifier: BSD-3-Clause
//
// What the kernel says of a PCI device (sysfs), and whether user space can have it. Only reads.

#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace mcswitch::drivers {

class PciDevice {
 public:
  // `sysfs` and `dev` are /sys and /dev, except in tests.
  explicit PciDevice(std::string address, std::filesystem::path sysfs = "/sys",
                     std::filesystem::path dev = "/dev");

  // Why DPDK could not use it, with the command that fixes that; empty if nothing is in the way.
  [[nodiscard]] std::string problem() const;
  // What is good to know of it; empty: nothing.
  [[nodiscard]] std::string notice() const;

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
