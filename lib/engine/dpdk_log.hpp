// SPDX-License-Identifier: BSD-3-Clause
//
// DPDK's own lines, as lines of the switch's log: by component "dpdk", with their level, and once. Without
// this DPDK writes each to stderr and to syslog.
//
// Threads: made and destroyed by main, around everything of DPDK; DPDK's lines come from any thread.

#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdio>

#include "engine/log.hpp"

namespace mcswitch::engine {

class DpdkLog {
 public:
  explicit DpdkLog(Log log);
  ~DpdkLog();
  DpdkLog(const DpdkLog&) = delete;
  DpdkLog& operator=(const DpdkLog&) = delete;

 private:
  static ssize_t take(void* self, const char* text, std::size_t size);

  const Log log_;
  std::FILE* stream_;
};

}  // namespace mcswitch::engine
