// SPDX-License-Identifier: BSD-3-Clause
//
// /mcswitch/workers: one row a worker, in the order of worker-cores; its position is that.

#include "telemetry/handlers.hpp"

namespace mcswitch::telemetry {

Reply list_workers(const Sources& sources, const Request& request) {
  const config::Config& config = sources.config();
  const std::vector<WorkerStatus> workers = sources.workers();
  ListReply list{"worker,core,ports,polls,busy_polls,frames", request};
  for (std::size_t i = request.after; i < workers.size(); ++i) {
    std::string ports;
    for (const PortId port : workers[i].ports) {
      ports += ports.empty() ? "" : " ";
      ports += port_name(config, port);
    }
    Row row;
    row.number(i).number(workers[i].core).text(ports);
    row.number(workers[i].polls).number(workers[i].busy_polls).number(workers[i].frames);
    if (!list.add(i, row)) {
      break;
    }
  }
  return std::move(list).finish(workers.size());
}

}  // namespace mcswitch::telemetry
