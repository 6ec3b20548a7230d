// SPDX-License-Identifier: BSD-3-Clause

#include "engine/dpdk_log.hpp"

#include <rte_log.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace mcswitch::engine {
namespace {

// Of the message that this thread logs.
LogLevel level_of_message() {
  const int level = rte_log_cur_msg_loglevel();
  return level <= static_cast<int>(RTE_LOG_ERR)
             ? LogLevel::error
             : static_cast<LogLevel>(std::min(level - static_cast<int>(RTE_LOG_ERR), 4));
}

}  // namespace

DpdkLog::DpdkLog(Log log) : log_{std::move(log)} {
  cookie_io_functions_t functions{};
  functions.write = take;
  stream_ = fopencookie(this, "w", functions);
  if (stream_ != nullptr) {
    rte_openlog_stream(stream_);
  }
}

DpdkLog::~DpdkLog() {
  if (stream_ != nullptr) {
    rte_openlog_stream(nullptr);
    std::fclose(stream_);
  }
}

// DPDK flushes after each message, so this is one, of one line or several.
ssize_t DpdkLog::take(void* self, const char* text, std::size_t size) {
  std::string_view rest{text, size};
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (!line.empty()) {
      static_cast<DpdkLog*>(self)->log_(level_of_message(), "dpdk", line);
    }
  }
  return static_cast<ssize_t>(size);
}

}  // namespace mcswitch::engine
