// SPDX-License-Identifier: BSD-3-Clause
//
// One face for the group table and for what else it could have been: (VLAN, group) to a set of ports.
//
//   McsTable      lib/table/group_table.hpp: lock-free, with memberships and their stamps
//   RteHash       rte_hash, lock-free for readers with a writer, bulk lookup; the ports in its data pointer
//   TbbHashMap    tbb::concurrent_hash_map, with an accessor a lookup
//   TbbUnordered  tbb::concurrent_unordered_map of atomic words
//
// find() of a burst answers the sum of all port sets, so that nothing is left out.

#pragma once

#include <rte_hash.h>
#include <rte_hash_crc.h>
#include <tbb/concurrent_hash_map.h>
#include <tbb/concurrent_unordered_map.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "table/group_control.hpp"
#include "table/group_lookup.hpp"

namespace mcswitch::bench {

inline constexpr std::size_t kBurst = 32;
inline constexpr VlanId kVlan = 10;
using table::VlanGroup;

inline std::uint64_t packed(VlanGroup g) { return table::PackedKey::of_v4(g.vlan, g.group).bits(); }

// Groups that are there, and as many that are not, in an order that no cache can guess.
struct Keys {
  std::vector<VlanGroup> present;
  std::vector<VlanGroup> absent;

  explicit Keys(std::size_t count) {
    std::mt19937_64 random{count};
    for (std::uint32_t n = 0; n < count; ++n) {
      present.push_back({kVlan, Ipv4Address{0xef000000U + n}});
      absent.push_back({kVlan, Ipv4Address{0xe8000000U + n}});
    }
    std::shuffle(present.begin(), present.end(), random);
    std::shuffle(absent.begin(), absent.end(), random);
  }
};

class McsTable {
 public:
  static constexpr const char* kName = "mcswitch";
  explicit McsTable(std::size_t capacity)
      : table_{static_cast<std::uint32_t>(capacity), 4, 0x5eed'0000'5eed'1111ULL} {}
  void join(VlanGroup g, PortId port) { table_.join({g.vlan, IpAddress::from(g.group)}, port, ++stamp_, 2); }
  std::uint32_t find(VlanGroup g) const { return table_.find_v4(g.vlan, g.group).ports.bits(); }
  std::uint32_t find(std::span<const VlanGroup, kBurst> groups) const {
    std::array<table::GroupTable::Found, kBurst> found;
    table_.find_burst_v4(groups, found.data());
    std::uint32_t sum = 0;
    for (const auto& f : found) {
      sum += f.ports.bits();
    }
    return sum;
  }
  table::GroupControl& table() { return table_; }

 private:
  table::GroupControl table_;
  Stamp stamp_ = 1;
};

class RteHash {
 public:
  static constexpr const char* kName = "rte_hash";
  explicit RteHash(std::size_t capacity) {
    static unsigned number = 0;
    const std::string name = "bench_hash_" + std::to_string(number++);
    rte_hash_parameters parameters{};
    parameters.name = name.c_str();
    // As the documentation advises for a table that must not refuse: a little more room than keys.
    parameters.entries = static_cast<std::uint32_t>(std::max<std::size_t>(capacity + capacity / 8, 64));
    parameters.key_len = sizeof(std::uint64_t);
    parameters.hash_func = rte_hash_crc;
    parameters.hash_func_init_val = 0x5eed;
    parameters.extra_flag = RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY_LF | RTE_HASH_EXTRA_FLAGS_EXT_TABLE;
    hash_ = rte_hash_create(&parameters);
    if (hash_ == nullptr) {
      throw std::runtime_error{"no rte_hash"};
    }
  }
  ~RteHash() { rte_hash_free(hash_); }
  RteHash(const RteHash&) = delete;
  RteHash& operator=(const RteHash&) = delete;

  void join(VlanGroup g, PortId port) {
    const std::uint64_t key = packed(g);
    void* data = nullptr;
    rte_hash_lookup_data(hash_, &key, &data);
    const auto ports = reinterpret_cast<std::uintptr_t>(data) | std::uintptr_t{1} << port;
    if (rte_hash_add_key_data(hash_, &key, reinterpret_cast<void*>(ports)) != 0) {
      throw std::runtime_error{"rte_hash is full"};
    }
  }
  std::uint32_t find(VlanGroup g) const {
    const std::uint64_t key = packed(g);
    void* data = nullptr;
    return rte_hash_lookup_data(hash_, &key, &data) < 0
               ? 0
               : static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(data));
  }
  std::uint32_t find(std::span<const VlanGroup, kBurst> groups) const {
    std::uint64_t keys[kBurst];
    const void* pointers[kBurst];
    void* data[kBurst];
    for (std::size_t i = 0; i < kBurst; ++i) {
      keys[i] = packed(groups[i]);
      pointers[i] = &keys[i];
    }
    std::uint64_t hits = 0;
    rte_hash_lookup_bulk_data(hash_, pointers, kBurst, &hits, data);
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < kBurst; ++i) {
      sum += (hits >> i & 1) != 0 ? static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(data[i])) : 0;
    }
    return sum;
  }

 private:
  rte_hash* hash_;
};

struct PackedHash {
  static std::size_t hash(std::uint64_t key) { return table::mix(key, 0x5eed); }
  static bool equal(std::uint64_t a, std::uint64_t b) { return a == b; }
  std::size_t operator()(std::uint64_t key) const { return hash(key); }
};

// For tables that know no bursts.
template <typename Table>
std::uint32_t find_each(const Table& table, std::span<const VlanGroup, kBurst> groups) {
  std::uint32_t sum = 0;
  for (const VlanGroup g : groups) {
    sum += table.find(g);
  }
  return sum;
}

class TbbHashMap {
 public:
  static constexpr const char* kName = "tbb::concurrent_hash_map";
  explicit TbbHashMap(std::size_t capacity) : map_{capacity} {}
  void join(VlanGroup g, PortId port) {
    Map::accessor entry;
    map_.insert(entry, packed(g));
    entry->second |= 1U << port;
  }
  std::uint32_t find(VlanGroup g) const {
    Map::const_accessor entry;
    return map_.find(entry, packed(g)) ? entry->second : 0;
  }
  std::uint32_t find(std::span<const VlanGroup, kBurst> groups) const { return find_each(*this, groups); }

 private:
  using Map = tbb::concurrent_hash_map<std::uint64_t, std::uint32_t, PackedHash>;
  Map map_;
};

class TbbUnordered {
 public:
  static constexpr const char* kName = "tbb::concurrent_unordered_map";
  explicit TbbUnordered(std::size_t capacity) : map_{capacity} {}
  void join(VlanGroup g, PortId port) { map_[packed(g)].fetch_or(1U << port, std::memory_order_release); }
  std::uint32_t find(VlanGroup g) const {
    const auto entry = map_.find(packed(g));
    return entry == map_.end() ? 0 : entry->second.load(std::memory_order_acquire);
  }
  std::uint32_t find(std::span<const VlanGroup, kBurst> groups) const { return find_each(*this, groups); }

 private:
  tbb::concurrent_unordered_map<std::uint64_t, std::atomic<std::uint32_t>, PackedHash> map_;
};

}  // namespace mcswitch::bench
