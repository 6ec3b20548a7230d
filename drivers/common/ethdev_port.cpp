// SPDX-License-Identifier: BSD-3-Clause

#include "common/ethdev_port.hpp"

#include <fmt/format.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <cstring>

#include "common/device_string.hpp"

namespace mcswitch::drivers {
namespace {

std::string reason(int error) {
  return error == 0 ? "no reason given" : std::strerror(error < 0 ? -error : error);
}

}  // namespace

dataplane::Port::Problem EthdevPort::open() {
  const std::string name{device_name(settings().device)};
  if (const int result = rte_dev_probe(settings().device.c_str()); result < 0) {
    return fmt::format("DPDK cannot open it: {}", reason(result));
  }
  if (rte_eth_dev_get_port_by_name(name.c_str(), &ethdev_) != 0) {
    ethdev_ = kNoEthdev;
    return "DPDK opened it, but it is not an Ethernet device";
  }
  rte_ether_addr address{};
  if (rte_eth_macaddr_get(ethdev_, &address) == 0) {
    mac_ = MacAddress::from_octets(address.addr_bytes);
  }
  return std::nullopt;
}

dataplane::Port::Problem EthdevPort::start(rte_mempool* pool, std::uint16_t rx_descriptors,
                                           std::uint16_t tx_descriptors) {
  rte_eth_dev_info info{};
  if (const int result = rte_eth_dev_info_get(ethdev_, &info); result != 0) {
    return fmt::format("cannot be asked what it can do: {}", reason(result));
  }
  rte_eth_conf conf{};
  // Neither VLAN insertion nor fast free: both change or assume things of buffers that are shared.
  if (limits().multi_segment_transmit) {
    conf.txmode.offloads |= info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
  }
  if (const int result = rte_eth_dev_configure(ethdev_, 1, 1, &conf); result != 0) {
    return fmt::format("cannot be configured with one queue each way: {}", reason(result));
  }
  if (auto problem = set_mtu()) {
    return problem;
  }
  if (const int result = rte_eth_dev_adjust_nb_rx_tx_desc(ethdev_, &rx_descriptors, &tx_descriptors);
      result != 0) {
    return fmt::format("does not take these descriptor counts: {}", reason(result));
  }
  const int socket = rte_eth_dev_socket_id(ethdev_);
  const auto node = static_cast<unsigned>(socket < 0 ? 0 : socket);
  if (const int result = rte_eth_rx_queue_setup(ethdev_, 0, rx_descriptors, node, nullptr, pool);
      result != 0) {
    return fmt::format("receive queue cannot be set up: {}", reason(result));
  }
  if (const int result = rte_eth_tx_queue_setup(ethdev_, 0, tx_descriptors, node, nullptr); result != 0) {
    return fmt::format("transmit queue cannot be set up: {}", reason(result));
  }
  if (const int result = rte_eth_dev_start(ethdev_); result != 0) {
    return fmt::format("cannot be started: {}", reason(result));
  }
  started_ = true;
  // A switch must hear what is not addressed to it. Devices that cannot be told otherwise hear
  // everything anyway and answer "not supported".
  if (const int result = rte_eth_promiscuous_enable(ethdev_); result != 0 && result != -ENOTSUP) {
    return fmt::format("cannot be made promiscuous: {}", reason(result));
  }
  if (const int result = rte_eth_allmulticast_enable(ethdev_); result != 0 && result != -ENOTSUP) {
    return fmt::format("cannot be told to receive all multicast: {}", reason(result));
  }
  return std::nullopt;
}

void EthdevPort::stop() {
  if (ethdev_ == kNoEthdev) {
    return;
  }
  if (started_) {
    rte_eth_dev_stop(ethdev_);
    started_ = false;
  }
  rte_eth_dev_close(ethdev_);
  ethdev_ = kNoEthdev;
}

bool EthdevPort::poll_link() {
  rte_eth_link link{};
  if (rte_eth_link_get_nowait(ethdev_, &link) != 0) {
    return false;
  }
  link_speed_ = link.link_speed == RTE_ETH_SPEED_NUM_UNKNOWN ? 0 : link.link_speed;
  return link.link_status == RTE_ETH_LINK_UP;
}

}  // namespace mcswitch::drivers
