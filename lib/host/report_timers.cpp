// SPDX-License-Identifier: BSD-3-Clause

#include "host/report_timers.hpp"

namespace mcswitch::host {

void ReportTimers::reserve(std::size_t count) {
  places_.reserve(count);
  heap_.reserve(count);
}

void ReportTimers::add() {
  places_.push_back(kStopped);
  // So that start() does not allocate.
  if (heap_.capacity() < places_.size()) {
    heap_.reserve(places_.capacity());
  }
}

void ReportTimers::remove(std::uint32_t number) {
  stop(number);
  const std::uint32_t place = places_.back();
  places_[number] = place;
  if (place != kStopped) {
    heap_[place].number = number;
  }
  places_.pop_back();
}

void ReportTimers::start(std::uint32_t number, TimePoint due) {
  if (!is_running(number)) {
    places_[number] = static_cast<std::uint32_t>(heap_.size());
    heap_.push_back({due, number});
  }
  const std::size_t place = places_[number];
  const TimePoint before = heap_[place].due;
  heap_[place].due = due;
  if (due > before) {
    move_down(place);
  } else {
    move_up(place);
  }
}

void ReportTimers::stop(std::uint32_t number) {
  const std::size_t place = places_[number];
  if (place == kStopped) {
    return;
  }
  places_[number] = kStopped;
  const Timer last = heap_.back();
  heap_.pop_back();
  if (place < heap_.size()) {
    put(place, last);
    move_up(place);
    move_down(places_[last.number]);
  }
}

void ReportTimers::move_up(std::size_t place) {
  const Timer timer = heap_[place];
  while (place > 0) {
    const std::size_t parent = (place - 1) / 2;
    if (heap_[parent].due <= timer.due) {
      break;
    }
    put(place, heap_[parent]);
    place = parent;
  }
  put(place, timer);
}

void ReportTimers::move_down(std::size_t place) {
  const Timer timer = heap_[place];
  for (std::size_t child = 2 * place + 1; child < heap_.size(); child = 2 * place + 1) {
    if (child + 1 < heap_.size() && heap_[child + 1].due < heap_[child].due) {
      ++child;
    }
    if (timer.due <= heap_[child].due) {
      break;
    }
    put(place, heap_[child]);
    place = child;
  }
  put(place, timer);
}

void ReportTimers::restore_order() {
  for (std::size_t place = heap_.size() / 2; place > 0; --place) {
    move_down(place - 1);
  }
}

}  // namespace mcswitch::host
