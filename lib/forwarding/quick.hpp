// SPDX-License-Identifier: BSD-3-Clause
//
// The fast path recognises bursts of fast data in a few instructions a frame. Fast data is IPv4 multicast
// data without IP options, all without a tag or all in one tag of the same VID. It says yes only where
// classify() says FrameKind::ipv4_multicast of each frame, with the same tags, sources and groups; says no if
// in doubt, and then classify() decides. If it says yes, the IP headers have been verified (RFC 4541 section
// 2.1.2(6)).
//
// How: what the frames of a burst have in common is found by collecting, in one vector, every bit in which
// one of them differs from the first; then the first is looked at. Checksums are summed in vectors, of eight
// frames at a time. Bytes are read in words of the machine's order, which is little endian here; elsewhere
// it always says no.
//
// Pure.

#pragma once

#ifdef __AVX2__
#include <immintrin.h>
#endif

#include <bit>
#include <cstdint>
#include <cstring>

#include "base/net_types.hpp"
#include "proto/igmp.hpp"
#include "proto/pim.hpp"

namespace mcswitch::forwarding {

// A burst as the packet path has it: frames that are contiguous and from which the device took no tag.
struct QuickBurst {
  // Frames are looked at in steps of this. `data` has room for a whole number of steps, and behind the last
  // frame its address again.
  static constexpr std::size_t kStep = 8;
  const std::uint8_t* const* data = nullptr;
  std::size_t count = 0;      // 1 or more
  std::uint32_t longest = 0;  // bytes
  std::uint32_t shortest = 0;
  const std::uint32_t* lengths = nullptr;  // of each; read where they differ
};

namespace quick {

template <typename Word>
inline Word load(const std::uint8_t* from) noexcept {
  Word word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

// 32 bytes, as words of 32 bits.
using Words [[gnu::vector_size(32)]] = std::uint32_t;

inline constexpr std::uint32_t kHeaders = 14 + 20;
// Of a frame in a tag everything from the EtherType on lies this much further back.
inline constexpr std::uint32_t kTag = 4;
// The vector holds bytes 0 to 31 of a frame: addresses, EtherType, and the IP header but for its last two
// bytes. In a tag it holds bytes 4 to 35: instead of the first addresses' bytes, the tag.
inline constexpr Words kIpHeader{0, 0, 0, 0xffff'0000, ~0U, ~0U, ~0U, ~0U};

// Bytes 0 to 7: 01:00:5e, the bit behind it clear (RFC 1112 section 6.4), whatever follows.
inline constexpr std::uint64_t kGroupMacMask = 0x0000'0000'80ff'ffff;
inline constexpr std::uint64_t kGroupMac = 0x0000'0000'005e'0001;
// Bytes 8 to 15: EtherType 0x0800, then version 4 and a header of five words.
inline constexpr std::uint64_t kPlainIpMask = 0x00ff'ffff'0000'0000;
inline constexpr std::uint64_t kPlainIp = 0x0045'0008'0000'0000;

// In a tag: bytes 0 to 3, and bytes 12 to 19: TPID 0x8100, the tag's control information, whatever it is, and
// as above.
inline constexpr std::uint32_t kGroupMacStartMask = 0x80ff'ffff;
inline constexpr std::uint32_t kGroupMacStart = 0x005e'0001;
inline constexpr std::uint64_t kTaggedIpMask = 0x00ff'ffff'0000'ffff;
inline constexpr std::uint64_t kTaggedIp = 0x0045'0008'0000'0081;
// The same with the VID, which is the last twelve bits of the control information.
inline constexpr std::uint64_t kOneVlanMask = kTaggedIpMask | 0x0000'0000'ff0f'0000;

inline bool is_tagged(const std::uint8_t* frame) noexcept { return frame[12] == 0x81 && frame[13] == 0x00; }
// Control information of the tag.
inline std::uint16_t tci(const std::uint8_t* frame) noexcept {
  return __builtin_bswap16(load<std::uint16_t>(frame + 14));
}

inline MacAddress source(const std::uint8_t* frame) noexcept {
  return MacAddress{__builtin_bswap64(load<std::uint64_t>(frame + 6)) >> 16};
}

inline bool has_right_length(const std::uint8_t* frame, std::uint32_t length) noexcept {
  const std::uint32_t total = __builtin_bswap16(load<std::uint16_t>(frame + 16));
  return total >= 20 && total + 14 <= length;
}

// Of the first `count` frames; each has so many bytes of tag.
inline bool have_right_lengths(const QuickBurst& burst, std::size_t count, std::uint32_t tag) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t length = burst.longest == burst.shortest ? burst.longest : burst.lengths[i];
    if (!has_right_length(burst.data[i] + tag, length - tag)) {
      return false;
    }
  }
  return true;
}

inline bool is_data(const std::uint8_t* frame) noexcept {
  return frame[23] != proto::kIpProtocolIgmp && frame[23] != proto::kIpProtocolPim;
}

// Whether a frame of kHeaders bytes and more, or in a tag kTag more, is worth being part of a QuickBurst.
inline bool is_likely(const std::uint8_t* frame) noexcept {
  return (((load<std::uint64_t>(frame) & kGroupMacMask) ^ kGroupMac) |
          ((load<std::uint64_t>(frame + 8) & kPlainIpMask) ^ kPlainIp)) == 0 &&
         is_data(frame);
}
inline bool is_likely_in_tag(const std::uint8_t* frame) noexcept {
  return (((load<std::uint32_t>(frame) & kGroupMacStartMask) ^ kGroupMacStart) |
          ((load<std::uint64_t>(frame + 12) & kTaggedIpMask) ^ kTaggedIp)) == 0 &&
         is_data(frame + kTag);
}

// Sums of neighbours: of `a` in the even pairs of the result, of `b` in the odd ones.
inline void add_neighbours(const Words& a, const Words& b, Words& out) noexcept {
#ifdef __AVX2__
  // Three instructions, of which g++ 12 makes nine.
  out = std::bit_cast<Words>(_mm256_hadd_epi32(std::bit_cast<__m256i>(a), std::bit_cast<__m256i>(b)));
#else
  out = __builtin_shufflevector(a, b, 0, 2, 8, 10, 4, 6, 12, 14) +
        __builtin_shufflevector(a, b, 1, 3, 9, 11, 5, 7, 13, 15);
#endif
}

// Not zero in each of eight words whose IP header does not add up: the words of a header with its checksum
// among them have a sum of ones (RFC 1071), in any byte order. `sums` has, spread over a vector, the sum of
// each header without its last two bytes, and `groups` has those.
inline void add_wrong_sums(const Words (&sums)[8], const Words& groups, Words& wrong) noexcept {
  Words two[4];
  for (unsigned i = 0; i < 4; ++i) {
    add_neighbours(sums[2 * i], sums[2 * i + 1], two[i]);
  }
  Words four[2];
  add_neighbours(two[0], two[1], four[0]);
  add_neighbours(two[2], two[3], four[1]);
  const Words last = (groups & 0xffU) << 8 | (groups >> 8 & 0xffU);
  const Words sum = __builtin_shufflevector(four[0], four[1], 0, 1, 2, 3, 8, 9, 10, 11) +
                    __builtin_shufflevector(four[0], four[1], 4, 5, 6, 7, 12, 13, 14, 15) + last;
  // Ten words of 16 bits: folding once is enough.
  const Words folded = (sum & 0xffffU) + (sum >> 16);
  wrong |= folded ^ 0xffffU;
}

inline bool any(const Words& words) noexcept {
  std::uint64_t parts[4];
  std::memcpy(parts, &words, sizeof parts);
  return (parts[0] | parts[1] | parts[2] | parts[3]) != 0;
}

}  // namespace quick

// True if the whole burst is fast data, without a tag (kTagSize 0) or in one tag (kTag), of one VID.
// `begin(index, group)` is called for each frame, also where the answer is no, and for indexes up to the next
// whole step, with an address that may be anything then. `one_source`: all frames have the first one's source
// address.
template <std::uint32_t kTagSize = 0, typename Begin>
inline bool read_quick(const QuickBurst& burst, Begin&& begin, bool& one_source) noexcept {
  using quick::load;
  using quick::Words;
  static_assert(kTagSize == 0 || kTagSize == quick::kTag);
  constexpr bool kInTag = kTagSize != 0;
  if constexpr (std::endian::native != std::endian::little) {
    return false;
  }
  const std::uint8_t* head = burst.data[0];
  if (burst.shortest < quick::kHeaders + kTagSize ||
      !(kInTag ? quick::is_likely_in_tag(head) : quick::is_likely(head))) {
    return false;
  }

  const auto first_start = load<std::uint32_t>(head);
  Words first;
  std::memcpy(&first, head + kTagSize, sizeof first);
  std::uint32_t start_differs = 0;
  Words differs{};
  Words wrong{};
  // 224.0.1.0 to 239.255.255.255 (RFC 4541 section 2.1.2(2): the rest of 224/4 is not for tables).
  constexpr std::uint32_t kLowest = 0xe000'0100;
  constexpr std::uint32_t kGroups = 0xf000'0000 - kLowest;
  for (std::size_t i = 0; i < burst.count; i += QuickBurst::kStep) {
    Words sums[QuickBurst::kStep];
    Words groups;
#pragma GCC unroll 8
    for (unsigned j = 0; j < QuickBurst::kStep; ++j) {
      const std::uint8_t* frame = burst.data[i + j] + kTagSize;
      if constexpr (kInTag) {
        start_differs |= load<std::uint32_t>(burst.data[i + j]) ^ first_start;
      }
      Words bytes;
      std::memcpy(&bytes, frame, sizeof bytes);
      differs |= bytes ^ first;
      const Words ip = bytes & quick::kIpHeader;
      sums[j] = (ip & 0xffffU) + (ip >> 16);
      groups[j] = __builtin_bswap32(load<std::uint32_t>(frame + 30));
      begin(i + j, Ipv4Address{groups[j]});
    }
    quick::add_wrong_sums(sums, groups, wrong);
    wrong |= static_cast<Words>(groups - kLowest >= kGroups);
  }

  // Bytes 0 to 7, 8 to 15, 16 to 23 of what the vector holds.
  std::uint64_t bits[4];
  std::memcpy(bits, &differs, sizeof bits);
  constexpr std::uint64_t kTotalLength = 0x0000'0000'0000'ffff;
  constexpr std::uint64_t kProtocol = 0xff00'0000'0000'0000;
  if constexpr (kInTag) {
    if ((start_differs & quick::kGroupMacStartMask) != 0 || (bits[1] & quick::kOneVlanMask) != 0) {
      return false;
    }
    constexpr std::uint64_t kSource = 0xffff'ffff'ffff'0000;
    one_source = (bits[0] & kSource) == 0;
  } else {
    if ((bits[0] & quick::kGroupMacMask) != 0 || (bits[1] & quick::kPlainIpMask) != 0) {
      return false;
    }
    constexpr std::uint64_t kSourceHigh = 0xffff'0000'0000'0000;
    constexpr std::uint64_t kSourceLow = 0x0000'0000'ffff'ffff;
    one_source = ((bits[0] & kSourceHigh) | (bits[1] & kSourceLow)) == 0;
  }
  if (quick::any(wrong)) {
    return false;
  }
  const bool one_length = (bits[2] & kTotalLength) == 0 && burst.longest == burst.shortest;
  if (!quick::have_right_lengths(burst, one_length ? 1 : burst.count, kTagSize)) {
    return false;
  }
  for (std::size_t i = 1; (bits[2] & kProtocol) != 0 && i < burst.count; ++i) {
    if (!quick::is_data(burst.data[i] + kTagSize)) {
      return false;
    }
  }
  return true;
}

}  // namespace mcswitch::forwarding
