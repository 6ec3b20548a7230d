// SPDX-License-Identifier: BSD-3-Clause

#include "dataplane/queue_plan.hpp"

#include <algorithm>
#include <tuple>

namespace mcswitch::dataplane {
namespace {

// The best worker for one more queue of a port.
unsigned choose(const PlanPort& port, std::span<const PlanWorker> workers, std::span<const unsigned> load,
                std::span<const unsigned> of_this_port) {
  const auto cost = [&](unsigned w) {
    const bool is_far = port.node >= 0 && workers[w].node >= 0 && workers[w].node != port.node;
    return std::tuple{is_far, of_this_port[w], load[w]};
  };
  unsigned best = 0;
  for (unsigned w = 1; w < workers.size(); ++w) {
    if (cost(w) < cost(best)) {
      best = w;
    }
  }
  return best;
}

void plan_transmit(const PlanPort& port, std::size_t workers, PortPlan& plan) {
  plan.tx.resize(workers);
  if (port.tx_queues >= workers) {
    for (unsigned w = 0; w < workers; ++w) {
      plan.tx[w] = {.worker = w, .queue = static_cast<std::uint16_t>(w)};
    }
    return;
  }
  // First the workers that poll the port, which know it best; then the others, in order.
  std::vector<unsigned> senders;
  const auto add = [&](unsigned w) {
    if (senders.size() < port.tx_queues && std::find(senders.begin(), senders.end(), w) == senders.end()) {
      senders.push_back(w);
    }
  };
  for (const unsigned w : plan.rx_worker) {
    add(w);
  }
  for (unsigned w = 0; w < workers; ++w) {
    add(w);
  }
  unsigned next = 0;
  for (unsigned w = 0; w < workers; ++w) {
    const auto own = std::find(senders.begin(), senders.end(), w);
    const std::size_t queue =
        own != senders.end() ? static_cast<std::size_t>(own - senders.begin()) : next++ % senders.size();
    plan.tx[w] = {.worker = senders[queue], .queue = static_cast<std::uint16_t>(queue)};
  }
}

}  // namespace

std::vector<PortPlan> plan_queues(std::span<const PlanPort> ports, std::span<const PlanWorker> workers) {
  std::vector<PortPlan> plans;
  plans.reserve(ports.size());
  std::vector<unsigned> load(workers.size());
  for (const PlanPort& port : ports) {
    PortPlan& plan = plans.emplace_back();
    std::vector<unsigned> of_this_port(workers.size());
    for (std::uint16_t queue = 0; queue < port.rx_queues; ++queue) {
      const unsigned worker = choose(port, workers, load, of_this_port);
      ++load[worker];
      ++of_this_port[worker];
      plan.rx_worker.push_back(worker);
    }
    plan_transmit(port, workers.size(), plan);
  }
  return plans;
}

std::vector<std::pair<unsigned, unsigned>> handovers(std::span<const PortPlan> plans) {
  std::vector<std::pair<unsigned, unsigned>> pairs;
  for (const PortPlan& plan : plans) {
    for (unsigned worker = 0; worker < plan.tx.size(); ++worker) {
      pairs.emplace_back(worker, plan.tx[worker].worker);
    }
    for (const unsigned worker : plan.rx_worker) {
      pairs.emplace_back(worker, plan.owner());
    }
  }
  std::erase_if(pairs, [](const auto& pair) { return pair.first == pair.second; });
  std::sort(pairs.begin(), pairs.end());
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  return pairs;
}

}  // namespace mcswitch::dataplane
