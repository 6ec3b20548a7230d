// SPDX-License-Identifier: BSD-3-Clause
//
// The tests of what the packet path does otherwise with wider instructions, built for x86-64-v3.

#include <gmock/gmock.h>

#include <cstdio>

int main(int argc, char** argv) {
  if (__builtin_cpu_supports("avx2") == 0 || __builtin_cpu_supports("bmi2") == 0) {
    std::puts("skipped: this processor is not an x86-64-v3 (AVX2, BMI2)");
    return 77;  // meson's word for it
  }
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
