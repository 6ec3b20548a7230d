// SPDX-License-Identifier: BSD-3-Clause
//
// Families on interfaces of the kernel: a veth pair of which the port has one end and the test the other, or
// the interface that the port makes.

#include <rte_dev.h>
#include <rte_ethdev.h>

#include <cstring>
#include <memory>
#include <stdexcept>

#include "common/kernel_interface.hpp"
#include "ports/bench.hpp"
#include "ports/raw_socket.hpp"

namespace mcswitch::ports {
namespace {

class InterfaceBench : public Bench {
 public:
  void send(const std::vector<Frame>& frames) override {
    for (const Frame& frame : frames) {
      station_->send(frame);
    }
  }
  std::vector<Frame> received(dataplane::Port& /*port*/) override { return station_->received(); }
  void connect() override { station_ = std::make_unique<RawSocket>(far_); }
  void set_link(bool up) override { ip("link set " + far_ + (up ? " up" : " down")); }

 protected:
  explicit InterfaceBench(std::string far) : far_{std::move(far)} {}
  const std::string far_;

 private:
  std::unique_ptr<RawSocket> station_;
};

class VethBench final : public InterfaceBench {
 public:
  VethBench(std::string family, Nature nature, bool needs_tags_in_frames)
      : InterfaceBench{"mcpfar"},
        family_{std::move(family)},
        nature_{nature},
        needs_tags_in_frames_{needs_tags_in_frames} {
    ip("link add mcpnear type veth peer name mcpfar");
    ip("link set mcpfar up");
  }
  ~VethBench() override { ip("link del mcpnear"); }
  VethBench(const VethBench&) = delete;
  VethBench& operator=(const VethBench&) = delete;

  [[nodiscard]] Nature nature() const override { return nature_; }
  [[nodiscard]] std::string device() const override { return family_ + "4,iface=mcpnear"; }
  // A bridge, as there is on a host of virtual machines.
  void send_through_kernel(const std::vector<Frame>& frames) override {
    ip("link add mcpbridge type bridge mcast_snooping 0");
    ip("link add mcpentry type veth peer name mcpouter");
    for (const char* interface : {"mcpbridge", "mcpentry", "mcpouter"}) {
      ip(std::string{"link set "} + interface + " up");
    }
    ip("link set mcpentry master mcpbridge");
    ip("link set mcpfar master mcpbridge");
    // What drivers/af_xdp/README.md asks of the other end of a veth pair: ethtool -K mcpfar txvlan off.
    drivers::KernelInterface far;
    if (needs_tags_in_frames_ && far.find("far,iface=mcpfar", {}).empty()) {
      far.keep_tags_in_frames();
    }
    const RawSocket station{"mcpouter"};
    for (const Frame& frame : frames) {
      station.send(frame);
    }
    ip("link del mcpbridge");
    ip("link del mcpentry");
  }
  void set_mtu(std::uint16_t mtu) override { ip("link set mcpfar mtu " + std::to_string(mtu)); }

 private:
  std::string family_;
  Nature nature_;
  bool needs_tags_in_frames_;
};

// The kernel's end of the interface is the far side.
class TapBench final : public InterfaceBench {
 public:
  TapBench() : InterfaceBench{"mcptap"} {}
  [[nodiscard]] Nature nature() const override { return {.can_lose_link = true, .largest_mtu = 1504}; }
  [[nodiscard]] std::string device() const override { return "net_tap6,iface=mcptap"; }
};

// Active-backup over two TAPs, which are made as those of --vdev are. Frames go by the first one. DPDK's TAP
// does not tell the bond when its link changes, and no other virtual device has one that does.
class BondingBench final : public InterfaceBench {
 public:
  BondingBench() : InterfaceBench{"mcpbond0"} {
    for (const char* member : kMembers) {
      if (rte_dev_probe(member) != 0) {
        throw std::runtime_error{std::string{member} + " cannot be made"};
      }
    }
  }
  ~BondingBench() override {
    for (const char* member : kMembers) {
      std::uint16_t ethdev = 0;
      rte_eth_dev_info info{};
      const std::string name{member, std::strcspn(member, ",")};
      if (rte_eth_dev_get_port_by_name(name.c_str(), &ethdev) == 0 &&
          rte_eth_dev_info_get(ethdev, &info) == 0) {
        rte_eth_dev_close(ethdev);
        rte_dev_remove(info.device);
      }
    }
  }
  BondingBench(const BondingBench&) = delete;
  BondingBench& operator=(const BondingBench&) = delete;

  [[nodiscard]] Nature nature() const override { return {.largest_mtu = 1504}; }
  [[nodiscard]] std::string device() const override {
    return "net_bonding2,mode=1,slave=net_tap21,slave=net_tap22,primary=net_tap21";
  }

 private:
  static constexpr const char* kMembers[] = {"net_tap21,iface=mcpbond0", "net_tap22,iface=mcpbond1"};
};

}  // namespace

std::unique_ptr<Bench> make_bonding_bench(rte_mempool* /*pool*/) { return std::make_unique<BondingBench>(); }

// A ring slot of 2048 bytes without what the kernel and the link have around the payload.
std::unique_ptr<Bench> make_af_packet_bench(rte_mempool* /*pool*/) {
  const Nature nature{.can_lose_link = true, .has_kernel_peer = true, .largest_mtu = 2048 - 18 - 68};
  return std::make_unique<VethBench>("net_af_packet", nature, false);
}

std::unique_ptr<Bench> make_af_xdp_bench(rte_mempool* /*pool*/) {
  const Nature nature{
      .can_lose_link = true, .has_kernel_peer = true, .passes_chains = false, .largest_mtu = 3502};
  return std::make_unique<VethBench>("net_af_xdp", nature, true);
}

std::unique_ptr<Bench> make_tap_bench(rte_mempool* /*pool*/) { return std::make_unique<TapBench>(); }

}  // namespace mcswitch::ports
