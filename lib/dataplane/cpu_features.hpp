// SPDX-License-Identifier: BSD-3-Clause
//
// Which of the x86-64 levels (psABI) a processor has. A hypervisor may mask single instruction sets of a
// level: all that the compiler uses for it has to be there, or the packet path ends by SIGILL, or counts
// zeros wrong (lzcnt without its bit is another instruction).
//
// Threads: any.

#pragma once

#include <cpuid.h>

#include <string_view>

namespace mcswitch::dataplane {

struct CpuFeatures {
  // Of level 3 besides level 2.
  bool avx2 = false;
  bool bmi = false;
  bool bmi2 = false;
  bool f16c = false;
  bool fma = false;
  bool lzcnt = false;
  bool movbe = false;
  // Of level 4 besides level 3: avx512 f, bw, cd, dq and vl.
  bool avx512 = false;

  // Of this processor, as far as the operating system saves its registers.
  static CpuFeatures read() {
    CpuFeatures features;
    features.avx2 = __builtin_cpu_supports("avx2") != 0;
    features.bmi = __builtin_cpu_supports("bmi") != 0;
    features.bmi2 = __builtin_cpu_supports("bmi2") != 0;
    features.fma = __builtin_cpu_supports("fma") != 0;
    features.avx512 = __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
                      __builtin_cpu_supports("avx512cd") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
                      __builtin_cpu_supports("avx512vl") != 0;
    // Not every compiler has names for these.
    constexpr unsigned kMovbe = 1U << 22;
    constexpr unsigned kF16c = 1U << 29;
    constexpr unsigned kLzcnt = 1U << 5;
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    if (__get_cpuid(1, &a, &b, &c, &d) != 0) {
      features.movbe = (c & kMovbe) != 0;
      features.f16c = (c & kF16c) != 0;
    }
    if (__get_cpuid(0x8000'0001, &a, &b, &c, &d) != 0) {
      features.lzcnt = (c & kLzcnt) != 0;
    }
    return features;
  }

  // "x86-64-v3": may code for it run here? What no level is named after runs everywhere.
  [[nodiscard]] constexpr bool have(std::string_view level) const {
    const bool level_3 = avx2 && bmi && bmi2 && f16c && fma && lzcnt && movbe;
    return level == "x86-64-v3" ? level_3 : level == "x86-64-v4" ? level_3 && avx512 : true;
  }
};

}  // namespace mcswitch::dataplane
