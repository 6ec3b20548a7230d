// SPDX-License-Identifier: BSD-3-Clause
//
// Precompiled for the larger programs of unit tests: half the time that an empty test takes. No test may
// count on it, because not all have it. (Without #pragma once, which g++ does not want in the file that it
// compiles.)

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>
