// SPDX-License-Identifier: BSD-3-Clause
//
// What the Forwarder knows of the burst that it is processing. Private to forwarder*.cpp.

#pragma once

#include "forwarding/forwarder.hpp"

namespace mcswitch::forwarding {

struct Forwarder::Burst {
  Burst(const Forwarder& forwarder, const Arrival& arrival, const Linearizer& its_linearizer)
      : ingress{arrival.ingress},
        now{arrival.now},
        settings{arrival.settings},
        counters{forwarder.counters_[ingress]},
        port{forwarder.ports_[ingress]},
        linearizer{its_linearizer} {}

  PortId ingress;
  TimePoint now;
  const table::ForwardingBlock& settings;
  PortCounters& counters;
  table::PortState& port;
  Linearizer linearizer;

  // Data frames whose group is looked up for the whole burst at once: in lookups_.
  std::size_t lookups = 0;

  // The source that the MAC table has just learned, and in which VLAN.
  MacAddress learned{};
  VlanId learned_in = 0;
  std::size_t for_owner = 0;

  void fate(FrameFate f) { counters.fates[f].add(); }
  void event(PortEvent e, std::uint64_t times = 1) { counters.events[e].add(times); }

  [[nodiscard]] table::MessageHead head(const Reporter& sender, VlanId vlan, Ipv4Address group,
                                        Stamp stamp) const {
    return {.port = ingress,
            .version = sender.version,
            .vlan = vlan,
            .stamp = stamp,
            .group = group,
            .source_address = sender.address,
            .source_mac = sender.mac};
  }
};

}  // namespace mcswitch::forwarding
