// SPDX-License-Identifier: BSD-3-Clause
//
// From "which ports does this frame leave by?" to "which frames leave by this port?": transposes a matrix of
// bits, and picks the frames of a port out of a burst. There is no branch for a replica: the ports differ
// from frame to frame, so branches could not be predicted (bench/README.md).
//
// Pure.

#pragma once

#ifdef __AVX2__
#include <immintrin.h>
#endif

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/port_set.hpp"

namespace mcswitch::dataplane {

// What the frames of a burst have in common.
struct Shape {
  std::uint64_t bytes = 0;
  std::uint32_t longest = 0;
  std::uint32_t shortest = 0;
  bool one_segment = false;  // each is in one buffer
  bool is_simple = false;    // and the device took no tag from it
  bool in_tag = false;       // it is known that each has a tag in its bytes

  // Length of each frame; 0: they are of different lengths.
  [[nodiscard]] std::uint32_t length() const { return longest == shortest ? longest : 0; }
};

// Do all frames go to the same ports, and to one at least?
inline bool all_alike(std::span<const PortSet> egress) {
  const PortSet ports = egress.front();
  std::uint32_t differs = 0;
  for (const PortSet set : egress) {
    differs |= set.bits() ^ ports.bits();
  }
  return differs == 0 && !ports.empty();
}

// Calls send(port) for each of `ports`, `first` or the next one behind it first. With `next` another port is
// first from now on, so that no port is always the last to get a frame.
template <typename Send>
inline void each_in_turn(PortSet ports, PortId& first, bool next, Send&& send) {
  constexpr int kCount = static_cast<int>(kMaxPorts);
  const int from = first;
  const PortSet turned{std::rotr(ports.bits(), from)};
  if (next && !turned.empty()) {
    first = static_cast<PortId>((*turned.begin() + from + 1) % kCount);
  }
  for (const PortId place : turned) {
    send(static_cast<PortId>((place + from) % kCount));
  }
}

inline constexpr std::size_t kMatrix = 32;  // frames, and ports
using BitMatrix = std::array<std::uint32_t, kMatrix>;

#ifdef __AVX2__

namespace fan_out {

inline __m256i load(const void* from) { return _mm256_loadu_si256(static_cast<const __m256i*>(from)); }

// Where pick() takes the four pointers of a step from, as eight halves, by the four bits of the mask.
struct alignas(32) Places {
  std::array<std::array<std::uint32_t, 8>, 16> of{};
};
constexpr Places make_places() {
  Places places;
  for (std::uint32_t mask = 0; mask < 16; ++mask) {
    std::size_t to = 0;
    for (std::uint32_t bit = 0; bit < 4; ++bit) {
      if ((mask >> bit & 1U) != 0) {
        places.of[mask][to++] = 2 * bit;
        places.of[mask][to++] = 2 * bit + 1;
      }
    }
  }
  return places;
}
inline constexpr Places kPlaces = make_places();

}  // namespace fan_out

// Bit c of rows[r] becomes bit r of the result's [c].
inline void transpose(const BitMatrix& rows, BitMatrix& columns) noexcept {
  // Bytes 0 of four rows next to one another, then those of 1, 2 and 3, in both halves of a vector.
  const __m256i bytes = _mm256_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15,  //
                                         0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  __m256i v[4];
  for (std::size_t i = 0; i < 4; ++i) {
    v[i] = _mm256_shuffle_epi8(fan_out::load(&rows[8 * i]), bytes);
  }
  const __m256i low_01 = _mm256_unpacklo_epi32(v[0], v[1]);
  const __m256i high_01 = _mm256_unpackhi_epi32(v[0], v[1]);
  const __m256i low_23 = _mm256_unpacklo_epi32(v[2], v[3]);
  const __m256i high_23 = _mm256_unpackhi_epi32(v[2], v[3]);
  const __m256i mixed[4] = {_mm256_unpacklo_epi64(low_01, low_23), _mm256_unpackhi_epi64(low_01, low_23),
                            _mm256_unpacklo_epi64(high_01, high_23), _mm256_unpackhi_epi64(high_01, high_23)};
  const __m256i in_order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  for (std::size_t byte = 0; byte < 4; ++byte) {
    // One byte of each row, in the order of the rows; its highest bits are what movemask takes.
    __m256i plane = _mm256_permutevar8x32_epi32(mixed[byte], in_order);
#pragma GCC unroll 8
    for (std::size_t bit = 8; bit-- > 0;) {
      columns[8 * byte + bit] = static_cast<std::uint32_t>(_mm256_movemask_epi8(plane));
      plane = _mm256_add_epi8(plane, plane);
    }
  }
}

// Copies the entries of `from` whose bits are set, in their order. `from` has kMatrix readable entries, and
// `to` has room for kMatrix + 4: up to three more are written than it returns.
template <typename T>
inline std::size_t pick(T* const* from, std::uint32_t mask, T** to) noexcept {
#pragma GCC unroll 8
  for (unsigned step = 0; step < kMatrix / 4; ++step) {
    const unsigned before = (1U << 4 * step) - 1;
    const std::uint32_t bits = mask >> 4 * step & 15U;
    const __m256i picked = _mm256_permutevar8x32_epi32(fan_out::load(from + std::size_t{4} * step),
                                                       fan_out::load(fan_out::kPlaces.of[bits].data()));
    void* place = to + std::popcount(mask & before);
    _mm256_storeu_si256(static_cast<__m256i*>(place), picked);
  }
  return static_cast<std::size_t>(std::popcount(mask));
}

#else

inline void transpose(const BitMatrix& rows, BitMatrix& columns) noexcept {
  columns = rows;
  // Swaps ever smaller squares next to the diagonal.
  std::uint32_t mask = 0x0000'ffff;
  for (std::size_t width = kMatrix / 2; width != 0; width /= 2, mask ^= mask << width) {
    for (std::size_t i = 0; i < kMatrix; i = (i + width + 1) & ~width) {
      const std::uint32_t swap = (columns[i] >> width ^ columns[i + width]) & mask;
      columns[i] ^= swap << width;
      columns[i + width] ^= swap;
    }
  }
}

template <typename T>
inline std::size_t pick(T* const* from, std::uint32_t mask, T** to) noexcept {
  std::size_t count = 0;
  for (; mask != 0; mask &= mask - 1) {
    to[count++] = from[std::countr_zero(mask)];
  }
  return count;
}

#endif

}  // namespace mcswitch::dataplane
