// SPDX-License-Identifier: BSD-3-Clause
//
// DPDK is started once for all tests, without huge pages and without a trace in the file system. A network
// namespace of their own, in which interfaces are made and vanish, comes from `unshare --net` (meson.build).

#include <gtest/gtest.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <unistd.h>

#include <cstdio>
#include <vector>

#include "ports/rig.hpp"

namespace mcswitch::ports {
namespace {

rte_mempool* g_pool = nullptr;
rte_mempool* g_wide_pool = nullptr;

bool start_dpdk(char* program) {
  char arguments[][32] = {"--no-huge",      "-m512",          "--no-shconf",        "--no-pci",
                          "--no-telemetry", "--iova-mode=va", "--log-level=*:error"};
  std::vector<char*> argv{program};
  for (auto& argument : arguments) {
    argv.push_back(argument);
  }
  if (rte_eal_init(static_cast<int>(argv.size()), argv.data()) < 0) {
    std::printf("DPDK does not start: %s\n", rte_strerror(rte_errno));
    return false;
  }
  g_pool = rte_pktmbuf_pool_create("frames", 16383, 64, 0, 2048 + RTE_PKTMBUF_HEADROOM, 0);
  g_wide_pool = rte_pktmbuf_pool_create("wide frames", 1023, 64, 0, 9216 + RTE_PKTMBUF_HEADROOM, 0);
  return g_pool != nullptr && g_wide_pool != nullptr;
}

}  // namespace

rte_mempool* test_pool() { return g_pool; }
rte_mempool* wide_pool() { return g_wide_pool; }

}  // namespace mcswitch::ports

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  if (GTEST_FLAG_GET(list_tests)) {
    return RUN_ALL_TESTS();
  }
  if (geteuid() != 0) {
    std::puts("ports: interfaces cannot be made without root: run scripts/test ports as root");
    return 77;  // meson: skipped
  }
  if (!mcswitch::ports::start_dpdk(argv[0])) {
    return 1;
  }
  const int result = RUN_ALL_TESTS();
  rte_eal_cleanup();
  return result;
}
