// SPDX-License-Identifier: BSD-3-Clause

#include "bonding/bonding_port.hpp"

#include <fmt/format.h>
#include <rte_dev.h>

#include "config/device_string.hpp"
#include "pci/pci_device.hpp"

namespace mcswitch::drivers {
namespace {

std::vector<std::string> members(std::string_view device) {
  std::vector<std::string> names = config::device_arguments(device, "slave");
  for (std::string& name : names) {
    name = config::pci_address(name).value_or(name);
  }
  return names;
}

}  // namespace

dataplane::Port::Problem BondingPort::check() {
  const std::vector<std::string> names = members(settings().device);
  if (names.empty()) {
    return "has no members: net_bonding0,mode=1,slave=0000:03:00.0,slave=0000:03:00.1 would be right";
  }
  if (!config::device_argument(settings().device, "mode")) {
    return "has no mode=: 1 is active-backup, 2 balances by addresses, 4 is LACP";
  }
  // DPDK writes source addresses into the frames, which other ports may be sending at that moment.
  if (const auto mode = config::device_number(settings().device, "mode"); mode == 5UL || mode == 6UL) {
    return fmt::format(
        "mode={} sends frames with other source MAC addresses than they came with, which a switch must not: "
        "mode=2 balances by addresses, mode=4 is LACP",
        *mode);
  }
  for (const std::string& name : names) {
    if (config::pci_address(name)) {
      if (const std::string problem = PciDevice{name}.problem(); !problem.empty()) {
        return fmt::format("its member {} {}", name, problem);
      }
    }
  }
  return std::nullopt;
}

// In modes 0, 2 and 4 the frames that a member did not take are moved to the end of the caller's array. LACP
// sends its own frames when the bond is asked to send.
dataplane::PortLimits BondingPort::limits() const {
  dataplane::PortLimits limits = EthdevPort::limits();
  limits.writes_transmit_array = true;
  limits.works_in_transmit = config::device_number(settings().device, "mode") == 4UL;
  return limits;
}

dataplane::Port::Problem BondingPort::open() {
  for (const std::string& name : members(settings().device)) {
    if (auto problem = open_member(name)) {
      return problem;
    }
  }
  if (auto problem = EthdevPort::open()) {
    return problem;
  }
  // The device takes its members in when it is configured for the first time; before, it can do nothing.
  const rte_eth_conf plain{};
  if (const int result = rte_eth_dev_configure(ethdev(), 1, 1, &plain); result != 0) {
    return fmt::format("its members cannot be bonded: {}", reason(result));
  }
  return learn();
}

dataplane::Port::Problem BondingPort::open_member(const std::string& member) {
  std::uint16_t there = 0;
  if (rte_eth_dev_get_port_by_name(member.c_str(), &there) == 0) {
    return std::nullopt;
  }
  if (const int result = rte_dev_probe(member.c_str()); result < 0) {
    return fmt::format(
        "its member {} cannot be opened: {} (a virtual device with options is made with --vdev=... in "
        "switch.eal-args)",
        member, reason(result));
  }
  opened_.push_back(member);
  return std::nullopt;
}

void BondingPort::stop() {
  EthdevPort::stop();
  for (const std::string& name : opened_) {
    std::uint16_t member = 0;
    rte_eth_dev_info info{};
    if (rte_eth_dev_get_port_by_name(name.c_str(), &member) == 0 &&
        rte_eth_dev_info_get(member, &info) == 0) {
      rte_eth_dev_close(member);
      rte_dev_remove(info.device);
    }
  }
  opened_.clear();
}

}  // namespace mcswitch::drivers
