// SPDX-License-Identifier: BSD-3-Clause
//
// How many queues a port may come to have, before it is opened. What it has is known after its start; memory
// is planned for the most.
//
// Threads: pure functions; any thread.

#pragma once

#include <cstddef>

#include "config/config.hpp"

namespace mcswitch::machine {

struct QueueBounds {
  std::size_t rx = 1;
  std::size_t tx = 1;
};

// At most these: one of each for drivers that never have more. Bonding has one as well (drivers/README.md),
// and is planned like a network card: more memory than it will take. Else rx-queues, where it is a number;
// several receive queues are for devices that can steer IGMP to one of them, and as many as there are
// workers; transmit queues are one for each worker.
QueueBounds queue_bounds(const config::Port& port, std::size_t workers);

}  // namespace mcswitch::machine
