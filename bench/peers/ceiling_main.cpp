// SPDX-License-Identifier: BSD-3-Clause
//
// mcsceiling: the ceiling over the devices that the peers are measured with (bench/peers/README.md). Waits,
// measures for a while, prints one line of JSON, and ends.

#include <fmt/format.h>
#include <pthread.h>
#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>
#include <rte_version.h>
#include <time.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "dataplane/packet_pool.hpp"
#include "packet_rate/ceiling.hpp"
#include "peers/ceiling_options.hpp"

namespace mcswitch::bench {
namespace {

// As mcswitch has them (lib/machine/memory_plan.cpp), and Open vSwitch the cache.
constexpr unsigned kCache = 512;
constexpr std::uint16_t kDescriptors = 1024;

struct Job {
  std::uint16_t from = 0;
  std::vector<std::uint16_t> to;
  std::atomic<clockid_t> clock{0};  // of the processor time of the worker; 0 until it runs
  std::atomic<bool> stop{false};
  bool listen = false;
};

// As run_ceiling(), but the sinks are asked for frames once a turn, as any switch asks its ports.
void run_listening_ceiling(const Job& job) {
  constexpr std::uint16_t kBurst = 32;
  const auto more = static_cast<std::int16_t>(job.to.size() - 1);
  rte_mbuf* mbufs[kBurst];
  while (!job.stop.load(std::memory_order_relaxed)) {
    const std::uint16_t count = rte_eth_rx_burst(job.from, 0, mbufs, kBurst);
    for (std::uint16_t i = 0; more != 0 && i < count; ++i) {
      rte_mbuf_refcnt_update(mbufs[i], more);
    }
    for (const std::uint16_t port : job.to) {
      const std::uint16_t sent = rte_eth_tx_burst(port, 0, mbufs, count);
      rte_pktmbuf_free_bulk(mbufs + sent, static_cast<unsigned>(count - sent));
    }
    for (const std::uint16_t port : job.to) {
      rte_mbuf* heard[kBurst];
      rte_pktmbuf_free_bulk(heard, rte_eth_rx_burst(port, 0, heard, kBurst));
    }
  }
}

int run_job(void* argument) {
  auto* job = static_cast<Job*>(argument);
  clockid_t clock{};
  pthread_getcpuclockid(pthread_self(), &clock);
  job->clock.store(clock);
  if (job->listen) {
    run_listening_ceiling(*job);
  } else {
    run_ceiling(job->from, job->to, job->stop);
  }
  return 0;
}

void check(int result, const std::string& what) {
  if (result < 0) {
    throw std::runtime_error{fmt::format("{}: {}", what, rte_strerror(-result))};
  }
}

// For DPDK: itself, and the buffers with what it keeps for each.
unsigned megabytes(const CeilingOptions& options) {
  constexpr std::size_t kItself = 128;
  constexpr std::size_t kBeside = 384;
  return static_cast<unsigned>(kItself + (options.mbufs * (options.room + kBeside) * 9 / 8 >> 20U));
}

void start_eal(const CeilingOptions& options) {
  std::vector<std::string> args{"mcsceiling",
                                fmt::format("--lcores=0@{},1@{}", options.main_core, options.worker_core),
                                "--main-lcore=0",
                                "--no-shconf",
                                "-m",
                                std::to_string(megabytes(options)),
                                "--no-pci",
                                "--no-telemetry",
                                "--iova-mode=va",
                                "--log-level=*:error"};
  if (!options.hugepages) {
    args.emplace_back("--no-huge");
  } else {
    args.emplace_back("--huge-unlink");
  }
  std::vector<char*> argv;
  for (std::string& arg : args) {
    argv.push_back(arg.data());
  }
  if (rte_eal_init(static_cast<int>(argv.size()), argv.data()) < 0) {
    throw std::runtime_error{fmt::format("DPDK does not start: {}", rte_strerror(rte_errno))};
  }
}

std::uint16_t open_port(const std::string& device, rte_mempool* pool) {
  check(rte_dev_probe(device.c_str()), fmt::format("{} cannot be opened", device));
  std::uint16_t port = 0;
  const std::string name = device.substr(0, device.find(','));
  check(rte_eth_dev_get_port_by_name(name.c_str(), &port), fmt::format("{} is no Ethernet device", device));
  const rte_eth_conf conf{};
  check(rte_eth_dev_configure(port, 1, 1, &conf), fmt::format("{} cannot be configured", device));
  check(rte_eth_rx_queue_setup(port, 0, kDescriptors, SOCKET_ID_ANY, nullptr, pool),
        fmt::format("{} has no receive queue", device));
  check(rte_eth_tx_queue_setup(port, 0, kDescriptors, SOCKET_ID_ANY, nullptr),
        fmt::format("{} has no transmit queue", device));
  check(rte_eth_dev_start(port), fmt::format("{} cannot be started", device));
  return port;
}

std::vector<rte_eth_stats> statistics(const Job& job) {
  std::vector<rte_eth_stats> all(1 + job.to.size());
  rte_eth_stats_get(job.from, all.data());
  for (std::size_t n = 0; n < job.to.size(); ++n) {
    rte_eth_stats_get(job.to[n], &all[n + 1]);
  }
  return all;
}

double worker_seconds(const Job& job) {
  timespec now{};
  clock_gettime(job.clock.load(), &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

void measure(const CeilingOptions& options, const Job& job) {
  using Clock = std::chrono::steady_clock;
  while (job.clock.load() == 0) {
    std::this_thread::yield();
  }
  std::this_thread::sleep_for(std::chrono::duration<double>{options.warm_up});
  const auto begin = Clock::now();
  const double worker_begin = worker_seconds(job);
  const std::vector<rte_eth_stats> before = statistics(job);
  std::this_thread::sleep_for(std::chrono::duration<double>{options.seconds});
  const std::vector<rte_eth_stats> after = statistics(job);
  const std::chrono::duration<double> passed = Clock::now() - begin;
  const double running = worker_seconds(job) - worker_begin;
  std::string sent;
  for (std::size_t n = 1; n < after.size(); ++n) {
    sent += fmt::format("{}{}", n == 1 ? "" : ", ", after[n].opackets - before[n].opackets);
  }
  fmt::print(
      "{{\"seconds\": {:.6f}, \"running\": {:.6f}, \"received\": {}, \"sent\": [{}], \"dpdk\": \"{}\"}}\n",
      passed.count(), running, after[0].ipackets - before[0].ipackets, sent, rte_version());
  std::fflush(stdout);
}

int run(int argc, char** argv) {
  CeilingOptions options;
  if (const std::optional<int> exit_code = parse_ceiling_options(argc, argv, options)) {
    return *exit_code;
  }

  start_eal(options);
  rte_mempool* pool = dataplane::make_packet_pool("frames", options.mbufs, kCache,
                                                  static_cast<std::uint16_t>(options.room), SOCKET_ID_ANY);
  if (pool == nullptr) {
    throw std::runtime_error{fmt::format("no packet buffers: {}", rte_strerror(rte_errno))};
  }
  Job job;
  job.listen = options.listen;
  for (const std::string& device : options.to) {
    job.to.push_back(open_port(device, pool));
  }
  job.from = open_port(options.from, pool);
  rte_eal_remote_launch(run_job, &job, 1);
  measure(options, job);
  job.stop.store(true, std::memory_order_relaxed);
  rte_eal_wait_lcore(1);
  return 0;
}

}  // namespace
}  // namespace mcswitch::bench

int main(int argc, char** argv) {
  try {
    return mcswitch::bench::run(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "mcsceiling: {}\n", error.what());
    return 1;
  }
}
