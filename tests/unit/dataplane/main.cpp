// SPDX-License-Identifier: BSD-3-Clause

#include <gtest/gtest.h>
#include <rte_eal.h>

#include <cstdio>
#include <string>
#include <vector>

// DPDK without huge pages, devices or files: these tests need no rights and disturb nothing.
int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  std::vector<std::string> args{
      "unit_dataplane", "--no-huge",      "-m", "256", "--no-pci",           "--no-telemetry", "--no-shconf",
      "--iova-mode=va", "--main-lcore=0", "-l", "0",   "--log-level=*:error"};
  std::vector<char*> pointers;
  for (std::string& arg : args) {
    pointers.push_back(arg.data());
  }
  if (rte_eal_init(static_cast<int>(pointers.size()), pointers.data()) < 0) {
    std::fprintf(stderr, "DPDK does not start\n");
    return 1;
  }
  const int result = RUN_ALL_TESTS();
  rte_eal_cleanup();
  return result;
}
