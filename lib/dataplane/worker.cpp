// SPDX-License-Identifier: BSD-3-Clause

#include "dataplane/worker.hpp"

#include <rte_mbuf.h>

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

bool cpu_runs(const std::string_view name) {
  if (name == "x86-64-v4") {
    return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
           __builtin_cpu_supports("avx512cd") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
           __builtin_cpu_supports("avx512vl") != 0;
  }
  if (name == "x86-64-v3") {
    return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi") != 0 &&
           __builtin_cpu_supports("bmi2") != 0 && __builtin_cpu_supports("fma") != 0;
  }
  return true;
}

}  // namespace

Worker::Worker(const WorkerSetup& setup, const Shared& shared)
    : setup_{setup}, shared_{shared}, counters_(kMaxPorts), messages_{kMessageRing}, frames_{kFrameRing} {}

std::uint32_t Worker::buffer_room() const {
  return rte_pktmbuf_data_room_size(shared_.pool) - RTE_PKTMBUF_HEADROOM;
}

std::span<const FastPath> fast_paths() { return kFastPaths; }

FastPath best_fast_path() {
  FastPath best = kFastPaths[0];
  for (const FastPath& path : kFastPaths) {
    if (cpu_runs(path.name)) {
      best = path;
    }
  }
  return best;
}

}  // namespace mcswitch::dataplane
