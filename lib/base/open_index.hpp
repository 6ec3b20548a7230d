// SPDX-License-Identifier: BSD-3-Clause
//
// OpenIndex: finds the number of a thing by the hash of its key; the things themselves are the caller's, in
// an array by number. Open addressing with linear probing. Nothing marks a number that was erased: those
// behind it move up, so that an index that changes all the time stays as fast as a new one.
//
//     std::uint32_t number = index[index.place_of(hash, [&](std::uint32_t n) { return keys[n] == key; })];
//
// Memory: 4 bytes a place, taken by reset() only.
//
// One thread.

#pragma once

#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace mcswitch {

class OpenIndex {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;

  // Spreads what keys have in common: they are often consecutive (Knuth, section 6.4).
  static constexpr std::uint64_t hash_of(std::uint64_t key) { return key * 0x9e37'79b9'7f4a'7c15; }

  // Empties it. `places`: a power of two, 2 at least; not all of them may be in use at a time.
  void reset(std::size_t places) {
    assert(places >= 2 && std::has_single_bit(places));
    numbers_.assign(places, kNone);
    shift_ = 64 - static_cast<unsigned>(std::countr_zero(places));
  }
  // 0 before reset().
  [[nodiscard]] std::size_t places() const { return numbers_.size(); }

  // Where the number stands for which is_it(number), or the free place where it would. `hash`: the high bits
  // count.
  template <typename IsIt>
  [[nodiscard]] std::size_t place_of(std::uint64_t hash, IsIt is_it) const {
    std::size_t place = home(hash);
    while (numbers_[place] != kNone && !is_it(numbers_[place])) {
      place = after(place);
    }
    return place;
  }

  // kNone: the place is free. To put a number in, assign it there.
  [[nodiscard]] std::uint32_t operator[](std::size_t place) const { return numbers_[place]; }
  [[nodiscard]] std::uint32_t& operator[](std::size_t place) { return numbers_[place]; }

  // Takes out the number at `place`. hash_of(number): that of each other number.
  template <typename HashOf>
  void erase(std::size_t place, HashOf hash_of) {
    std::size_t hole = place;
    // An entry behind the hole moves into it if its home is at or before the hole.
    for (std::size_t at = after(hole); numbers_[at] != kNone; at = after(at)) {
      if (((at - home(hash_of(numbers_[at]))) & mask()) >= ((at - hole) & mask())) {
        numbers_[hole] = numbers_[at];
        hole = at;
      }
    }
    numbers_[hole] = kNone;
  }

 private:
  [[nodiscard]] std::size_t mask() const { return numbers_.size() - 1; }
  [[nodiscard]] std::size_t home(std::uint64_t hash) const {
    return static_cast<std::size_t>(hash >> shift_);
  }
  [[nodiscard]] std::size_t after(std::size_t place) const { return (place + 1) & mask(); }

  std::vector<std::uint32_t> numbers_;  // by place; kNone: free
  unsigned shift_ = 0;                  // 64 - log2(places())
};

}  // namespace mcswitch
