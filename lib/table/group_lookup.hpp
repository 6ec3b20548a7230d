// SPDX-License-Identifier: BSD-3-Clause
//
// The lookups of GroupTable that are inlined where a burst is handled (lib/forwarding), so that the hash and
// the comparison of one frame overlap with those of the next. Compiled per instruction set with the packet
// path.
//
// Threads: as GroupTable says of readers.

#pragma once

#if defined(__AVX2__) && defined(__BMI2__)
#include <immintrin.h>
#endif

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>

#include "table/group_table.hpp"

namespace mcswitch::table {

[[gnu::always_inline]] inline GroupTable::Probe GroupTable::begin_v4(VlanId vlan,
                                                                     Ipv4Address group) const noexcept {
  const PackedKey key = PackedKey::of_v4(vlan, group);
  const Probe probe{&buckets_[bucket_of(GroupHash{key, seed_}.group())], key};
  __builtin_prefetch(probe.bucket_, 0, 3);
  return probe;
}

[[gnu::always_inline]] inline GroupTable::SourceProbe GroupTable::begin_source_v4(
    const Probe& group, Ipv4Address source, EntryKind kind) const noexcept {
  const Bucket* const requested = &buckets_[bucket_of(GroupHash{group.key_, seed_}.source_v4(source))];
  __builtin_prefetch(bucket_of(kind, requested), 0, 3);
  return {requested, source};
}

// A live word is ports, id, state and marks, and Found is ports, id and marks.
[[gnu::always_inline]] inline GroupTable::Found GroupTable::found_of(std::uint64_t live_word) noexcept {
  if constexpr (std::endian::native == std::endian::little) {
    static_assert(sizeof(Found) == sizeof live_word && offsetof(Found, bits) == 4);
    return std::bit_cast<Found>(live_word ^ kLive);
  } else {
    return {word_ports(live_word), static_cast<std::uint32_t>((live_word ^ kLive) >> 32)};
  }
}

// What a bucket's inline slots say of a key.
struct GroupTable::Inline {
  std::uint64_t word;   // of the slot with this key; 0: there is none
  std::uint32_t chain;  // where to go on, or kNoNode
};

// The loads of locate_in(), without a branch for each slot.
[[gnu::always_inline]] inline GroupTable::Inline GroupTable::look_inline(const Probe& probe) noexcept {
  const Bucket& bucket = *probe.bucket_;
  // Pairs with the compare-and-swap in publish().
  const std::uint64_t header = bucket.header.load(std::memory_order_acquire);
#if defined(__AVX2__) && defined(__BMI2__)
  // As eight words: header, key, word, key, word, key, word, counts. The keys are read by vector loads behind
  // the header's, which x86 keeps in that order, and each aligned word of eight bytes in one piece.
  constexpr unsigned kKeyLanes = 0b00101010;
  static_assert(kInlineSlots == 3 && sizeof(Bucket) == 64 && offsetof(Bucket, slots) == 8 &&
                offsetof(Slot, word) == 8 && sizeof(std::atomic<std::uint64_t>) == 8);
  const void* const line = &bucket;
  const auto* const halves = static_cast<const __m256i*>(line);
  const __m256i key = _mm256_set1_epi64x(static_cast<long long>(probe.key_.bits()));
  const auto equal_lanes = [&](const __m256i& half) {
    const __m256i equal = _mm256_cmpeq_epi64(_mm256_load_si256(&half), key);
    return static_cast<unsigned>(_mm256_movemask_pd(_mm256_castsi256_pd(equal)));
  };
  const unsigned published = _pdep_u32(static_cast<unsigned>(header), kKeyLanes);
  const unsigned equal = (equal_lanes(halves[0]) | equal_lanes(halves[1]) << 4) & published;
  const auto word_behind = [line](unsigned lanes) -> const std::atomic<std::uint64_t>& {
    return static_cast<const std::atomic<std::uint64_t>*>(line)[std::countr_zero(lanes) + 1];
  };
#else
  unsigned equal = 0;
  for (unsigned slot = 0; slot < kInlineSlots; ++slot) {
    const bool is_equal = bucket.slots[slot].key.load(std::memory_order_relaxed) == probe.key_.bits();
    equal |= static_cast<unsigned>(is_equal) << slot;
  }
  equal &= static_cast<unsigned>(header);
  const auto word_behind = [&bucket](unsigned slots) -> const std::atomic<std::uint64_t>& {
    return bucket.slots[std::countr_zero(slots)].word;
  };
#endif
  const auto chain = static_cast<std::uint32_t>(header >> 32);
  if (equal != 0) [[likely]] {
    return {word_behind(equal).load(std::memory_order_acquire), chain};
  }
  return {0, chain};
}

[[gnu::always_inline]] inline GroupTable::Found GroupTable::finish(const Probe& probe) const noexcept {
  const Inline seen = look_inline(probe);
  if (word_is_live(seen.word)) [[likely]] {
    return found_of(seen.word);
  }
  return seen.word == 0 && seen.chain == kNoNode ? Found{} : finish_slowly(probe.bucket_, probe.key_);
}

// Lookups that came to a chain. Its first node is prefetched, and looked at when the others are done: one in
// ten groups of a full table is in a chain, and each would cost a trip to memory by itself.
class GroupTable::Chained {
 public:
  [[gnu::always_inline]] void add(const GroupTable& table, std::uint32_t chain, std::size_t index) noexcept {
    __builtin_prefetch(&table.nodes_[chain], 0, 3);
    chains_[count_] = chain;
    indexes_[count_++] = static_cast<std::uint32_t>(index);
  }
  [[gnu::always_inline]] void finish(const GroupTable& table, const Probe* probes, Found* found) noexcept {
    for (std::size_t n = 0; n < count_; ++n) {
      const Slot& first = table.nodes_[chains_[n]].slot;
      const std::uint32_t index = indexes_[n];
      if (first.key.load(std::memory_order_relaxed) == probes[index].key_.bits()) {
        // Pairs with the compare-and-swaps by which joins set bits, as in locate_in().
        const std::uint64_t word = first.word.load(std::memory_order_acquire);
        if (word_is_live(word)) {
          found[index] = found_of(word);
          continue;
        }
      }
      found[index] = table.finish_slowly(probes[index].bucket_, probes[index].key_);
    }
  }

 private:
  std::array<std::uint32_t, kMaxBurst> chains_;
  std::array<std::uint32_t, kMaxBurst> indexes_;
  std::size_t count_ = 0;
};

[[gnu::always_inline]] inline void GroupTable::finish_one(const Probe* probes, Found* found,
                                                          std::size_t index,
                                                          Chained& chained) const noexcept {
  const Inline seen = look_inline(probes[index]);
  if (word_is_live(seen.word)) [[likely]] {
    found[index] = found_of(seen.word);
  } else if (seen.word != 0) [[unlikely]] {
    // Retired. The group may be there once more, in another slot or in the chain.
    found[index] = finish_slowly(probes[index].bucket_, probes[index].key_);
  } else if (seen.chain == kNoNode) {
    found[index] = {};
  } else {
    chained.add(*this, seen.chain, index);
  }
}

[[gnu::always_inline]] inline void GroupTable::finish(std::span<const Probe> probes,
                                                      Found* found) const noexcept {
  Chained chained;
  for (std::size_t i = 0; i < probes.size(); ++i) {
    finish_one(probes.data(), found, i, chained);
  }
  chained.finish(*this, probes.data(), found);
}

[[gnu::always_inline]] inline GroupTable::Found GroupTable::child(EntryKind kind, EntryId group,
                                                                  const SourceProbe& source) const noexcept {
  return finish(
      Probe{bucket_of(kind, source.requested_), PackedKey::of_source_v4(kind, group, source.source_)});
}

[[gnu::always_inline]] inline GroupTable::Found GroupTable::requested(
    const Found& group, const SourceProbe& source) const noexcept {
  return group.has_requested() ? child(EntryKind::requested, group.id(), source) : Found{};
}

[[gnu::always_inline]] inline PortSet GroupTable::accepting(const Found& group,
                                                            const SourceProbe& source) const noexcept {
  PortSet ports = group.ports;
  // In this order: a source that becomes both is requested first. For the same reason one that is excluded is
  // looked for among the requested ones, whatever the marks said before.
  PortSet excluded;
  if (group.has_excluded()) {
    excluded = child(EntryKind::excluded, group.id(), source).ports;
    ports &= ~excluded;
  }
  if (group.has_requested() || !excluded.empty()) {
    ports |= child(EntryKind::requested, group.id(), source).ports;
  }
  return ports;
}

inline PortSet GroupTable::find_accepting_v4(VlanGroup group, Ipv4Address source) const noexcept {
  const Probe probe = begin_v4(group.vlan, group.group);
  const SourceProbe source_probe = begin_source_v4(probe, source, EntryKind::requested);
  const Found found = finish(probe);
  return found.exists() ? accepting(found, source_probe) : PortSet{};
}

[[gnu::always_inline]] inline void GroupTable::find_burst_v4(std::span<const VlanGroup> groups,
                                                             Found* found) const noexcept {
  std::array<Probe, kMaxBurst> probes;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    probes[i] = begin_v4(groups[i].vlan, groups[i].group);
  }
  finish(std::span{probes.data(), groups.size()}, found);
}

[[gnu::always_inline]] inline void GroupTable::prefetch_membership(EntryId id, PortId port) const noexcept {
  // The last one for kNoEntry: an address that is there.
  const std::size_t place = std::size_t{std::min(id, max_groups_ - 1)} * port_count_ + port;
  __builtin_prefetch(&memberships_[place], 1, 3);
}

}  // namespace mcswitch::table
