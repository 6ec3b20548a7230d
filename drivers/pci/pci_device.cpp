// SPDX-License-Identifier: BSD-3-Clause

#include "pci/pci_device.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace mcswitch::drivers {
namespace fs = std::filesystem;
namespace {

// Drivers of the kernel that let a process have the device.
constexpr std::string_view kForUserSpace[] = {"vfio-pci", "igb_uio", "uio_pci_generic"};
// Drivers of the kernel that DPDK works through: the device stays with them.
constexpr std::string_view kShared[] = {"mlx4_core", "mlx5_core", "mana"};

template <std::size_t N>
bool is_one_of(std::string_view name, const std::string_view (&names)[N]) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

std::string first_line(const fs::path& path) {
  std::string line;
  std::getline(std::ifstream{path} >> std::ws, line);
  return line;
}

std::string link_target(const fs::path& path) {
  std::error_code error;
  const fs::path target = fs::read_symlink(path, error);
  return error ? std::string{} : target.filename().string();
}

}  // namespace

PciDevice::PciDevice(std::string address, fs::path sysfs, fs::path dev)
    : address_{std::move(address)},
      sysfs_{std::move(sysfs)},
      dev_{std::move(dev)},
      device_{sysfs_ / "bus/pci/devices" / address_} {}

std::string PciDevice::problem() const {
  std::error_code error;
  if (!fs::exists(device_, error)) {
    return "there is no such PCI device (lspci -D shows those that are there)";
  }
  if (const std::string type = first_line(device_ / "class"); type.rfind("0x02", 0) != 0) {
    return fmt::format("is not a network card: its PCI class is {}, and 0x02.... would be right", type);
  }
  const std::string driver = kernel_driver();
  if (is_one_of(driver, kShared)) {
    return {};
  }
  if (driver.empty()) {
    return "is bound to no driver: " + bind_command();
  }
  if (!is_one_of(driver, kForUserSpace)) {
    return fmt::format("is bound to the kernel's driver {}{}: {} takes it from the kernel", driver,
                       interfaces(), bind_command());
  }
  return driver == "vfio-pci" ? group_problem() : std::string{};
}

// Of a virtual function (PCI SR-IOV): its card decides which frames it gets, and whether it may send with
// other addresses than its own. That cannot be asked from here.
std::string PciDevice::notice() const {
  std::error_code error;
  const fs::path physical = device_ / "physfn";
  if (!fs::exists(physical, error)) {
    return {};
  }
  std::string number = "N";
  for (const auto& entry : fs::directory_iterator{physical, error}) {
    const std::string name = entry.path().filename();
    if (name.starts_with("virtfn") && link_target(entry.path()) == address_) {
      number = name.substr(std::string_view{"virtfn"}.size());
    }
  }
  std::string interface = "INTERFACE";
  for (const auto& entry : fs::directory_iterator{physical / "net", error}) {
    interface = entry.path().filename();
  }
  return fmt::format(
      "is a virtual function of {}: multicast and frames for others reach it, and leave by it, only if its "
      "card "
      "lets them: ip link set {} vf {} trust on spoofchk off",
      link_target(physical), interface, number);
}

std::string PciDevice::group_problem() const {
  const std::string group = link_target(device_ / "iommu_group");
  if (group.empty()) {
    return "has no IOMMU group: switch the IOMMU on in the firmware and in the kernel's command line "
           "(intel_iommu=on, or amd_iommu=on)";
  }
  const fs::path node = dev_ / "vfio" / group;
  // Without an IOMMU, where the kernel was told to allow that.
  const fs::path unsafe = dev_ / "vfio" / ("noiommu-" + group);
  std::error_code error;
  if (!fs::exists(dev_ / "vfio/vfio", error)) {
    return fmt::format("{} is missing: modprobe vfio-pci", (dev_ / "vfio/vfio").string());
  }
  if (!fs::exists(node, error) && !fs::exists(unsafe, error)) {
    return fmt::format("{} is missing: modprobe vfio-pci, then {}", node.string(), bind_command());
  }
  const fs::path& there = fs::exists(node, error) ? node : unsafe;
  if (access(there.c_str(), R_OK | W_OK) != 0) {
    return fmt::format("{} cannot be opened: {}; run as root, or give the user of the switch access to it",
                       there.string(), std::strerror(errno));
  }
  // User space gets a group as a whole or not at all.
  for (const auto& entry :
       fs::directory_iterator{sysfs_ / "kernel/iommu_groups" / group / "devices", error}) {
    const std::string other = entry.path().filename();
    const std::string driver = link_target(entry.path() / "driver");
    if (other != address_ && !driver.empty() && driver != "vfio-pci" && driver != "pci-stub" &&
        driver != "pcieport") {
      return fmt::format(
          "shares IOMMU group {} with {}, which is bound to {}: all devices of a group go to user space "
          "together (dpdk-devbind.py --bind=vfio-pci {})",
          group, other, driver, other);
    }
  }
  return {};
}

std::string PciDevice::bind_command() const {
  return fmt::format("modprobe vfio-pci && dpdk-devbind.py --bind=vfio-pci {}", address_);
}

std::string PciDevice::kernel_driver() const { return link_target(device_ / "driver"); }

// " (eth3)": the interfaces that would vanish.
std::string PciDevice::interfaces() const {
  std::string names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator{device_ / "net", error}) {
    names += (names.empty() ? " (" : ", ") + entry.path().filename().string();
  }
  return names.empty() ? names : names + ")";
}

}  // namespace mcswitch::drivers
