// SPDX-License-Identifier: BSD-3-Clause

#include "engine/control_thread.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <time.h>

#include <algorithm>
#include <cstring>

namespace mcswitch::engine {
namespace {

// Messages of one worker that are taken before the timers get their turn: leaves that are all to be asked
// about cost some 2 us each with cold caches.
constexpr unsigned kMessagesPerTurn = 64;
constexpr Duration kLinkInterval = std::chrono::milliseconds{1};
constexpr Duration kIdleBeforeSleep = std::chrono::microseconds{200};
constexpr Duration kLongestSleep = std::chrono::microseconds{50};
// Even under load the core is left to other threads for one part in fifteen. Otherwise the kernel would take
// it away from a real-time thread for 50 ms in each second (sched(7), sched_rt_runtime_us).
constexpr Duration kRest = std::chrono::microseconds{150};
constexpr int kWorkForRest = 14;

// That this thread has used; a system call of some 300 ns.
Duration processor_time() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

// Without a turn. More is a pause, after which the workers come first: an interrupted turn, or a core that
// others use too, takes less.
constexpr Duration kPause = std::chrono::milliseconds{50};
// So long a pause is logged, once in kWarningInterval.
constexpr Duration kLongPause = std::chrono::seconds{1};
constexpr Duration kWarningInterval = std::chrono::seconds{10};

// Turns in which it found nothing.
std::uint64_t idle_turns_of(const dataplane::Worker& worker) {
  // In this order, so that it is never too many: a turn is counted as one before it is counted as busy.
  const std::uint64_t all = worker.stats()[WorkerCounter::polls].value();
  return all - std::min(all, worker.stats()[WorkerCounter::busy_polls].value());
}

// Of one turn, for the messages of one worker.
constexpr Duration kMessagesTime = std::chrono::microseconds{200};

void raise_to(std::atomic<std::int64_t>& longest, Duration time) {
  if (time.count() > longest.load(std::memory_order_relaxed)) {
    longest.store(time.count(), std::memory_order_relaxed);
  }
}

}  // namespace

WorkerFrameSink::WorkerFrameSink(Workers workers) : workers_{workers}, ports_of_(workers.size()) {
  PortSet left = PortSet::first(kMaxPorts);
  for (std::size_t w = 0; w < workers_.size(); ++w) {
    for (const PortId port : left) {
      const dataplane::WorkerSetup::Transmit& transmit = workers_[w]->setup().transmits[port];
      if (transmit.exists && transmit.handover == nullptr) {
        ports_of_[w].add(port);
      }
    }
    left = left & ~ports_of_[w];
  }
}

bool WorkerFrameSink::send(PortSet ports, VlanId vlan, std::span<const std::uint8_t> frame) {
  for (std::size_t w = 0; w < workers_.size(); ++w) {
    if (!(ports & ports_of_[w]).empty() && !workers_[w]->frames().has_room(1)) {
      return false;
    }
  }
  buffer_.vlan = vlan;
  buffer_.size = static_cast<std::uint16_t>(std::min(frame.size(), table::ControlFrame::kMaxSize));
  std::memcpy(buffer_.bytes.data(), frame.data(), buffer_.size);
  for (std::size_t w = 0; w < workers_.size(); ++w) {
    buffer_.ports = ports & ports_of_[w];
    if (!buffer_.ports.empty()) {
      workers_[w]->frames().push(buffer_);
    }
  }
  return true;
}

void ControlThread::poll_links(TimePoint now) {
  const PortSet before = parts_.link_up.load();
  PortSet after;
  for (PortId port = 0; port < parts_.ports.size(); ++port) {
    if (parts_.ports[port]->poll_link()) {
      after.add(port);
    }
    if (const auto news = parts_.ports[port]->take_news()) {
      parts_.log(news->is_warning ? LogLevel::warning : LogLevel::notice, "device",
                 "port " + parts_.ports[port]->settings().name + ": " + news->text);
    }
  }
  if (after == before) {
    return;
  }
  parts_.link_up.store(after);
  for (PortId port = 0; port < parts_.ports.size(); ++port) {
    if (after.contains(port) != before.contains(port)) {
      parts_.core.on_link(port, after.contains(port), now);
    }
  }
}

bool ControlThread::take_messages(TimePoint now) {
  bool any = false;
  table::WorkerMessage message;
  for (const auto& worker : parts_.workers) {
    for (unsigned n = 0; n < kMessagesPerTurn && worker->messages().pop(message); ++n) {
      parts_.core.on_message(message, now);
      parts_.stats.events.add();
      any = true;
      // A record about a group with thousands of sources takes as long as hundreds of leaves.
      const auto* record = std::get_if<table::RecordMessage>(&message);
      const bool may_take_long = record != nullptr && !record->sources.has_more;
      if ((may_take_long || n % 8 == 7) && parts_.clock.now() - now > kMessagesTime) {
        break;
      }
    }
  }
  return any;
}

void ControlThread::take_all_messages(TimePoint now) {
  // A worker that goes on pushing does not keep the timers waiting.
  for (std::size_t n = 0; n < dataplane::Worker::kMessageRing / kMessagesPerTurn && take_messages(now); ++n) {
  }
}

TimePoint ControlThread::now() const {
  parts_.clock.follow();
  return parts_.clock.now();
}

std::vector<std::uint64_t> ControlThread::idle_turns() const {
  std::vector<std::uint64_t> turns;
  turns.reserve(parts_.workers.size());
  for (const auto& worker : parts_.workers) {
    turns.push_back(idle_turns_of(*worker));
  }
  return turns;
}

void ControlThread::on_pause(Duration pause, TimePoint now) {
  catch_up_.begin(idle_turns(), now);
  if (pause >= kLongPause && now >= next_warning_) {
    next_warning_ = now + kWarningInterval;
    parts_.log(
        LogLevel::warning, "control",
        fmt::format("nothing ran here for {:.1f} s: the process was stopped, or the machine was, or the "
                    "control thread had no core; frames have waited or are lost",
                    std::chrono::duration<double>(pause).count()));
  }
}

void ControlThread::begin_turn(TimePoint now) {
  last_look_ = now;
  last_processor_time_ = processor_time();
}

void ControlThread::note_turn(TimePoint now) {
  const Duration pause = now - last_look_;
  raise_to(parts_.stats.longest_pause_ns, pause);
  if (pause >= kPause) {
    on_pause(pause, now);
  }
  const Duration before = last_processor_time_;
  begin_turn(now);
  raise_to(parts_.stats.longest_turn_ns, last_processor_time_ - before);
  parts_.stats.turns.add();
}

void ControlThread::sleep(Duration time, bool is_idle) {
  const timespec wanted{.tv_sec = 0, .tv_nsec = time.count()};
  const TimePoint start = parts_.clock.now();
  nanosleep(&wanted, nullptr);
  const TimePoint now = parts_.clock.now();
  // A longer sleep allows more work before the next rest.
  rested_until_ = std::min(now, rested_until_ + kWorkForRest * (now - start));
  // Sleeping because there is nothing to do is not a pause; waking up late is one.
  const TimePoint look = is_idle ? std::min(now, start + time) : last_look_;
  begin_turn(look);
}

void ControlThread::run(const std::atomic<bool>& stop) {
  // Sleep as short as asked for: the default slack alone is as long as the longest sleep here.
  prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  begin_turn(now());
  rested_until_ = next_warning_ = last_look_;
  TimePoint idle_since = last_look_;
  TimePoint next_links = last_look_;
  while (!stop.load(std::memory_order_relaxed)) {
    const TimePoint now = this->now();
    note_turn(now);
    if (catch_up_.is_on()) {
      if (!catch_up_.is_over(idle_turns(), now)) {
        sleep(kLongestSleep, true);
        continue;
      }
      catch_up_.end();
      take_all_messages(now);
    }
    const bool had_messages = take_messages(now);
    if (now >= next_links) {
      poll_links(now);
      next_links = now + kLinkInterval;
    }
    const TimePoint due = parts_.core.run(now);
    const bool is_idle = !had_messages && due > now;
    if (!is_idle) {
      idle_since = now;
    }
    if (now - rested_until_ >= kWorkForRest * kRest) {
      sleep(kRest, false);
    } else if (is_idle && now - idle_since >= kIdleBeforeSleep) {
      sleep(std::min<Duration>(due - now, kLongestSleep), true);
    }
  }
}

}  // namespace mcswitch::engine
