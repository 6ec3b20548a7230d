// SPDX-License-Identifier: BSD-3-Clause

#include "pci/pci_port.hpp"

#include <fmt/format.h>
#include <rte_dev.h>
#include <rte_devargs.h>

#include "config/device_string.hpp"
#include "pci/pci_device.hpp"

namespace mcswitch::drivers {

std::string PciPort::ethdev_name() const {
  return config::device_pci_address(settings().device).value_or(settings().device);
}

std::string PciPort::probe_string() const {
  const std::string& device = settings().device;
  return ethdev_name() + device.substr(config::device_name(device).size());
}

dataplane::Port::Problem PciPort::check() {
  const std::string problem = PciDevice{ethdev_name()}.problem();
  return problem.empty() ? std::nullopt : Problem{problem};
}

std::optional<dataplane::PortNews> PciPort::remark() const {
  std::string notice = PciDevice{ethdev_name()}.notice();
  if (notice.empty()) {
    return std::nullopt;
  }
  return dataplane::PortNews{.is_warning = false, .text = std::move(notice)};
}

dataplane::Port::Problem PciPort::open() {
  forget_if_opened_otherwise();
  return EthdevPort::open();
}

void PciPort::forget_if_opened_otherwise() const {
  std::uint16_t there = 0;
  rte_eth_dev_info info{};
  if (rte_eth_dev_get_port_by_name(ethdev_name().c_str(), &there) != 0 ||
      rte_eth_dev_info_get(there, &info) != 0 || info.device == nullptr) {
    return;
  }
  const std::string wanted = probe_string();
  const std::size_t comma = wanted.find(',');
  const std::string options = comma == std::string::npos ? "" : wanted.substr(comma + 1);
  const rte_devargs* given = rte_dev_devargs(info.device);
  const std::string has = given == nullptr || given->args == nullptr ? "" : given->args;
  if (has != options && !options.empty()) {
    rte_dev_remove(info.device);
  }
}

}  // namespace mcswitch::drivers
