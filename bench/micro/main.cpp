// SPDX-License-Identifier: BSD-3-Clause

#include <benchmark/benchmark.h>
#include <rte_eal.h>
#include <rte_version.h>

#include <cstdio>
#include <string>
#include <vector>

namespace {

// Built for x86-64-v3, as the packet path of most machines is.
bool machine_is_enough() {
#ifdef __AVX2__
  return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("bmi2") != 0;
#else
  return true;
#endif
}

}  // namespace

// DPDK for rte_hash and packet buffers, without huge pages, devices or files.
int main(int argc, char** argv) {
  if (!machine_is_enough()) {
    std::fprintf(stderr, "mcsmicro is built for processors with AVX2 and BMI2 (x86-64-v3)\n");
    return 1;
  }
  std::vector<std::string> args{
      "micro",       "--no-huge",      "-m", "2048", "--no-pci",           "--no-telemetry",
      "--no-shconf", "--iova-mode=va", "-l", "0",    "--log-level=*:error"};
  std::vector<char*> pointers;
  for (std::string& arg : args) {
    pointers.push_back(arg.data());
  }
  if (rte_eal_init(static_cast<int>(pointers.size()), pointers.data()) < 0) {
    std::fprintf(stderr, "DPDK does not start\n");
    return 1;
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
    return 1;
  }
  benchmark::AddCustomContext("dpdk", rte_version());
  benchmark::AddCustomContext("compiler", __VERSION__);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  rte_eal_cleanup();
  return 0;
}
