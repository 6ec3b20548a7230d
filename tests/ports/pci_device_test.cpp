// SPDX-License-Identifier: BSD-3-Clause
//
// Findings about a PCI device, on a made-up /sys and /dev.

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "pci/pci_device.hpp"

namespace mcswitch::drivers {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr const char* kCard = "0000:5e:00.1";

class PciCheck : public testing::Test {
 protected:
  PciCheck() : root_{fs::temp_directory_path() / ("mcspci-" + std::to_string(getpid()))} {
    fs::create_directories(device() / "net/eth7");
    fs::create_directories(root_ / "dev/vfio");
    write(device() / "class", "0x020000");
  }
  ~PciCheck() override { fs::remove_all(root_); }

  fs::path device(const std::string& address = kCard) const {
    return root_ / "sys/bus/pci/devices" / address;
  }
  static void write(const fs::path& path, const std::string& text) { std::ofstream{path} << text << '\n'; }
  void bind(const std::string& driver, const std::string& address = kCard) const {
    fs::create_directories(device(address));
    fs::create_directories(root_ / "sys/bus/pci/drivers" / driver);
    fs::remove(device(address) / "driver");
    fs::create_symlink(root_ / "sys/bus/pci/drivers" / driver, device(address) / "driver");
  }
  void join_group(const std::string& address) const {
    const fs::path group = root_ / "sys/kernel/iommu_groups/23";
    fs::create_directories(group / "devices");
    fs::create_symlink(device(address), group / "devices" / address);
    fs::create_symlink(group, device(address) / "iommu_group");
  }
  std::string notice() const { return PciDevice{kCard, root_ / "sys", root_ / "dev"}.notice(); }
  std::string problem(const std::string& address = kCard) const {
    return PciDevice{address, root_ / "sys", root_ / "dev"}.problem();
  }

 private:
  const fs::path root_;

 protected:
  fs::path vfio(const std::string& node) const { return root_ / "dev/vfio" / node; }
};

TEST_F(PciCheck, ADeviceThatIsNotThereIsNamedAsSuch) {
  EXPECT_THAT(problem("0000:5f:00.0"), HasSubstr("there is no such PCI device"));
}

TEST_F(PciCheck, WhatIsNoNetworkCardIsRefused) {
  write(device() / "class", "0x010802");
  EXPECT_THAT(problem(), HasSubstr("is not a network card"));
}

TEST_F(PciCheck, AKernelDriverIsNamedWithTheCommandThatBindsAnew) {
  bind("ice");
  EXPECT_EQ(
      problem(),
      "is bound to the kernel's driver ice (eth7): modprobe vfio-pci && dpdk-devbind.py --bind=vfio-pci "
      "0000:5e:00.1 takes it from the kernel");
}

TEST_F(PciCheck, NoDriverAtAllIsSaid) {
  EXPECT_THAT(problem(), HasSubstr("is bound to no driver: modprobe"));
}

TEST_F(PciCheck, CardsThatDpdkDrivesThroughTheKernelStayWithIt) {
  bind("mlx5_core");
  EXPECT_EQ(problem(), "");
}

TEST_F(PciCheck, WithoutAnIommuGroupTheIommuIsOff) {
  bind("vfio-pci");
  EXPECT_THAT(problem(), HasSubstr("has no IOMMU group"));
}

TEST_F(PciCheck, VfioHasToBeThere) {
  bind("vfio-pci");
  join_group(kCard);
  EXPECT_THAT(problem(), HasSubstr("vfio/vfio is missing: modprobe vfio-pci"));
}

TEST_F(PciCheck, TheWholeGroupHasToBeFree) {
  bind("vfio-pci");
  join_group(kCard);
  write(vfio("vfio"), "");
  write(vfio("23"), "");
  EXPECT_EQ(problem(), "");
  bind("nvme", "0000:5e:00.4");
  join_group("0000:5e:00.4");
  EXPECT_THAT(problem(), HasSubstr("shares IOMMU group 23 with 0000:5e:00.4, which is bound to nvme"));
}

TEST_F(PciCheck, AVirtualFunctionIsToldWhoDecidesWhatItHears) {
  EXPECT_EQ(notice(), "");
  const std::string card = "0000:5e:02.0";
  fs::create_directories(device(card) / "net/ens5f0");
  fs::create_symlink(device(card), device() / "physfn");
  fs::create_symlink(device("0000:5e:00.3"), device(card) / "virtfn2");
  fs::create_symlink(device(), device(card) / "virtfn3");
  EXPECT_EQ(
      notice(),
      "is a virtual function of 0000:5e:02.0: multicast and frames for others reach it, and leave by it, "
      "only if its card lets them: ip link set ens5f0 vf 3 trust on spoofchk off");
}

}  // namespace
}  // namespace mcswitch::drivers
