// SPDX-License-Identifier: BSD-3-Clause
//
// The maximum number of queues that a port may get, before it is opened. The real number is known after its
// start; memory is planned for the maximum.
//
// Threads: pure functions; any thread.

#pragma once

#include <cstddef>

#include "config/config.hpp"
#include "dataplane/port_family.hpp"

namespace mcswitch::machine {

struct QueueBounds {
  std::size_t rx = 1;
  std::size_t tx = 1;
};

// At most these, and no more than the port's family has: rx-queues where it is a number, else a receive queue
// for each worker; a transmit queue for each worker.
QueueBounds queue_bounds(const config::Port& port, const dataplane::PortFamily& family, std::size_t workers);

}  // namespace mcswitch::machine
