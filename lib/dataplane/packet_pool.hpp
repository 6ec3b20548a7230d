// SPDX-License-Identifier: BSD-3-Clause
//
// The pool of packet buffers. As rte_pktmbuf_pool_create() makes it, but in plain memory (no huge pages)
// buffers lie side by side. DPDK would give each a page of its own, so that none is in two physical pages;
// here devices see virtual addresses, so borders of pages do not matter. A page for each also puts the
// headers of all buffers into the same few sets of the first cache, which costs more than anything that the
// packet path does (bench/peers/README.md).
//
// Threads: main, before any worker runs.

#pragma once

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_mbuf_pool_ops.h>
#include <rte_mempool.h>
#include <rte_memzone.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace mcswitch::dataplane {

// One piece of memory for all buffers, with its right address for devices. Negative: no memory.
inline int populate_side_by_side(rte_mempool* pool) {
  std::size_t chunk = 0;
  std::size_t align = 0;
  const ssize_t size = rte_mempool_op_calc_mem_size_default(pool, pool->size, 0, &chunk, &align);
  if (size < 0) {
    return static_cast<int>(size);
  }
  const rte_memzone* memory = rte_memzone_reserve_aligned(pool->name, static_cast<std::size_t>(size),
                                                          pool->socket_id, 0, static_cast<unsigned>(align));
  if (memory == nullptr) {
    return -rte_errno;
  }
  // Without a seam between pages DPDK takes it that no device will see these buffers, and some drivers go by
  // that.
  pool->flags &= ~static_cast<unsigned>(RTE_MEMPOOL_F_NON_IO);
  const auto release = [](rte_mempool_memhdr*, void* zone) {
    rte_memzone_free(static_cast<const rte_memzone*>(zone));
  };
  const int buffers = rte_mempool_populate_iova(pool, static_cast<char*>(memory->addr), memory->iova,
                                                memory->len, release, const_cast<rte_memzone*>(memory));
  return buffers >= 0 && static_cast<unsigned>(buffers) < pool->size ? -ENOMEM : buffers;
}

// `room`: bytes of a buffer, headroom included. nullptr: there is no memory, rte_errno says more.
inline rte_mempool* make_packet_pool(const char* name, unsigned buffers, unsigned cache, std::uint16_t room,
                                     int node) {
  const bool plain = rte_eal_has_hugepages() == 0 && rte_eal_iova_mode() == RTE_IOVA_VA;
  rte_mempool* pool = rte_mempool_create_empty(name, buffers, static_cast<unsigned>(sizeof(rte_mbuf)) + room,
                                               cache, sizeof(rte_pktmbuf_pool_private), node,
                                               plain ? RTE_MEMPOOL_F_NO_IOVA_CONTIG : 0U);
  if (pool == nullptr) {
    return nullptr;
  }
  int result = rte_mempool_set_ops_byname(pool, rte_mbuf_best_mempool_ops(), nullptr);
  if (result == 0) {
    rte_pktmbuf_pool_private kind{};
    kind.mbuf_data_room_size = room;
    rte_pktmbuf_pool_init(pool, &kind);
    result = plain ? populate_side_by_side(pool) : rte_mempool_populate_default(pool);
  }
  if (result < 0) {
    rte_mempool_free(pool);
    rte_errno = -result;
    return nullptr;
  }
  rte_mempool_obj_iter(pool, rte_pktmbuf_init, nullptr);
  return pool;
}

}  // namespace mcswitch::dataplane
