// SPDX-License-Identifier: BSD-3-Clause
//
// How to give one frame to many ports: by reference count, by clone (an indirect buffer a port), by copy; and
// how to make the one variant that a tag needs: a chained header or a copy. One item is one replica (or one
// variant). The receiving end frees at once.

#include <benchmark/benchmark.h>
#include <rte_mbuf.h>
#include <rte_mempool.h>

#include <stdexcept>
#include <vector>

#include "dataplane/packet_pool.hpp"
#include "dataplane/variants.hpp"

namespace mcswitch::bench {
namespace {

rte_mempool* pool() {
  static rte_mempool* pool = [] {
    rte_mempool* made =
        dataplane::make_packet_pool("micro", 4095, 256, 9216 + RTE_PKTMBUF_HEADROOM, SOCKET_ID_ANY);
    if (made == nullptr) {
      throw std::runtime_error{"no packet buffers"};
    }
    return made;
  }();
  return pool;
}

rte_mbuf* frame(std::int64_t size) {
  rte_mbuf* m = rte_pktmbuf_alloc(pool());
  rte_pktmbuf_append(m, static_cast<std::uint16_t>(size));
  return m;
}

void by_reference(benchmark::State& state) {
  const auto fan_out = static_cast<std::int16_t>(state.range(1));
  for (auto _ : state) {
    rte_mbuf* m = frame(state.range(0));
    rte_mbuf_refcnt_update(m, static_cast<std::int16_t>(fan_out - 1));
    for (int n = 0; n < fan_out; ++n) {
      rte_pktmbuf_free(m);
    }
  }
  state.SetItemsProcessed(state.iterations() * fan_out);
}

void by_clone(benchmark::State& state) {
  for (auto _ : state) {
    rte_mbuf* m = frame(state.range(0));
    for (std::int64_t n = 1; n < state.range(1); ++n) {
      rte_pktmbuf_free(rte_pktmbuf_clone(m, pool()));
    }
    rte_pktmbuf_free(m);
  }
  state.SetItemsProcessed(state.iterations() * state.range(1));
}

void by_copy(benchmark::State& state) {
  for (auto _ : state) {
    rte_mbuf* m = frame(state.range(0));
    for (std::int64_t n = 1; n < state.range(1); ++n) {
      rte_pktmbuf_free(dataplane::linear_copy(m, pool()));
    }
    rte_pktmbuf_free(m);
  }
  state.SetItemsProcessed(state.iterations() * state.range(1));
}

// Frames that have just come, one after the other: with 1 the bytes are in the first cache, with 2000 of
// them they are not.
class Frames {
 public:
  Frames(std::int64_t size, std::int64_t count) {
    for (std::int64_t n = 0; n < count; ++n) {
      frames_.push_back(frame(size));
    }
  }
  ~Frames() { rte_pktmbuf_free_bulk(frames_.data(), static_cast<unsigned>(frames_.size())); }
  Frames(const Frames&) = delete;
  Frames& operator=(const Frames&) = delete;
  rte_mbuf* next() {
    next_ = next_ + 1 < frames_.size() ? next_ + 1 : 0;
    return frames_[next_];
  }

 private:
  std::vector<rte_mbuf*> frames_;
  std::size_t next_ = 0;
};

void variant_by_chain(benchmark::State& state) {
  Frames frames{state.range(0), state.range(1)};
  for (auto _ : state) {
    rte_pktmbuf_free(dataplane::chained_variant(frames.next(), dataplane::TagChange::insert, 10, pool()));
  }
  state.SetItemsProcessed(state.iterations());
}

void variant_by_copy(benchmark::State& state) {
  Frames frames{state.range(0), state.range(1)};
  for (auto _ : state) {
    rte_mbuf* copy = dataplane::linear_copy(frames.next(), pool());
    dataplane::change_tag(copy, dataplane::TagChange::insert, 10);
    rte_pktmbuf_free(copy);
  }
  state.SetItemsProcessed(state.iterations());
}

void sizes_and_fan_outs(benchmark::internal::Benchmark* b) {
  b->ArgNames({"octets", "ports"});
  b->ArgsProduct({{60, 512, 1514}, {2, 4, 16, 31}});
}
void sizes(benchmark::internal::Benchmark* b) {
  b->ArgNames({"octets", "frames"});
  b->ArgsProduct({{60, 256, 512, 1024, 1514, 9014}, {1, 2000}});
}

BENCHMARK(by_reference)->Name("replicate/reference")->Apply(sizes_and_fan_outs);
BENCHMARK(by_clone)->Name("replicate/clone")->Apply(sizes_and_fan_outs);
BENCHMARK(by_copy)->Name("replicate/copy")->Apply(sizes_and_fan_outs);
BENCHMARK(variant_by_chain)->Name("variant/chain")->Apply(sizes);
BENCHMARK(variant_by_copy)->Name("variant/copy")->Apply(sizes);

}  // namespace
}  // namespace mcswitch::bench
