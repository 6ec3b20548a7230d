// SPDX-License-Identifier: BSD-3-Clause

#include "packet_rate/latency_meter.hpp"

#include <rte_cycles.h>
#include <rte_mbuf.h>

#include "packet_rate/stamp.hpp"

namespace mcswitch::bench {

LatencyMeter::LatencyMeter(std::span<BenchPort* const> ports, std::uint64_t warm_up)
    : warm_up_{warm_up}, skew_{static_cast<std::uint32_t>(ports.size())} {
  for (BenchPort* port : ports) {
    sinks_.push_back(std::make_unique<Sink>(Sink{.meter = this}));
    port->send_by(transmit, sinks_.back().get());
  }
}

std::uint64_t LatencyMeter::replicas() const {
  std::uint64_t sum = 0;
  for (const auto& sink : sinks_) {
    sum += sink->packets;
  }
  return sum;
}

std::uint16_t LatencyMeter::transmit(void* sink, rte_mbuf** mbufs, std::uint16_t count) {
  auto& self = *static_cast<Sink*>(sink);
  LatencyMeter& meter = *self.meter;
  const std::uint64_t now = rte_rdtsc();
  for (std::uint16_t i = 0; i < count; ++i) {
    const Stamped stamp = read_stamp(rte_pktmbuf_mtod(mbufs[i], const std::uint8_t*));
    if (stamp.number < meter.warm_up_) {
      continue;
    }
    self.latency.record(now - stamp.at);
    std::uint64_t skew = 0;
    if (meter.skew_.saw(stamp.number, now, skew)) {
      meter.skews_.record(skew);
    }
  }
  self.packets += count;
  rte_pktmbuf_free_bulk(mbufs, count);
  return count;
}

}  // namespace mcswitch::bench
