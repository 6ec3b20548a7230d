// SPDX-License-Identifier: BSD-3-Clause

#include "af_xdp/af_xdp_port.hpp"

#include <fmt/format.h>
#include <linux/bpf.h>
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_mbuf_pool_ops.h>
#include <rte_memzone.h>
#include <unistd.h>

#include <algorithm>
#include <bit>

#include "config/device_string.hpp"

namespace mcswitch::drivers {
namespace {

// In front of the frame: the mempool's header, the mbuf, DPDK's headroom, and what XDP keeps free.
constexpr std::uint32_t kMempoolHeader = RTE_CACHE_LINE_SIZE;
constexpr std::uint32_t kMbuf = sizeof(rte_mbuf);
constexpr std::uint32_t kXdpHeadroom = 256;
constexpr std::uint32_t kLargestFrame =
    AfXdpPort::kBuffer - kMempoolHeader - kMbuf - RTE_PKTMBUF_HEADROOM - kXdpHeadroom;
// Ethernet header and one VLAN tag.
constexpr std::uint32_t kLinkHeader = 14 + 4;

}  // namespace

AfXdpPort::~AfXdpPort() {
  rte_mempool_free(pool_);
  rte_memzone_free(memory_);
}

dataplane::Port::Problem AfXdpPort::check() {
  if (std::string problem = interface_.find(settings().device, "net_af_xdp0,iface=eth1"); !problem.empty()) {
    return problem;
  }
  if (settings().mtu + kLinkHeader > kLargestFrame) {
    return fmt::format(
        "an MTU of {} is beyond what AF_XDP can do, where a frame is in one page: the limit is {}",
        settings().mtu, kLargestFrame - kLinkHeader);
  }
  if (config::device_number(settings().device, "busy_budget") == 0UL) {
    return "busy_budget=0 would let the worker wait for the kernel for up to a second: leave it out, or give "
           "a number of frames (64 is DPDK's)";
  }
  if (!settings().take_over) {
    if (std::string problem = interface_.use_problem(); !problem.empty()) {
      return problem;
    }
  }
  return check_queues();
}

dataplane::Port::Problem AfXdpPort::check_queues() const {
  if (config::device_number(settings().device, "queue_count").value_or(1) != 1) {
    return "queue_count= is more than it can do: only the interface's owner can bring IGMP and MLD of "
           "several queues to one, so a port has one queue; leave it out";
  }
  if (const unsigned queues = interface_.receive_queues(); queues > 1) {
    return fmt::format(
        "{} spreads what it receives over {} queues, of which AF_XDP hears one: "
        "ethtool -L {} combined 1 (rx 1, where it counts receive queues apart)",
        interface_.name(), queues, interface_.name());
  }
  const auto& rx = settings().rx_descriptors;
  const auto& tx = settings().tx_descriptors;
  if (rx && !std::has_single_bit(*rx)) {
    return fmt::format(
        "rx-descriptors = {} is not a power of two, as the rings of AF_XDP are: {} would be right", *rx,
        std::bit_ceil(std::max<unsigned>(*rx, 64)));
  }
  if (tx && rx && *tx != *rx) {
    return fmt::format(
        "tx-descriptors = {} differs from rx-descriptors = {}: DPDK's device makes both rings of one size",
        *tx, *rx);
  }
  return std::nullopt;
}

// XDP sees the frame alone: a tag that the interface has taken out of it would be lost.
dataplane::PortLimits AfXdpPort::limits() const {
  dataplane::PortLimits limits = EthdevPort::limits();
  // The device takes no chains: what it sends with another tag than it came with has to fit one buffer.
  constexpr std::uint32_t kHeaderAndTag = 14 + 4;
  limits.min_data_room = std::max<std::uint32_t>(limits.min_data_room, settings().mtu + kHeaderAndTag);
  return limits;
}

dataplane::Port::Problem AfXdpPort::open() {
  interface_.keep_tags_in_frames();
  return KernelPort::open();
}

dataplane::Port::Problem AfXdpPort::start(const dataplane::StartRequest& request) {
  if (auto problem = make_pool(request.own_buffers)) {
    return problem;
  }
  dataplane::StartRequest own = request;
  own.pool = pool_;
  own.rx_descriptors = std::bit_floor(std::clamp<std::uint16_t>(request.rx_descriptors, 64, kInKernel));
  own.tx_descriptors = settings().rx_descriptors.value_or(own.rx_descriptors);
  return KernelPort::start(own);
}

dataplane::Port::Problem AfXdpPort::make_pool(std::uint32_t buffers) {
  if (sysconf(_SC_PAGESIZE) != kBuffer) {
    return "needs a kernel with pages of 4096 bytes";
  }
  const std::string name = fmt::format("af_xdp_{}", ethdev());
  const int node = capabilities().node;
  memory_ = rte_memzone_reserve_aligned(name.c_str(), std::size_t{buffers} * kBuffer, node, 0, kBuffer);
  if (memory_ == nullptr) {
    return fmt::format("{} MiB for its packet buffers cannot be allocated: {}",
                       std::size_t{buffers} * kBuffer / (1024 * 1024), rte_strerror(rte_errno));
  }
  pool_ = rte_mempool_create_empty(name.c_str(), buffers, kBuffer - kMempoolHeader, kCache,
                                   sizeof(rte_pktmbuf_pool_private), node, RTE_MEMPOOL_F_NO_SPREAD);
  if (pool_ == nullptr) {
    return fmt::format("has no pool of packet buffers: {}", rte_strerror(rte_errno));
  }
  if (const int result = rte_mempool_set_ops_byname(pool_, rte_mbuf_best_mempool_ops(), nullptr);
      result != 0) {
    return fmt::format("its pool of packet buffers is refused: {}", reason(result));
  }
  rte_pktmbuf_pool_private layout{};
  layout.mbuf_data_room_size = kBuffer - kMempoolHeader - kMbuf;
  rte_pktmbuf_pool_init(pool_, &layout);
  const int populated = rte_mempool_populate_virt(pool_, static_cast<char*>(memory_->addr), memory_->len,
                                                  kBuffer, nullptr, nullptr);
  if (populated != static_cast<int>(buffers) ||
      rte_mempool_calc_obj_size(pool_->elt_size, pool_->flags, nullptr) != kBuffer) {
    return fmt::format("its packet buffers do not fill their pages: {} of {}", populated, buffers);
  }
  rte_mempool_obj_iter(pool_, rte_pktmbuf_init, nullptr);
  return std::nullopt;
}

}  // namespace mcswitch::drivers
