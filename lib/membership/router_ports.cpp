// SPDX-License-Identifier: BSD-3-Clause

#include "membership/router_ports.hpp"

#include <algorithm>
#include <bit>
#include <tuple>
#include <utility>

namespace mcswitch::membership {
namespace {

auto key_of(const RouterPorts::Router& router) {
  return std::tie(router.port, router.origin, router.address);
}

}  // namespace

bool RouterPorts::on_query(PortId port, const IpAddress& source, TimePoint now, Duration senders_interval) {
  if (!never_.contains(port)) {
    put(by_query(port, source, now, senders_interval));
  }
  return update_learned();
}

bool RouterPorts::on_specific_query(PortId port, const IpAddress& source, TimePoint now,
                                    Duration senders_interval) {
  const Router heard = by_query(port, source, now, senders_interval);
  const auto known = std::ranges::lower_bound(heard_, key_of(heard), {}, key_of);
  const bool is_known = known != heard_.end() && key_of(*known) == key_of(heard);
  return !(is_known && known->expires >= heard.expires) && on_query(port, source, now, senders_interval);
}

bool RouterPorts::on_router(PortId port, RouterOrigin origin, const IpAddress& source, Duration lifetime,
                            TimePoint now) {
  if (source.is_unspecified() || never_.contains(port)) {
    return false;
  }
  if (lifetime <= Duration::zero()) {
    std::erase_if(heard_, [&](const Router& router) {
      return router.port == port && router.origin == origin && router.address == source;
    });
  } else {
    put({.port = port,
         .origin = origin,
         .address = source,
         .expires = lifetime == kForever ? kNever : now + lifetime});
  }
  return update_learned();
}

void RouterPorts::put(const Router& router) {
  const auto place = std::ranges::lower_bound(heard_, key_of(router), {}, key_of);
  if (place != heard_.end() && key_of(*place) == key_of(router)) {
    place->expires = router.expires;
    return;
  }
  ++arrivals_;
  Router added = router;
  std::uint32_t taken = 0;
  auto first_to_end = heard_.end();
  for (auto row = heard_.begin(); row != heard_.end(); ++row) {
    if (row->port == router.port) {
      taken |= 1U << row->place;
      if (first_to_end == heard_.end() || row->expires < first_to_end->expires) {
        first_to_end = row;
      }
    }
  }
  added.place = static_cast<std::uint8_t>(std::countr_one(taken));
  if (added.place < kMost) {
    heard_.insert(place, added);
  } else if (first_to_end->expires < router.expires) {
    added.place = first_to_end->place;
    *first_to_end = added;
    std::ranges::sort(heard_, {}, key_of);
  }
}

bool RouterPorts::on_link_down(PortId port) {
  std::erase_if(heard_, [&](const Router& router) { return router.port == port; });
  return update_learned();
}

void RouterPorts::forget_unnumbered() {
  if (std::erase_if(heard_, [](const Router& router) { return router.address.is_unspecified(); }) != 0) {
    update_learned();
  }
}

bool RouterPorts::on_time(TimePoint now) {
  if (next() > now) {
    return false;
  }
  std::erase_if(heard_, [&](const Router& router) { return router.expires <= now; });
  return update_learned();
}

TimePoint RouterPorts::next() const {
  TimePoint next = kNever;
  for (const Router& router : heard_) {
    next = std::min(next, router.expires);
  }
  return next;
}

bool RouterPorts::update_learned() {
  PortSet learned;
  for (const Router& router : heard_) {
    learned.add(router.port);
  }
  std::swap(learned_, learned);
  return learned_ != learned;
}

std::vector<RouterPorts::Router> RouterPorts::routers() const {
  std::vector<Router> rows{heard_};
  for (const PortId port : always_) {
    const auto first = std::ranges::lower_bound(rows, port, {}, &Router::port);
    rows.insert(first, {.port = port, .origin = RouterOrigin::configured, .address = {}, .place = kMost});
  }
  return rows;
}

}  // namespace mcswitch::membership
