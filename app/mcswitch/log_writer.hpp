// SPDX-License-Identifier: BSD-3-Clause
//
// LogWriter: writes the lines of the log in a thread of its own. The threads of the switch hand lines over
// and go on, also where nobody reads the log; what then finds no room is counted, and the count is logged
// once there is room again.
//
// Threads: everything from any thread; on_signal() from a signal handler as well.

#pragma once

#include <pthread.h>
#include <semaphore.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/log.hpp"

namespace mcswitch::app {

using engine::LogLevel;

// What stands before "mcswitch: LEVEL: COMPONENT: TEXT".
enum class LogPrefix : std::uint8_t {
  none,
  time,      // UTC as in RFC 3339: "2026-11-29T17:06:32.123Z "
  priority,  // as systemd's journal takes it from stderr: "<4>" (sd-daemon(3)); it has a clock of its own
};

// For stderr: priorities if it is the journal ($JOURNAL_STREAM, systemd.exec(5)), else times.
LogPrefix stderr_prefix();

class LogWriter {
 public:
  // Lines that wait for a log that is not read.
  static constexpr std::size_t kMaxWaiting = 4096;

  // Lines go to the file descriptor `file`. The thread ends with the process: it may be waiting for a reader.
  // So an object that has been made is never destroyed.
  LogWriter(int file, LogPrefix prefix);
  ~LogWriter() = delete;
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  // Lines that are less important than this are left out.
  void set_level(LogLevel least) { least_.store(least, std::memory_order_relaxed); }
  // The thread runs there and nowhere else; -1: it cannot.
  int set_core(unsigned core);

  void log(LogLevel level, std::string_view component, std::string_view text);
  // Writes this as it is. It always finds room.
  void print(std::string text);
  // The log says that the signal changes nothing.
  void on_signal(int signal) noexcept;

  // Waits until all is written, or until nothing has been written for `patience`.
  void flush(std::chrono::milliseconds patience);

 private:
  static void* run(void* self);
  [[nodiscard]] std::string line(LogLevel level, std::string_view component, std::string_view text) const;
  void push(std::string line, bool always);
  void write_waiting();
  void take_signals();

  const int file_;
  const LogPrefix prefix_;
  std::atomic<LogLevel> least_{LogLevel::info};
  pthread_t thread_{};
  // Priorities are inherited: a real-time thread does not wait for one that is not on its turn.
  pthread_mutex_t mutex_{};
  std::vector<std::string> waiting_;
  std::uint64_t lost_ = 0;
  sem_t work_{};
  std::array<std::atomic<bool>, 32> signals_{};
  std::atomic<std::uint64_t> pushed_{0};
  std::atomic<std::uint64_t> done_{0};
};

}  // namespace mcswitch::app
