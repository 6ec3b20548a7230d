// SPDX-License-Identifier: BSD-3-Clause
//
// /mcswitch/workers: one row a worker, in the order of worker-cores; its position is that.

#include "telemetry/handlers.hpp"

namespace mcswitch::telemetry {

namespace {

// Names of the ports that it polls, each once, in the order of the configuration.
std::string ports_text(const config::Config& config, const WorkerStatus& worker) {
  PortSet ports;
  for (const WorkerStatus::Queue& queue : worker.queues) {
    ports.add(queue.port);
  }
  std::string text;
  for (const PortId port : ports) {
    text += text.empty() ? "" : " ";
    text += port_name(config, port);
  }
  return text;
}

// Receive queues in the order in which it polls them: "p0:0 p0:1".
std::string queues_text(const config::Config& config, const WorkerStatus& worker) {
  std::string text;
  for (const WorkerStatus::Queue& queue : worker.queues) {
    text += text.empty() ? "" : " ";
    text += port_name(config, queue.port) + ":" + std::to_string(queue.queue);
  }
  return text;
}

WorkersRow row_of(std::size_t index, const WorkerStatus& worker, const config::Config& config) {
#define COUNTER(name, text) \
  , .name = Number { worker[WorkerCounter::name] }
  return {.worker = Number{index},
          .core = Number{worker.core},
          .ports = Text{ports_text(config, worker)} MCSWITCH_WORKER_LOOP_COUNTERS(COUNTER),
          .queues = Text{queues_text(config, worker)} MCSWITCH_WORKER_FRAME_COUNTERS(COUNTER)};
#undef COUNTER
}

}  // namespace

Reply list_workers(const SwitchView& view, const Request& request) {
  const config::Config& config = view.config();
  const std::vector<WorkerStatus> workers = view.workers();
  ListReply<WorkersRow> list{request};
  for (std::size_t i = request.after; i < workers.size(); ++i) {
    if (!list.add(i, row_of(i, workers[i], config))) {
      break;
    }
  }
  return std::move(list).finish(workers.size());
}

}  // namespace mcswitch::telemetry
