// SPDX-License-Identifier: BSD-3-Clause

#include "membership/router_ports.hpp"

#include <algorithm>

namespace mcswitch::membership {

bool RouterPorts::on_query(PortId port, const IpAddress& source, TimePoint now, Duration senders_interval) {
  if (source.is_unspecified() || never_.contains(port)) {
    return false;
  }
  const PortSet before = ports();
  heard_[port] = {source, now + std::max(interval_, senders_interval)};
  learned_.add(port);
  return ports() != before;
}

bool RouterPorts::on_link_down(PortId port) {
  const bool was_learned = learned_.contains(port);
  learned_.remove(port);
  return was_learned;
}

bool RouterPorts::on_time(TimePoint now) {
  const PortSet before = learned_;
  for (const PortId port : before) {
    if (heard_[port].expires <= now) {
      learned_.remove(port);
    }
  }
  return learned_ != before;
}

TimePoint RouterPorts::next() const {
  TimePoint next = kNever;
  for (const PortId port : learned_) {
    next = std::min(next, heard_[port].expires);
  }
  return next;
}

std::vector<RouterPorts::Router> RouterPorts::routers() const {
  std::vector<Router> rows;
  for (const PortId port : ports()) {
    if (always_.contains(port)) {
      rows.push_back({port, RouterOrigin::configured, {}, kNever});
    }
    if (learned_.contains(port)) {
      rows.push_back({port, RouterOrigin::query, heard_[port].address, heard_[port].expires});
    }
  }
  return rows;
}

}  // namespace mcswitch::membership
