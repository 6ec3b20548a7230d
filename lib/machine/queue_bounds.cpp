// SPDX-License-Identifier: BSD-3-Clause

#include "machine/queue_bounds.hpp"

#include <algorithm>

namespace mcswitch::machine {

QueueBounds queue_bounds(const config::Port& port, const dataplane::PortFamily& family, std::size_t workers) {
  return {.rx = std::min<std::size_t>(port.rx_queues ? *port.rx_queues : workers, family.max_rx_queues),
          .tx = std::min<std::size_t>(workers, family.max_tx_queues)};
}

}  // namespace mcswitch::machine
