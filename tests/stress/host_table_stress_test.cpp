// SPDX-License-Identifier: BSD-3-Clause
//
// The control thread changes the host table as fast as it can while two readers list it and count. Everything
// in a row follows from its host, so that a row made of two shows.

#include "table/host_table.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <random>
#include <thread>

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define MCSWITCH_SANITIZED 1
#else
#define MCSWITCH_SANITIZED 0
#endif

namespace mcswitch::table {
namespace {

constexpr int kSteps = MCSWITCH_SANITIZED ? 200'000 : 2'000'000;
constexpr std::uint32_t kHosts = 256;
// Fewer than there are hosts, so that records go from one to another.
constexpr std::uint32_t kRecords = 180;
constexpr std::uint32_t kEntries = 16;
constexpr std::uint32_t kPorts = 4;
constexpr std::uint32_t kMostInASet = kHosts / kEntries;

Host host(std::uint32_t n) {
  return {MacAddress{0x0200'0000'0000U + n}, IpAddress::from(Ipv4Address{0x0a00'0000U + n})};
}
EntryId entry_of(std::uint32_t n) { return n % kEntries; }
PortId port_of(std::uint32_t n) { return static_cast<PortId>(n % kPorts); }

// True if `view` is a row of one host. The lower bits of a stamp are the number of the host that reported.
bool is_whole(const HostView& view) {
  const auto n = static_cast<std::uint32_t>(view.host.mac.bits & 0xffff);
  return n < kHosts && view.host == host(n) && view.entry == entry_of(n) && view.port == port_of(n) &&
         view.since % kHosts == n && view.last >= view.since;
}

TEST(HostTableStress, EveryRowThatAReaderSeesIsOfOneHost) {
  HostTable hosts{kRecords, 0x0123'4567'89ab'cdef};
  std::atomic<bool> stop{false};
  std::array<std::atomic<std::uint64_t>, 2> rows{};
  std::atomic<std::uint64_t> torn{0};
  std::atomic<std::uint64_t> miscounted{0};
  std::array<std::thread, 2> readers;
  for (std::size_t r = 0; r < readers.size(); ++r) {
    readers[r] = std::thread{[&, r] {
      while (!stop.load(std::memory_order_relaxed)) {
        HostView view;
        for (std::uint32_t i = 0; i < hosts.capacity(); ++i) {
          if (hosts.snapshot(i, view)) {
            torn.fetch_add(is_whole(view) ? 0 : 1, std::memory_order_relaxed);
            rows[r].fetch_add(1, std::memory_order_relaxed);
          }
        }
        for (std::uint32_t n = 0; n < kEntries; ++n) {
          if (hosts.count(entry_of(n), port_of(n), 0) > kMostInASet) {
            miscounted.fetch_add(1, std::memory_order_relaxed);
          }
        }
      }
    }};
  }
  std::mt19937 random{3};
  Stamp now = kHosts;
  std::array<Stamp, kEntries> report{};
  for (int step = 0; step < kSteps; ++step) {
    const auto n = static_cast<std::uint32_t>(random() % kHosts);
    now += kHosts;
    const Stamp stamp = now - now % kHosts + n;
    Stamp& last = report[entry_of(n)];
    switch (random() % 8) {
      case 0:
        hosts.forget(entry_of(n), port_of(n), host(n), stamp);
        break;
      case 1:
        if (random() % 16 == 0) {
          hosts.forget_all(entry_of(n), port_of(n));
          last = 0;
        }
        break;
      case 2:
        hosts.expire(4, [&](EntryId entry, PortId) {
          return HostTable::Term{report[entry],
                                 TimePoint{Duration{now - std::min<Stamp>(now, 200 * kHosts)}}};
        });
        break;
      default:
        hosts.seen(entry_of(n), port_of(n), host(n), stamp, std::exchange(last, stamp));
        break;
    }
    if (step % (kSteps / 20) == 0) {  // Readers are at it, however the machine shares out its cores.
      for (auto& count : rows) {
        const std::uint64_t before = count.load();
        while (hosts.size() != 0 && count.load() == before) {
          std::this_thread::yield();
        }
      }
    }
  }
  stop = true;
  for (std::thread& reader : readers) {
    reader.join();
  }
  EXPECT_EQ(torn.load(), 0U);
  EXPECT_EQ(miscounted.load(), 0U);
}

}  // namespace
}  // namespace mcswitch::table
