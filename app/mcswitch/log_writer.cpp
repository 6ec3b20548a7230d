// SPDX-License-Identifier: BSD-3-Clause

#include "log_writer.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <thread>
#include <utility>

#include "config/keywords.hpp"

namespace mcswitch::app {
namespace {

class Locked {
 public:
  explicit Locked(pthread_mutex_t& mutex) : mutex_{mutex} { pthread_mutex_lock(&mutex_); }
  ~Locked() { pthread_mutex_unlock(&mutex_); }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

 private:
  pthread_mutex_t& mutex_;
};

std::string time_of_day() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  tm parts{};
  gmtime_r(&now.tv_sec, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z ", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, now.tv_nsec / 1'000'000);
}

// False: it cannot be written, and never will be.
bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(file, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      // Someone else has made this pipe or terminal non-blocking.
      pollfd wanted{.fd = file, .events = POLLOUT, .revents = 0};
      poll(&wanted, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace

LogPrefix stderr_prefix() {
  const char* journal = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  const bool is_journal = journal != nullptr && fstat(STDERR_FILENO, &status) == 0 &&
                          fmt::format("{}:{}", status.st_dev, status.st_ino) == journal;
  return is_journal ? LogPrefix::priority : LogPrefix::time;
}

LogWriter::LogWriter(int file, LogPrefix prefix) : file_{file}, prefix_{prefix} {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
  pthread_mutex_init(&mutex_, &attributes);
  pthread_mutexattr_destroy(&attributes);
  sem_init(&work_, 0, 0);
  waiting_.reserve(kMaxWaiting);
  // Signals are for the main thread.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_create(&thread_, nullptr, run, this);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_detach(thread_);
}

int LogWriter::set_core(unsigned core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  return pthread_setaffinity_np(thread_, sizeof cores, &cores) == 0 ? 0 : -1;
}

std::string LogWriter::line(LogLevel level, std::string_view component, std::string_view text) const {
  constexpr int kError = 3;  // LOG_ERR of syslog(3); the levels follow each other as ours do.
  std::string begin;
  if (prefix_ == LogPrefix::time) {
    begin = time_of_day();
  } else if (prefix_ == LogPrefix::priority) {
    begin = fmt::format("<{}>", kError + static_cast<int>(level));
  }
  return fmt::format("{}mcswitch: {}: {}: {}\n", begin, config::word(level), component, text);
}

void LogWriter::log(LogLevel level, std::string_view component, std::string_view text) {
  if (level <= least_.load(std::memory_order_relaxed)) {
    push(line(level, component, text), false);
  }
}

void LogWriter::print(std::string text) { push(std::move(text), true); }

void LogWriter::push(std::string line, bool always) {
  {
    const Locked locked{mutex_};
    if (waiting_.size() >= kMaxWaiting && !always) {
      ++lost_;
      return;
    }
    waiting_.push_back(std::move(line));
    pushed_.fetch_add(1, std::memory_order_relaxed);
  }
  sem_post(&work_);
}

void LogWriter::on_signal(int signal) noexcept {
  signals_.at(static_cast<std::size_t>(signal) % signals_.size()).store(true, std::memory_order_relaxed);
  sem_post(&work_);
}

void LogWriter::take_signals() {
  for (std::size_t signal = 0; signal < signals_.size(); ++signal) {
    if (signals_.at(signal).exchange(false, std::memory_order_relaxed)) {
      log(LogLevel::notice, "config",
          fmt::format("SIG{} changes nothing: {}", sigabbrev_np(static_cast<int>(signal)),
                      signal == SIGHUP ? "reloading is not implemented yet"
                                       : "the log is stderr, and there is no file to be opened again"));
    }
  }
}

void LogWriter::write_waiting() {
  std::vector<std::string> lines;
  lines.reserve(kMaxWaiting);
  std::uint64_t lost = 0;
  {
    const Locked locked{mutex_};
    std::swap(lines, waiting_);
    lost = std::exchange(lost_, 0);
  }
  for (const std::string& each : lines) {
    // There is nowhere to report that the log cannot be written.
    write_all(file_, each);
    done_.fetch_add(1, std::memory_order_release);
  }
  if (lost > 0) {
    write_all(file_, line(LogLevel::warning, "log",
                          fmt::format("{} lines are missing here: the log was not read in time", lost)));
  }
}

void* LogWriter::run(void* self) {
  auto& writer = *static_cast<LogWriter*>(self);
  pthread_setname_np(pthread_self(), "mcswitch-log");
  while (true) {
    sem_wait(&writer.work_);
    writer.take_signals();
    writer.write_waiting();
  }
}

void LogWriter::flush(std::chrono::milliseconds patience) {
  constexpr std::chrono::milliseconds kStep{2};
  std::uint64_t last = done_.load(std::memory_order_acquire);
  for (std::chrono::milliseconds waited{0}; waited < patience; waited += kStep) {
    const std::uint64_t done = done_.load(std::memory_order_acquire);
    if (done == pushed_.load(std::memory_order_relaxed)) {
      return;
    }
    if (done != last) {
      last = done;
      waited = std::chrono::milliseconds{0};
    }
    std::this_thread::sleep_for(kStep);
  }
}

}  // namespace mcswitch::app
