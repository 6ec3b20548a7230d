// SPDX-License-Identifier: BSD-3-Clause
//
// DueHeap: which of many things is due first? The things are numbers from 0 without holes, so that what
// belongs to them can be kept in plain arrays. A binary heap of those that are due at some time, which knows
// where each of them is in it.
//
// set() takes a number of steps that grows with the logarithm of the count of those that are due; set_many()
// sets any number of them in time proportional to the count. Asking for the first takes one step.
//
// Memory: 4 bytes a number, and 16 one that is due. Taken by reserve(), and by add() only beyond what was
// reserved or has been in use before.
//
// One thread.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.hpp"

namespace mcswitch {

class DueHeap {
 public:
  DueHeap() = default;
  // Numbers 0 to count - 1, none of which is due.
  explicit DueHeap(std::size_t count) : places_(count, kNowhere) { heap_.reserve(count); }

  // Bytes for `count` numbers, if all of them are due.
  static constexpr std::size_t memory_size(std::size_t count) {
    return count * (sizeof(std::uint32_t) + sizeof(Entry));
  }
  // Room for `count` numbers.
  void reserve(std::size_t count) {
    places_.reserve(count);
    heap_.reserve(count);
  }

  // One more number, the next one, which is not due.
  void add() {
    places_.push_back(kNowhere);
    // So that set() does not allocate.
    if (heap_.capacity() < places_.size()) {
      heap_.reserve(places_.capacity());
    }
  }
  // The last number becomes `number`.
  void remove(std::uint32_t number) {
    take_out(number);
    const std::uint32_t place = places_.back();
    places_[number] = place;
    if (place != kNowhere) {
      heap_[place].number = number;
    }
    places_.pop_back();
  }

  // Is it due at some time?
  [[nodiscard]] bool has(std::uint32_t number) const { return places_[number] != kNowhere; }
  // kNever if it is not.
  [[nodiscard]] TimePoint due(std::uint32_t number) const {
    return has(number) ? heap_[places_[number]].due : kNever;
  }
  // When the first one is due; kNever if none is.
  [[nodiscard]] TimePoint next() const { return heap_.empty() ? kNever : heap_.front().due; }
  // Which one is due at next(), which is not kNever.
  [[nodiscard]] std::uint32_t first() const { return heap_.front().number; }

  // From now on it is due then; kNever: not any more.
  void set(std::uint32_t number, TimePoint due) {
    if (due == kNever) {
      return take_out(number);
    }
    if (!has(number)) {
      places_[number] = static_cast<std::uint32_t>(heap_.size());
      heap_.push_back({due, number});
    }
    const std::size_t place = places_[number];
    const TimePoint before = heap_[place].due;
    heap_[place].due = due;
    due > before ? move_down(place) : move_up(place);
  }

  // Asks choose(number, due) for each number, with kNever for one that is not due, when it shall be due; the
  // answer may be what it was.
  template <typename Choose>
  void set_many(Choose&& choose) {
    bool has_changed = false;
    for (std::uint32_t number = 0; number < places_.size(); ++number) {
      const TimePoint before = due(number);
      const TimePoint after = choose(number, before);
      if (after == before) {
        continue;
      }
      has_changed = true;
      if (before == kNever) {
        places_[number] = static_cast<std::uint32_t>(heap_.size());
        heap_.push_back({after, number});
      } else {
        heap_[places_[number]].due = after;
      }
    }
    if (has_changed) {
      restore();
    }
  }

 private:
  static constexpr std::uint32_t kNowhere = 0xffffffff;

  struct Entry {
    TimePoint due;
    std::uint32_t number = 0;
  };

  void put(std::size_t place, const Entry& entry) {
    heap_[place] = entry;
    places_[entry.number] = static_cast<std::uint32_t>(place);
  }

  void take_out(std::uint32_t number) {
    const std::size_t place = places_[number];
    if (place == kNowhere) {
      return;
    }
    places_[number] = kNowhere;
    const Entry last = heap_.back();
    heap_.pop_back();
    if (place < heap_.size()) {
      put(place, last);
      move_up(place);
      move_down(places_[last.number]);
    }
  }

  void move_up(std::size_t place) {
    const Entry entry = heap_[place];
    while (place > 0) {
      const std::size_t parent = (place - 1) / 2;
      if (heap_[parent].due <= entry.due) {
        break;
      }
      put(place, heap_[parent]);
      place = parent;
    }
    put(place, entry);
  }

  void move_down(std::size_t place) {
    const Entry entry = heap_[place];
    for (std::size_t child = 2 * place + 1; child < heap_.size(); child = 2 * place + 1) {
      if (child + 1 < heap_.size() && heap_[child + 1].due < heap_[child].due) {
        ++child;
      }
      if (entry.due <= heap_[child].due) {
        break;
      }
      put(place, heap_[child]);
      place = child;
    }
    put(place, entry);
  }

  // Entries have any times, kNever among them.
  void restore() {
    std::size_t left = 0;
    for (const Entry& entry : heap_) {
      if (entry.due == kNever) {
        places_[entry.number] = kNowhere;
      } else {
        put(left++, entry);
      }
    }
    heap_.erase(heap_.begin() + static_cast<std::ptrdiff_t>(left), heap_.end());
    for (std::size_t place = heap_.size() / 2; place > 0; --place) {
      move_down(place - 1);
    }
  }

  std::vector<std::uint32_t> places_;  // by number: where in heap_, or kNowhere
  std::vector<Entry> heap_;            // none is due before its parent, (place - 1) / 2
};

}  // namespace mcswitch
