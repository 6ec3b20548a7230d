// SPDX-License-Identifier: BSD-3-Clause
//
// Who is a member: the host table, and what it could have been.
//
//   mcswitch   lib/table/host_table.hpp: memory taken at start, counters of changes, no locks
//   tbb-map    tbb::concurrent_hash_map from (entry, port) to the hosts there, each in its own vector;
//              a thread that holds an accessor makes others wait for that membership
//
// Each membership has two hosts that report in turn, so that the control thread is notified of each report.
// The argument is the number of memberships. One item is one call. `bytes` is the memory of one host.

#include <benchmark/benchmark.h>
#include <malloc.h>
#include <tbb/concurrent_hash_map.h>

#include <algorithm>
#include <atomic>
#include <numeric>
#include <random>
#include <thread>
#include <vector>

#include "table/host_table.hpp"

namespace mcswitch::bench {
namespace {

using table::EntryId;
using table::Host;

constexpr PortId kPort = 3;
constexpr unsigned kHostsEach = 2;

Host host(EntryId entry, unsigned n) {
  return {MacAddress{0x0200'0000'0000U + 4 * std::uint64_t{entry} + n},
          IpAddress::from(Ipv4Address{0x0a00'0000U + 4 * entry + n})};
}

class McsHosts {
 public:
  static constexpr const char* kName = "mcswitch";
  explicit McsHosts(std::uint32_t memberships) : table_{kHostsEach * memberships, 0x5eed'0000'5eed'1111} {}
  void seen(EntryId entry, const Host& host, Stamp at, Stamp previous) {
    table_.seen(entry, kPort, host, at, previous);
  }
  bool is_only(EntryId entry, const Host& host, Stamp since, Stamp report) const {
    return table_.is_only(entry, kPort, host, time_of(since), report);
  }
  void forget_all(EntryId entry) { table_.forget_all(entry, kPort); }
  std::uint32_t count(EntryId entry) const { return table_.count(entry, kPort, 0); }
  std::size_t memory(std::size_t) const { return table::HostTable::memory_size(table_.capacity()); }

 private:
  table::HostTable table_;
};

class TbbHosts {
 public:
  static constexpr const char* kName = "tbb-map";
  explicit TbbHosts(std::uint32_t memberships) : before_{mallinfo2()}, map_{memberships} {}
  void seen(EntryId entry, const Host& host, Stamp at, Stamp previous) {
    Map::accessor place;
    map_.insert(place, key(entry));
    std::vector<Known>& hosts = place->second;
    const auto found =
        std::find_if(hosts.begin(), hosts.end(), [&](const Known& k) { return k.host == host; });
    if (!hosts.empty()) {
      hosts.front().last = std::max(hosts.front().last, previous);
    }
    if (found == hosts.end()) {
      hosts.insert(hosts.begin(), {host, at, at});
    } else {
      found->last = at;
      std::rotate(hosts.begin(), found, found + 1);
    }
  }
  bool is_only(EntryId entry, const Host& host, Stamp since, Stamp report) const {
    Map::const_accessor place;
    if (!map_.find(place, key(entry))) {
      return false;
    }
    const std::vector<Known>& hosts = place->second;
    return std::all_of(hosts.begin(), hosts.end(), [&](const Known& k) {
      return k.host == host || (&k == hosts.data() ? std::max(k.last, report) : k.last) < since;
    });
  }
  void forget_all(EntryId entry) { map_.erase(key(entry)); }
  std::uint32_t count(EntryId entry) const {
    Map::const_accessor place;
    return map_.find(place, key(entry)) ? static_cast<std::uint32_t>(place->second.size()) : 0;
  }
  std::size_t memory(std::size_t) const {
    const auto now = mallinfo2();
    return now.uordblks + now.hblkhd - before_.uordblks - before_.hblkhd;
  }

 private:
  struct Known {
    Host host;
    Stamp since = 0;
    Stamp last = 0;
  };
  // Its own allocator cannot be asked how much it has given out.
  using Allocator = std::allocator<std::pair<const std::uint32_t, std::vector<Known>>>;
  using Map = tbb::concurrent_hash_map<std::uint32_t, std::vector<Known>,
                                       tbb::tbb_hash_compare<std::uint32_t>, Allocator>;
  static std::uint32_t key(EntryId entry) { return entry | std::uint32_t{kPort} << 24; }

  struct mallinfo2 before_;
  Map map_;
};

// Memberships in an order that no cache can guess, each with its hosts.
template <typename Hosts>
struct Filled {
  explicit Filled(std::uint32_t count) : hosts{count}, order(count) {
    std::iota(order.begin(), order.end(), EntryId{0});
    std::shuffle(order.begin(), order.end(), std::mt19937_64{count});
    for (const EntryId entry : order) {
      for (unsigned n = 0; n < kHostsEach; ++n) {
        hosts.seen(entry, host(entry, n), now, n == 0 ? 0 : now - count);
        ++now;
      }
    }
    // Not in the order in which memory was taken.
    std::shuffle(order.begin(), order.end(), std::mt19937_64{~std::uint64_t{count}});
  }

  // The next report of the next membership, by the host that did not report last.
  void report() {
    const EntryId entry = order[next];
    hosts.seen(entry, host(entry, turn), now, now - 1);
    ++now;
    if (++next == order.size()) {
      next = 0;
      turn = (turn + 1) % kHostsEach;
    }
  }

  Hosts hosts;
  std::vector<EntryId> order;
  std::size_t next = 0;
  unsigned turn = 0;
  Stamp now = Stamp{1} << 40;
};

template <typename Hosts>
void another_host(benchmark::State& state) {
  Filled<Hosts> filled{static_cast<std::uint32_t>(state.range(0))};
  for (auto _ : state) {
    filled.report();
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["bytes"] = static_cast<double>(filled.hosts.memory(filled.order.size())) /
                            static_cast<double>(kHostsEach * filled.order.size());
}

// A reader goes through all memberships meanwhile, as a listing does, but without a rest.
template <typename Hosts>
void another_host_beside_reader(benchmark::State& state) {
  Filled<Hosts> filled{static_cast<std::uint32_t>(state.range(0))};
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> read{0};
  std::thread reader{[&] {
    std::uint64_t sum = 0;
    for (EntryId entry = 0; !stop.load(std::memory_order_relaxed);
         entry = (entry + 1) % static_cast<EntryId>(state.range(0))) {
      sum += filled.hosts.count(entry);
    }
    read = sum;
  }};
  for (auto _ : state) {
    filled.report();
  }
  stop = true;
  reader.join();
  state.SetItemsProcessed(state.iterations());
  state.counters["read"] =
      benchmark::Counter(static_cast<double>(read.load() / kHostsEach), benchmark::Counter::kIsRate);
}

template <typename Hosts>
void only_host(benchmark::State& state) {
  Filled<Hosts> filled{static_cast<std::uint32_t>(state.range(0))};
  std::size_t next = 0;
  for (auto _ : state) {
    const EntryId entry = filled.order[next];
    benchmark::DoNotOptimize(filled.hosts.is_only(entry, host(entry, 1), 1, filled.now));
    next = next + 1 < filled.order.size() ? next + 1 : 0;
  }
  state.SetItemsProcessed(state.iterations());
}

// A membership ends, and begins again with its first host.
template <typename Hosts>
void come_and_go(benchmark::State& state) {
  Filled<Hosts> filled{static_cast<std::uint32_t>(state.range(0))};
  std::size_t next = 0;
  for (auto _ : state) {
    const EntryId entry = filled.order[next];
    filled.hosts.forget_all(entry);
    filled.hosts.seen(entry, host(entry, 0), filled.now++, 0);
    next = next + 1 < filled.order.size() ? next + 1 : 0;
  }
  state.SetItemsProcessed(state.iterations());
}

template <typename Hosts>
void list(benchmark::State& state) {
  Filled<Hosts> filled{static_cast<std::uint32_t>(state.range(0))};
  EntryId entry = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(filled.hosts.count(entry));
    entry = (entry + 1) % static_cast<EntryId>(state.range(0));
  }
  state.SetItemsProcessed(state.iterations());
}

template <typename Hosts>
void add() {
  const std::string name = Hosts::kName;
  const auto sized = [](benchmark::internal::Benchmark* b) {
    for (const std::int64_t memberships : {1 << 6, 1 << 12, 1 << 19}) {
      b->Arg(memberships);
    }
  };
  sized(benchmark::RegisterBenchmark(("hosts/another/" + name).c_str(), another_host<Hosts>));
  // In real time: the question is how long the control thread waits.
  for (const std::int64_t memberships : {1, 1 << 6, 1 << 12, 1 << 19}) {
    benchmark::RegisterBenchmark(("hosts/another-beside-reader/" + name).c_str(),
                                 another_host_beside_reader<Hosts>)
        ->Arg(memberships)
        ->UseRealTime();
  }
  sized(benchmark::RegisterBenchmark(("hosts/only/" + name).c_str(), only_host<Hosts>));
  sized(benchmark::RegisterBenchmark(("hosts/come-and-go/" + name).c_str(), come_and_go<Hosts>));
  sized(benchmark::RegisterBenchmark(("hosts/count/" + name).c_str(), list<Hosts>));
}

const bool added = [] {
  add<McsHosts>();
  add<TbbHosts>();
  return true;
}();

}  // namespace
}  // namespace mcswitch::bench
