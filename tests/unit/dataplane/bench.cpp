// SPDX-License-Identifier: BSD-3-Clause

#include "unit/dataplane/bench.hpp"

#include "dataplane/packet_pool.hpp"

#include <fmt/format.h>
#include <rte_dev.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace mcswitch::dataplane {
namespace {

constexpr unsigned kBuffers = 8191;
constexpr unsigned kRxRing = 4096;

rte_ring* make_ring(const std::string& name, unsigned size) {
  rte_ring* ring = rte_ring_create(name.c_str(), size, 0, RING_F_SP_ENQ | RING_F_SC_DEQ | RING_F_EXACT_SZ);
  if (ring == nullptr) {
    throw std::runtime_error{"no ring " + name};
  }
  return ring;
}

void must(int result, const char* what) {
  if (result < 0) {
    throw std::runtime_error{what};
  }
}

// The VLANs of bench.hpp.
std::unique_ptr<table::ForwardingBlock> make_settings(const BenchOptions& options) {
  auto settings = std::make_unique<table::ForwardingBlock>();
  settings->has_tags = options.has_tags;
  const auto furnish = [&](VlanId id, PortSet all, PortSet tagged) {
    table::VlanForwarding& vlan = settings->vlans[id];
    vlan.flood.store(all);
    vlan.tagged = options.has_tags ? tagged : PortSet{};
    vlan.igmp = table::Snooping::prune;
  };
  furnish(10, ports({2, 3, 4, 5, 6}), ports({4, 6}));
  furnish(20, ports({4, 7}), ports({4}));
  furnish(30, ports({0, 1}), {});

  constexpr std::array<VlanId, Bench::kPorts> kUntagged{30, 30, 10, 10, 0, 10, 0, 20};
  for (PortId p = 0; p < Bench::kPorts; ++p) {
    settings->ports[p] = {.own_mac = MacAddress{0x02'aa'00'00'00'00U + p}, .vlan = kUntagged[p]};
  }
  return settings;
}

}  // namespace

Bench::Bench(const BenchOptions& options)
    : pool_{make_packet_pool("bench", kBuffers, 0,
                             static_cast<std::uint16_t>(options.data_room + RTE_PKTMBUF_HEADROOM), 0)} {
  if (pool_ == nullptr) {
    throw std::runtime_error{"no pool"};
  }
  for (std::size_t p = 0; p < kPorts; ++p) {
    Port& port = ports_[p];
    for (unsigned q = 0; q < options.rx_queues; ++q) {
      port.rx.push_back(make_ring(fmt::format("rx{}_{}", p, q), kRxRing));
    }
    for (unsigned q = 0; q < options.tx_queues; ++q) {
      port.tx.push_back(make_ring(fmt::format("tx{}_{}", p, q), options.tx_ring_size));
    }
    const int id = rte_eth_from_rings(fmt::format("bench{}", p).c_str(), port.rx.data(), options.rx_queues,
                                      port.tx.data(), options.tx_queues, 0);
    must(id, "no port");
    port.ethdev = static_cast<std::uint16_t>(id);
    const rte_eth_conf conf{};
    must(rte_eth_dev_configure(port.ethdev, options.rx_queues, options.tx_queues, &conf), "configure");
    for (std::uint16_t q = 0; q < options.rx_queues; ++q) {
      must(rte_eth_rx_queue_setup(port.ethdev, q, 64, 0, nullptr, pool_), "receive queue");
    }
    for (std::uint16_t q = 0; q < options.tx_queues; ++q) {
      must(rte_eth_tx_queue_setup(port.ethdev, q, 64, 0, nullptr), "transmit queue");
    }
    must(rte_eth_dev_start(port.ethdev), "start");
  }

  tables_->link_up.store(PortSet::first(kPorts));
  tables_->forwarding.publish(make_settings(options), quiescence_);
  std::vector<WorkerSetup> setups(options.workers);
  for (unsigned w = 0; w < options.workers; ++w) {
    WorkerSetup& setup = setups[w];
    setup.index = w;
    setup.control_ports = w == 0 ? PortSet{0xffffffff} : PortSet{};
    Handover* to_first = nullptr;
    if (w != 0) {
      handovers_.push_back(Handover::make(fmt::format("bench_handover_{}", w), 0));
      to_first = handovers_.back().get();
      setups[0].taken_from.push_back(to_first);
    }
    for (PortId p = 0; p < kPorts; ++p) {
      if (w < options.rx_queues) {
        setup.receives.push_back(
            {.port = p, .ethdev = ports_[p].ethdev, .queue = static_cast<std::uint16_t>(w)});
        setup.owners[p] = to_first;
      }
      setup.transmits[p] = {
          .exists = true,
          .ethdev = options.own_array.contains(p) ? options.own_array_ethdev : ports_[p].ethdev,
          .queue = static_cast<std::uint16_t>(w < options.tx_queues ? w : 0),
          .max_frame = options.mtu + 18U,
          .multi_segment = !options.single_segment.contains(p),
          .own_array = options.own_array.contains(p),
          .needs_calls = options.needs_calls.contains(p),
          .handover = w < options.tx_queues ? nullptr : to_first};
    }
  }
  for (const WorkerSetup& setup : setups) {
    workers_.push_back(std::make_unique<Worker>(
        setup,
        Worker::Shared{.tables = *tables_, .quiescence = quiescence_, .pool = pool_, .clock = TscClock{}}));
    // Its loop then ends with its first turn.
    workers_.back()->request_stop();
  }
}

Bench::~Bench() {
  workers_.clear();
  handovers_.clear();
  for (Port& port : ports_) {
    // Removed, not only closed: the next Bench uses the same names.
    rte_eth_dev_info info{};
    rte_eth_dev_info_get(port.ethdev, &info);
    rte_eth_dev_stop(port.ethdev);
    rte_eth_dev_close(port.ethdev);
    rte_dev_remove(info.device);
    for (auto* rings : {&port.rx, &port.tx}) {
      for (rte_ring* ring : *rings) {
        rte_ring_free(ring);
      }
    }
  }
  rte_mempool_free(pool_);
}

rte_mbuf* Bench::frame(const Bytes& bytes, std::size_t segment) {
  rte_mbuf* first = nullptr;
  for (std::size_t at = 0; at < bytes.size(); at += segment) {
    const std::size_t size = std::min(segment, bytes.size() - at);
    rte_mbuf* m = rte_pktmbuf_alloc(pool_);
    std::memcpy(rte_pktmbuf_append(m, static_cast<std::uint16_t>(size)), bytes.data() + at, size);
    if (first == nullptr) {
      first = m;
    } else {
      must(rte_pktmbuf_chain(first, m), "chain");
    }
    if (segment == SIZE_MAX) {
      break;
    }
  }
  return first;
}

void Bench::arrive(PortId port, rte_mbuf* m, std::uint16_t queue) {
  must(rte_ring_enqueue(ports_[port].rx[queue], m), "receive queue full");
}

void Bench::turn(unsigned worker) { best_fast_path().run(*workers_[worker]); }

std::vector<rte_mbuf*> Bench::sent(PortId port, std::uint16_t queue) {
  std::vector<rte_mbuf*> frames;
  void* m = nullptr;
  while (rte_ring_dequeue(ports_[port].tx[queue], &m) == 0) {
    frames.push_back(static_cast<rte_mbuf*>(m));
    held_.push_back(frames.back());
  }
  return frames;
}

Bytes Bench::bytes(const rte_mbuf* m) {
  Bytes all;
  for (const rte_mbuf* s = m; s != nullptr; s = s->next) {
    const auto* data = rte_pktmbuf_mtod(s, const std::uint8_t*);
    all.insert(all.end(), data, data + s->data_len);
  }
  EXPECT_EQ(all.size(), m->pkt_len);
  return all;
}

Bytes Bench::only(PortId port) {
  const auto frames = sent(port);
  EXPECT_EQ(frames.size(), 1U) << "port " << int{port};
  return frames.size() == 1 ? bytes(frames.front()) : Bytes{};
}

void Bench::join(VlanId vlan, Ipv4Address group, PortSet members) {
  for (const PortId port : members) {
    tables_->groups.join({vlan, IpAddress::from(group)}, port, 1, 2);
  }
}

std::uint64_t Bench::drops(PortId port, TxDrop reason) const {
  std::uint64_t sum = 0;
  for (const auto& worker : workers_) {
    sum += worker->counters()[port].tx_drops[reason].value();
  }
  return sum;
}

std::uint64_t Bench::fates(PortId port, FrameFate fate) const {
  std::uint64_t sum = 0;
  for (const auto& worker : workers_) {
    sum += worker->counters()[port].fates[fate].value();
  }
  return sum;
}

unsigned Bench::missing() {
  for (PortId port = 0; port < kPorts; ++port) {
    for (std::uint16_t queue = 0; queue < ports_[port].tx.size(); ++queue) {
      sent(port, queue);
    }
  }
  for (rte_mbuf* m : held_) {
    rte_pktmbuf_free(m);
  }
  held_.clear();
  return kBuffers - rte_mempool_avail_count(pool_);
}

}  // namespace mcswitch::dataplane
