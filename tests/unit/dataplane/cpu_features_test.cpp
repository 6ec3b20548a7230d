// SPDX-License-Identifier: BSD-3-Clause

#include "dataplane/cpu_features.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace mcswitch::dataplane {
namespace {

constexpr CpuFeatures kLevel3{.avx2 = true,
                              .bmi = true,
                              .bmi2 = true,
                              .f16c = true,
                              .fma = true,
                              .lzcnt = true,
                              .movbe = true,
                              .avx512 = false};

TEST(CpuFeatures, LevelNeedsEachOfItsInstructionSets) {
  EXPECT_TRUE(kLevel3.have("x86-64-v3"));
  for (bool CpuFeatures::*masked :
       {&CpuFeatures::avx2, &CpuFeatures::bmi, &CpuFeatures::bmi2, &CpuFeatures::f16c, &CpuFeatures::fma,
        &CpuFeatures::lzcnt, &CpuFeatures::movbe}) {
    CpuFeatures features = kLevel3;
    features.*masked = false;
    EXPECT_FALSE(features.have("x86-64-v3"));
    features.avx512 = true;
    EXPECT_FALSE(features.have("x86-64-v4"));
    EXPECT_TRUE(features.have("x86-64-v2"));
  }
}

TEST(CpuFeatures, HighestLevelNeedsAvx512) {
  CpuFeatures features = kLevel3;
  EXPECT_FALSE(features.have("x86-64-v4"));
  features.avx512 = true;
  EXPECT_TRUE(features.have("x86-64-v4"));
}

// The kernel's list of the processor that this runs on.
TEST(CpuFeatures, AreThoseOfTheProcessor) {
  std::ifstream file{"/proc/cpuinfo"};
  std::string line;
  while (std::getline(file, line) && !line.starts_with("flags")) {
  }
  const auto has = [&](const std::string& flag) {
    return (line + " ").find(" " + flag + " ") != std::string::npos;
  };
  const CpuFeatures features = CpuFeatures::read();
  EXPECT_EQ(features.movbe, has("movbe"));
  EXPECT_EQ(features.lzcnt, has("abm"));
  EXPECT_EQ(features.f16c, has("f16c"));
  EXPECT_EQ(features.avx2, has("avx2"));
}

}  // namespace
}  // namespace mcswitch::dataplane
