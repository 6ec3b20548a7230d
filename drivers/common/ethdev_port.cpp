// SPDX-License-Identifier: BSD-3-Clause

#include "common/ethdev_port.hpp"

#include <fmt/format.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>

#include "config/device_string.hpp"

namespace mcswitch::drivers {
namespace {

// Bytes around the payload of a frame, at the most: Ethernet header, two VLAN tags, and the frame check
// sequence that some devices write into the buffer.
constexpr std::uint32_t kOverhead = 14 + 2 * 4 + 4;

// virtio-net takes queues in pairs, and what it receives is spread over all pairs by the other side's own
// rule: with two transmit queues and one receive queue half of it would be lost. Only with receive-side
// scaling it follows the driver, and what has no hash goes to the first queue (virtio 1.2 section 5.1.6.5.7):
// with hashes of UDP alone that is all of IGMP and MLD, and needs no flow rule. Fragments have none either.
bool is_virtio(const rte_eth_dev_info& info) {
  return std::string_view{info.driver_name}.starts_with("net_virtio");
}

// Hashing by both addresses alone keeps a flow together also where some of its datagrams are fragments. Where
// a device cannot do that for every IPv4 frame, by ports as well.
std::uint64_t hash_types(const rte_eth_dev_info& info) {
  if (is_virtio(info)) {
    return info.flow_type_rss_offloads & (RTE_ETH_RSS_NONFRAG_IPV4_UDP | RTE_ETH_RSS_NONFRAG_IPV6_UDP);
  }
  const std::uint64_t types = (info.flow_type_rss_offloads & RTE_ETH_RSS_IPV4) != 0
                                  ? std::uint64_t{RTE_ETH_RSS_IP}
                                  : std::uint64_t{RTE_ETH_RSS_IP | RTE_ETH_RSS_UDP};
  return types & info.flow_type_rss_offloads;
}

// Empty if the device hashes exactly what it was configured to.
std::string hash_problem(std::uint16_t ethdev, std::uint64_t types) {
  rte_eth_rss_conf conf{};
  if (const int result = rte_eth_dev_rss_hash_conf_get(ethdev, &conf); result != 0 || conf.rss_hf != types) {
    return "the device spreads more than UDP over its receive queues, and so IGMP and MLD as well";
  }
  return {};
}

// What `key` asks for, or `automatic` brought within the limits.
std::string choose_descriptors(std::string_view key, std::optional<std::uint16_t> configured,
                               std::uint16_t automatic, const rte_eth_desc_lim& limits,
                               std::uint16_t& result) {
  const unsigned align = std::max<unsigned>(limits.nb_align, 1);
  const unsigned least = limits.nb_min;
  const unsigned most = limits.nb_max == 0 ? UINT16_MAX : limits.nb_max;
  if (configured) {
    if (*configured < least || *configured > most || *configured % align != 0) {
      return fmt::format("{} = {} is beyond what the device can do: {} to {}{}", key, *configured,
                         std::max(least, align), most,
                         align == 1 ? std::string{} : fmt::format(", in multiples of {}", align));
    }
    result = *configured;
    return {};
  }
  const unsigned rounded = (automatic + align - 1) / align * align;
  result = static_cast<std::uint16_t>(std::clamp(rounded, least, most));
  return {};
}

}  // namespace

std::string EthdevPort::reason(int error) {
  return error == 0 ? "no reason given" : std::strerror(error < 0 ? -error : error);
}

std::uint32_t EthdevPort::data_room(rte_mempool* pool) {
  return static_cast<std::uint32_t>(rte_pktmbuf_data_room_size(pool)) - RTE_PKTMBUF_HEADROOM;
}

std::string EthdevPort::ethdev_name() const { return std::string{config::device_name(settings().device)}; }

dataplane::PortLimits EthdevPort::limits() const {
  return {.multi_segment_transmit = announces_multi_segment_ || family().chains_buffers,
          .transmit_may_block = family().transmit_may_block};
}

// --- open --------------------------------------------------------------------------------------

dataplane::Port::Problem EthdevPort::open() {
  if (auto problem = probe()) {
    return problem;
  }
  if (auto problem = take()) {
    return problem;
  }
  return learn();
}

dataplane::Port::Problem EthdevPort::learn() {
  rte_eth_dev_info info{};
  if (const int result = rte_eth_dev_info_get(ethdev_, &info); result != 0) {
    return fmt::format("does not report its capabilities: {}", reason(result));
  }
  device_ = info.device;
  announces_multi_segment_ = (info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS) != 0;
  capabilities_ = {.max_rx_queues = std::min({info.max_rx_queues, family().max_rx_queues,
                                              static_cast<std::uint16_t>(RTE_MAX_QUEUES_PER_PORT)}),
                   .max_tx_queues = std::min({info.max_tx_queues, family().max_tx_queues,
                                              static_cast<std::uint16_t>(RTE_MAX_QUEUES_PER_PORT)}),
                   .node = rte_eth_dev_socket_id(ethdev_)};
  if (is_virtio(info) && hash_types(info) == 0) {
    capabilities_.max_rx_queues = 1;
    capabilities_.max_tx_queues = 1;
  }
  rte_ether_addr address{};
  if (rte_eth_macaddr_get(ethdev_, &address) == 0) {
    mac_ = MacAddress::from_bytes(address.addr_bytes);
  }
  return std::nullopt;
}

// Devices that DPDK found when it started are there already.
dataplane::Port::Problem EthdevPort::probe() {
  const std::string name = ethdev_name();
  if (rte_eth_dev_get_port_by_name(name.c_str(), &ethdev_) == 0) {
    return std::nullopt;
  }
  ethdev_ = kNoEthdev;
  if (const int result = rte_dev_probe(probe_string().c_str()); result < 0) {
    if (result == -ENOSPC || rte_eth_dev_count_total() >= RTE_MAX_ETHPORTS) {
      return fmt::format("is one device too many: this DPDK build supports {}", RTE_MAX_ETHPORTS);
    }
    return fmt::format("DPDK cannot open it: {}", reason(result));
  }
  if (rte_eth_dev_get_port_by_name(name.c_str(), &ethdev_) == 0) {
    return std::nullopt;
  }
  // Some devices name their Ethernet ports otherwise than themselves.
  rte_dev_iterator iterator{};
  if (rte_eth_iterator_init(&iterator, name.c_str()) == 0) {
    ethdev_ = rte_eth_iterator_next(&iterator);
    if (ethdev_ != kNoEthdev) {
      rte_eth_iterator_cleanup(&iterator);
      return std::nullopt;
    }
  }
  ethdev_ = kNoEthdev;
  return "DPDK opened it, but it is not an Ethernet device";
}

dataplane::Port::Problem EthdevPort::take() {
  rte_eth_dev_owner owner{};
  fmt::format_to_n(owner.name, sizeof(owner.name) - 1, "mcswitch port {}", settings().name);
  if (rte_eth_dev_owner_new(&owner.id) == 0 && rte_eth_dev_owner_set(ethdev_, &owner) == 0) {
    owner_ = owner.id;
    return std::nullopt;
  }
  rte_eth_dev_owner other{};
  rte_eth_dev_owner_get(ethdev_, &other);
  ethdev_ = kNoEthdev;
  return fmt::format("is in use already, by {}; each port needs a device of its own", other.name);
}

// --- start -------------------------------------------------------------------------------------

dataplane::Port::Problem EthdevPort::start(const dataplane::StartRequest& request) {
  rte_eth_dev_info info{};
  if (const int result = rte_eth_dev_info_get(ethdev_, &info); result != 0) {
    return fmt::format("does not report its capabilities: {}", reason(result));
  }
  if (auto problem = mtu_problem(info)) {
    return problem;
  }
  queues_ = {};
  std::uint16_t rx_queues = std::min(request.rx_queues, capabilities_.max_rx_queues);
  std::string remark;
  if (rx_queues < request.rx_queues) {
    remark = fmt::format("{} receive queue{} of the device {} of use", rx_queues, rx_queues == 1 ? "" : "s",
                         rx_queues == 1 ? "is" : "are");
    if (request.rx_queues_required) {
      return fmt::format("rx-queues = {} is beyond what the device can do: {}", request.rx_queues, remark);
    }
  }
  if (rx_queues > 1) {
    const Problem problem = bring_up(request, rx_queues, info);
    remark = problem ? *problem : is_virtio(info) ? hash_problem(ethdev_, hash_types(info)) : steer_control();
    if (!remark.empty()) {
      if (request.rx_queues_required) {
        return fmt::format("rx-queues = {} is not possible: {}", request.rx_queues, remark);
      }
      halt();
      rx_queues = 1;
    }
  }
  if (!started_) {
    if (auto problem = bring_up(request, rx_queues, info)) {
      return problem;
    }
  }
  queues_.remark = remark;
  return std::nullopt;
}

// Said before anything is set, in words with a number: the device itself would only say "invalid argument".
dataplane::Port::Problem EthdevPort::mtu_problem(const rte_eth_dev_info& info) const {
  if (family().own_mtu) {
    return std::nullopt;
  }
  constexpr std::uint32_t kLeastOverhead = RTE_ETHER_HDR_LEN + RTE_ETHER_CRC_LEN;
  std::uint32_t limit = info.max_mtu;
  if (info.max_mtu == UINT16_MAX && info.max_rx_pktlen > kLeastOverhead) {
    limit = std::min(limit, info.max_rx_pktlen - kLeastOverhead);
  }
  if (settings().mtu > limit) {
    return fmt::format("an MTU of {} is beyond what the device can do: its limit is {}", settings().mtu,
                       limit);
  }
  if (settings().mtu < info.min_mtu) {
    return fmt::format("an MTU of {} is less than the device can do: its least is {}", settings().mtu,
                       info.min_mtu);
  }
  return std::nullopt;
}

dataplane::Port::Problem EthdevPort::bring_up(const dataplane::StartRequest& request, std::uint16_t rx_queues,
                                              const rte_eth_dev_info& info) {
  if (auto problem = configure(rx_queues, request.tx_queues, info, request.pool)) {
    return problem;
  }
  if (rx_queues > 1 && !is_virtio(info) && !ControlRules::are_known(ethdev_)) {
    return "its driver knows no flow rules, which would bring IGMP and MLD to one queue";
  }
  if (auto problem = set_up_queues(request, info)) {
    return problem;
  }
  if (const int result = rte_eth_dev_start(ethdev_); result != 0) {
    return fmt::format("cannot be started: {}", reason(result));
  }
  started_ = true;
  return hear_everything();
}

dataplane::Port::Problem EthdevPort::configure(std::uint16_t rx_queues, std::uint16_t tx_queues,
                                               const rte_eth_dev_info& info, rte_mempool* pool) {
  queues_.rx = rx_queues;
  queues_.tx = std::min(tx_queues, capabilities_.max_tx_queues);
  conf_ = {};
  conf_.txmode.offloads = info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
  const std::uint32_t room = data_room(pool);
  if (settings().mtu + kOverhead > room) {
    conf_.rxmode.offloads = info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER;
    if (conf_.rxmode.offloads == 0 && !family().chains_buffers && !family().own_mtu) {
      return fmt::format(
          "an MTU of {} does not fit a packet buffer of {} bytes, and the device cannot spread a frame over "
          "several: its limit is {}",
          settings().mtu, room, room - kOverhead);
    }
  }
  if (!family().own_mtu) {
    conf_.rxmode.mtu = settings().mtu;
  }
  if (rx_queues > 1 || (is_virtio(info) && queues_.tx > 1)) {
    conf_.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    conf_.rx_adv_conf.rss_conf.rss_hf = hash_types(info);
    if (conf_.rx_adv_conf.rss_conf.rss_hf == 0) {
      return "the device cannot spread IP over its receive queues";
    }
  }
  if (const int result = rte_eth_dev_configure(ethdev_, queues_.rx, queues_.tx, &conf_); result != 0) {
    return fmt::format("cannot be configured with {} receive and {} transmit queues: {}", queues_.rx,
                       queues_.tx, reason(result));
  }
  if (family().own_mtu) {
    return std::nullopt;
  }
  // Devices that do not know an MTU pass what they are given.
  if (const int result = rte_eth_dev_set_mtu(ethdev_, settings().mtu); result != 0 && result != -ENOTSUP) {
    return fmt::format("does not take an MTU of {}: {}; it reports a limit of {}", settings().mtu,
                       reason(result), info.max_mtu);
  }
  return std::nullopt;
}

dataplane::Port::Problem EthdevPort::set_up_queues(const dataplane::StartRequest& request,
                                                   const rte_eth_dev_info& info) {
  if (std::string problem =
          choose_descriptors("rx-descriptors", settings().rx_descriptors, request.rx_descriptors,
                             info.rx_desc_lim, queues_.rx_descriptors);
      !problem.empty()) {
    return problem;
  }
  if (std::string problem =
          choose_descriptors("tx-descriptors", settings().tx_descriptors, request.tx_descriptors,
                             info.tx_desc_lim, queues_.tx_descriptors);
      !problem.empty()) {
    return problem;
  }
  const auto node = static_cast<unsigned>(std::max(capabilities_.node, 0));
  rte_eth_rxconf rx = info.default_rxconf;
  rx.offloads = conf_.rxmode.offloads;
  // A queue that is full must not hold up the others of its port.
  rx.rx_drop_en = queues_.rx > 1 ? 1 : rx.rx_drop_en;
  for (std::uint16_t queue = 0; queue < queues_.rx; ++queue) {
    if (const int result =
            rte_eth_rx_queue_setup(ethdev_, queue, queues_.rx_descriptors, node, &rx, request.pool);
        result != 0) {
      return fmt::format("receive queue {} of {} descriptors cannot be set up: {}", queue,
                         queues_.rx_descriptors, reason(result));
    }
  }
  rte_eth_txconf tx = info.default_txconf;
  tx.offloads = conf_.txmode.offloads;
  for (std::uint16_t queue = 0; queue < queues_.tx; ++queue) {
    if (const int result = rte_eth_tx_queue_setup(ethdev_, queue, queues_.tx_descriptors, node, &tx);
        result != 0) {
      return fmt::format("transmit queue {} of {} descriptors cannot be set up: {}", queue,
                         queues_.tx_descriptors, reason(result));
    }
  }
  return std::nullopt;
}

// A switch must receive frames that are not addressed to it. A promiscuous device receives all multicast as
// well. The second call is for devices that need both, so its result does not matter.
dataplane::Port::Problem EthdevPort::hear_everything() const {
  const int result = rte_eth_promiscuous_enable(ethdev_);
  if (result == -ENOTSUP && family().hears_everything) {
    return std::nullopt;
  }
  if (result != 0) {
    return fmt::format("cannot be made promiscuous: {}", reason(result));
  }
  if (rte_eth_promiscuous_get(ethdev_) != 1) {
    return "did not become promiscuous";
  }
  rte_eth_allmulticast_enable(ethdev_);
  return std::nullopt;
}

std::string EthdevPort::steer_control() {
  if (std::string problem = rules_.create(ethdev_); !problem.empty()) {
    return problem;
  }
  // Frames that arrived before the rules may be on the wrong queue.
  std::array<rte_mbuf*, 32> early{};
  for (std::uint16_t queue = 0; queue < queues_.rx; ++queue) {
    for (std::uint16_t bursts = 0; bursts < queues_.rx_descriptors; ++bursts) {
      const std::uint16_t count = rte_eth_rx_burst(ethdev_, queue, early.data(), early.size());
      rte_pktmbuf_free_bulk(early.data(), count);
      if (count == 0) {
        break;
      }
    }
  }
  return {};
}

// --- stop --------------------------------------------------------------------------------------

void EthdevPort::halt() {
  if (started_) {
    rules_.destroy(ethdev_);
    rte_eth_dev_stop(ethdev_);
    started_ = false;
  }
}

void EthdevPort::stop() {
  if (ethdev_ == kNoEthdev) {
    return;
  }
  halt();
  rte_eth_dev_owner_unset(ethdev_, owner_);
  rte_eth_dev_close(ethdev_);
  ethdev_ = kNoEthdev;
  if (device_ != nullptr) {
    rte_dev_remove(device_);
    device_ = nullptr;
  }
}

bool EthdevPort::poll_link() {
  rte_eth_link link{};
  if (rte_eth_link_get_nowait(ethdev_, &link) != 0) {
    return false;
  }
  link_speed_.store(link.link_speed == RTE_ETH_SPEED_NUM_UNKNOWN ? 0 : link.link_speed,
                    std::memory_order_relaxed);
  return link.link_status == RTE_ETH_LINK_UP;
}

DeviceLosses EthdevPort::losses() {
  static std::mutex one_at_a_time;
  const std::lock_guard lock{one_at_a_time};
  DeviceLosses losses{};
  const auto add = [&](DeviceLoss loss, std::uint64_t count) {
    losses[static_cast<std::size_t>(loss)] += count;
  };
  rte_eth_stats stats{};
  if (rte_eth_stats_get(ethdev_, &stats) == 0) {
    add(DeviceLoss::rx_missed, stats.imissed);
    add(DeviceLoss::rx_errors, stats.ierrors);
    add(DeviceLoss::rx_no_mbuf, stats.rx_nombuf);
    add(DeviceLoss::tx_errors, stats.oerrors);
  }
  add_losses(losses);
  return losses;
}

}  // namespace mcswitch::drivers
