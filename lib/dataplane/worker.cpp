// SPDX-License-Identifier: BSD-3-Clause

#include "dataplane/worker.hpp"

#include <rte_mbuf.h>

#include "dataplane/cpu_features.hpp"

extern "C" {
#define X(entry, name) void entry(mcswitch::dataplane::Worker&);
MCSWITCH_FAST_PATHS(X)
#undef X
}

namespace mcswitch::dataplane {
namespace {

// From the plainest to the fastest.
constexpr FastPath kFastPaths[] = {
#define X(entry, name) {name, entry},
    MCSWITCH_FAST_PATHS(X)
#undef X
};

}  // namespace

Worker::Worker(const WorkerSetup& setup, const Shared& shared)
    : setup_{setup}, shared_{shared}, counters_(kMaxPorts), messages_{kMessageRing}, frames_{kFrameRing} {}

std::uint32_t Worker::buffer_room() const {
  return rte_pktmbuf_data_room_size(shared_.pool) - RTE_PKTMBUF_HEADROOM;
}

std::span<const FastPath> fast_paths() { return kFastPaths; }

FastPath best_fast_path() {
  const CpuFeatures features = CpuFeatures::read();
  FastPath best = kFastPaths[0];
  for (const FastPath& path : kFastPaths) {
    if (features.have(path.name)) {
      best = path;
    }
  }
  return best;
}

}  // namespace mcswitch::dataplane
