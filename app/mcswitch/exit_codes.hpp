// SPDX-License-Identifier: BSD-3-Clause

#pragma once

namespace mcswitch::app {

inline constexpr int kExitSuccess = 0;
// A device cannot be opened, memory is missing, the name is taken: the machine, not the configuration.
inline constexpr int kExitMachine = 1;
inline constexpr int kExitConfiguration = 2;

}  // namespace mcswitch::app
