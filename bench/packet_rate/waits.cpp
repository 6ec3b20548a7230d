// SPDX-License-Identifier: BSD-3-Clause

#include <fmt/format.h>
#include <rte_cycles.h>
#include <rte_mbuf.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <numeric>
#include <vector>

#include "packet_rate/control_rig.hpp"
#include "packet_rate/test.hpp"

namespace mcswitch::bench {
namespace {

constexpr PortId kWaiting = 0;
constexpr PortId kFlooding = 1;
// Of the flood, in each repetition.
constexpr double kSeconds = 1;

// Gives frames as fast as they are taken, until kSeconds have passed.
class Flood {
 public:
  Flood(BenchPort& port, const std::vector<LongFrame>& frames, std::atomic<bool>& is_over)
      : pool_{port.pool()}, frames_{frames}, is_over_{is_over} {
    port.receive_by(receive, this);
  }
  [[nodiscard]] std::uint64_t given() const { return given_; }

 private:
  static std::uint16_t receive(void* self, rte_mbuf** mbufs, std::uint16_t wanted) {
    return static_cast<Flood*>(self)->give(mbufs, wanted);
  }
  std::uint16_t give(rte_mbuf** mbufs, std::uint16_t wanted) {
    const std::uint64_t now = rte_rdtsc();
    until_ = until_ != 0 ? until_ : now + static_cast<std::uint64_t>(kSeconds * ticks_per_second());
    if (now > until_) {
      is_over_.store(true, std::memory_order_release);
      return 0;
    }
    if (rte_pktmbuf_alloc_bulk(pool_, mbufs, wanted) != 0) {
      return 0;
    }
    for (std::uint16_t i = 0; i < wanted; ++i) {
      const LongFrame& frame = frames_[given_++ % frames_.size()];
      std::memcpy(rte_pktmbuf_append(mbufs[i], static_cast<std::uint16_t>(frame.size())), frame.data(),
                  frame.size());
    }
    return wanted;
  }

  rte_mempool* const pool_;
  const std::vector<LongFrame>& frames_;
  std::atomic<bool>& is_over_;
  std::uint64_t until_ = 0;
  std::uint64_t given_ = 0;
};

// A port to which nothing comes. Notes how much processor time the worker uses between two polls of it.
class Waiting {
 public:
  explicit Waiting(BenchPort& port) {
    waits_.reserve(kMost);
    port.receive_by(receive, this);
  }
  // Nanoseconds, in their order.
  [[nodiscard]] std::vector<double>& waits() { return waits_; }

 private:
  static constexpr std::size_t kMost = 4'000'000;

  static std::uint16_t receive(void* self, rte_mbuf** /*mbufs*/, std::uint16_t /*wanted*/) {
    static_cast<Waiting*>(self)->note();
    return 0;
  }
  void note() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    const std::int64_t now = time.tv_sec * 1'000'000'000 + time.tv_nsec;
    if (last_ != 0 && waits_.size() < kMost) {
      waits_.push_back(static_cast<double>(now - last_));
    }
    last_ = now;
  }

  std::int64_t last_ = 0;
  std::vector<double> waits_;
};

// At a moment chosen at random, the wait that it lies in is at most this long with the probability `share`.
double time_weighted(std::vector<double>& waits, double share) {
  std::sort(waits.begin(), waits.end());
  const double due = share * std::accumulate(waits.begin(), waits.end(), 0.0);
  double sum = 0;
  for (const double wait : waits) {
    sum += wait;
    if (sum >= due) {
      return wait;
    }
  }
  return 0;
}

struct WaitCase {
  const char* name;
  std::vector<LongFrame> frames;
  std::uint32_t entries;  // of the group table
};

void run_waits(const WaitCase& what, const TestOptions& options, Report& report, Table& table) {
  Rig rig{what.entries, kFlooding + 1U, options.worker_lcore};
  std::vector<double> usual;
  std::vector<double> longest;
  std::vector<double> reports;
  for (unsigned n = 0; n <= options.pairs; ++n) {
    report.progress().show(fmt::format("waits, {}: {}/{}", what.name, n, options.pairs));
    std::atomic<bool> is_over{false};
    Flood flood{rig.port(kFlooding), what.frames, is_over};
    Waiting waiting{rig.port(kWaiting)};
    rig.prepare({{kWaiting, kFlooding}});
    ControlRig control{rig, {.version = 3}};
    rig.launch();
    control.run(is_over);
    rig.stop();
    if (n == 0) {
      continue;  // it made the groups
    }
    usual.push_back(time_weighted(waiting.waits(), 0.999) / 1e3);
    longest.push_back(waiting.waits().empty() ? 0 : waiting.waits().back() / 1e3);
    reports.push_back(static_cast<double>(flood.given()) / kSeconds / 1e3);
  }
  table.add({what.name, summarize(usual), summarize(longest), summarize(reports)});
}

void run(const TestOptions& options, Report& report) {
  Table& table = report.table(
      "waits", "",
      "how long a worker leaves a port alone (processor time) while another port floods reports as "
      "large as they can be, as fast as they are taken; repetitions of a second, without "
      "the first",
      {text("name", ""), range("wait_us", "99.9 % of the time at most us"), range("longest_us", "longest us"),
       range("reports_kps", "reports k/s")});
  constexpr std::uint32_t kLargestRow = 30'000;
  const std::uint32_t groups = std::min(kLargestRow, options.max_groups);
  const auto version_2 = [&] {
    std::vector<LongFrame> frames;
    for (const Template& from : report_frames(groups)) {
      frames.emplace_back(from.begin(), from.begin() + kReportSize);
    }
    return frames;
  };
  run_waits({"version 2", version_2(), groups}, options, report, table);
  run_waits({"IS_EX {}, 183 groups", largest_reports(Record::is_ex, groups, 0), groups}, options, report,
            table);
  run_waits({"IS_IN of a source, 122 groups", largest_reports(Record::is_in, groups, 1), 2 * groups}, options,
            report, table);
  constexpr std::uint32_t kFew = 16;
  constexpr std::uint32_t kSources = 364;
  run_waits({"IS_IN of 364 sources, one group", largest_reports(Record::is_in, kFew, kSources),
             kFew * (kSources + 1)},
            options, report, table);
}

}  // namespace

Test waits_test() {
  return {.name = "waits",
          .section = "",
          .about = "how long other ports wait while one floods the largest reports",
          .run = run};
}

}  // namespace mcswitch::bench
