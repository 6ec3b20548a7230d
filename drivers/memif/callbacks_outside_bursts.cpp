// SPDX-License-Identifier: BSD-3-Clause
//
// What DPDK's memif device does in the interrupt thread is done while no worker is inside one of its bursts;
// guarded_bursts.hpp says why. DPDK has no hook for it, so the program has its own functions for registering
// an interrupt callback and for taking it back, which come before DPDK's for the devices that are loaded into
// it. They differ for the callbacks of memif only: in place of such a callback they register one that shuts
// the gate, calls it, and opens the gate again. tests/system/memif_peer_test.py shows what it does.
//
// A second thing is put right there. A server does not take back the callback of the socket that it listens
// on when its port is closed, and its handle is in the memory that rte_eal_cleanup() unmaps: the interrupt
// thread, when it looks through its handles once more, would crash at the end of the program. So the handle
// that is registered is one in memory of the C library.
//
// Threads: any. The interrupt thread runs one callback at a time.

// The functions for handles are not part of the stable interface yet.
#define ALLOW_EXPERIMENTAL_API

#include <dlfcn.h>
#include <rte_interrupts.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <mutex>
#include <string_view>
#include <utility>

#include "memif/guarded_bursts.hpp"

namespace {

// DPDK 22.11 has two: for a connection, and for the socket that takes connections.
constexpr std::size_t kMostCallbacks = 4;
using Callbacks = std::array<std::atomic<rte_intr_callback_fn>, kMostCallbacks>;

// Callbacks of memif; they are never taken out again.
Callbacks& originals() {
  static Callbacks callbacks{};
  return callbacks;
}

template <std::size_t kIndex>
void guarded(void* argument) {
  mcswitch::drivers::Gate& gate = mcswitch::drivers::memif_gate();
  gate.shut();
  originals()[kIndex].load()(argument);
  gate.open();
}

template <std::size_t... kIndex>
constexpr std::array<rte_intr_callback_fn, kMostCallbacks> make_guards(std::index_sequence<kIndex...>) {
  return {guarded<kIndex>...};
}
constexpr auto kGuards = make_guards(std::make_index_sequence<kMostCallbacks>{});

// What stands in the callback's place; itself, if nothing does.
rte_intr_callback_fn stand_in(rte_intr_callback_fn callback) {
  for (std::size_t i = 0; i < kMostCallbacks; ++i) {
    if (originals()[i].load() == callback && callback != nullptr) {
      return kGuards[i];
    }
  }
  return callback;
}

bool is_of_memif(rte_intr_callback_fn callback) {
  Dl_info info{};
  return dladdr(reinterpret_cast<const void*>(callback), &info) != 0 && info.dli_fname != nullptr &&
         std::string_view{info.dli_fname}.find("librte_net_memif") != std::string_view::npos;
}

// False if there is no room for it.
bool take_in(rte_intr_callback_fn callback) {
  static std::mutex mutex;
  const std::lock_guard lock{mutex};
  for (auto& original : originals()) {
    if (original.load() == callback) {
      return true;
    }
    if (original.load() == nullptr) {
      original.store(callback);
      return true;
    }
  }
  return false;
}

template <typename Function>
Function* of_dpdk(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" int rte_intr_callback_register(const rte_intr_handle* handle, rte_intr_callback_fn callback,
                                          void* argument) {
  static const auto real = of_dpdk<decltype(rte_intr_callback_register)>("rte_intr_callback_register");
  if (!is_of_memif(callback)) {
    return real(handle, callback, argument);
  }
  if (!take_in(callback)) {
    return -ENOSPC;
  }
  // DPDK keeps a copy of the handle, in memory of the same kind; they are told apart by descriptor.
  rte_intr_handle* own = rte_intr_instance_alloc(RTE_INTR_INSTANCE_F_PRIVATE);
  if (own == nullptr) {
    return -ENOMEM;
  }
  rte_intr_fd_set(own, rte_intr_fd_get(handle));
  rte_intr_type_set(own, rte_intr_type_get(handle));
  const int result = real(own, stand_in(callback), argument);
  rte_intr_instance_free(own);
  return result;
}

extern "C" int rte_intr_callback_unregister(const rte_intr_handle* handle, rte_intr_callback_fn callback,
                                            void* argument) {
  static const auto real = of_dpdk<decltype(rte_intr_callback_unregister)>("rte_intr_callback_unregister");
  return real(handle, stand_in(callback), argument);
}

extern "C" int rte_intr_callback_unregister_pending(const rte_intr_handle* handle,
                                                    rte_intr_callback_fn callback, void* argument,
                                                    rte_intr_unregister_callback_fn done) {
  static const auto real =
      of_dpdk<decltype(rte_intr_callback_unregister_pending)>("rte_intr_callback_unregister_pending");
  return real(handle, stand_in(callback), argument, done);
}
