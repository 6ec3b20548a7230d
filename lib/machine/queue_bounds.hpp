// SPDX-License-Identifier: BSD-3-Clause
//
// How many queues a port may come to have, before it is opened. What it has is known after its start; memory
// is planned for the most.
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
