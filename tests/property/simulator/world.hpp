// SPDX-License-Identifier: BSD-3-Clause
//
// World: the time in which everything happens, one event after the other, in one thread. Events come by time,
// and those of one moment in the order in which they were asked for, so that a seed always gives the same
// run.
//
// A Node has timers of its own: the World calls it when the first of them is due, wherever it came from.
//
// What happened last is told with a failure.

#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "base/time.hpp"

namespace mcswitch::test::sim {

class Node {
 public:
  Node() = default;
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  virtual ~Node() = default;

  // When on_time() has something to do; kNever: not before something else happens.
  [[nodiscard]] virtual TimePoint next() const = 0;
  // Not before next(). Does what is due; afterwards next() is later.
  virtual void on_time() = 0;
};

class World {
 public:
  explicit World(TimePoint start) : start_{start}, now_{start} {}
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  [[nodiscard]] TimePoint now() const { return now_; }
  [[nodiscard]] TimePoint start() const { return start_; }

  // From now on its timers count; it outlives the World's last step.
  void add(Node& node);
  // Does something later, or behind all that is to be done now.
  void at(TimePoint when, std::function<void()> action);

  // Goes on to the next event, if that is not after `end`: `before` is called when the clock is there and
  // nothing has happened yet. False: nothing is left to do until then, and the clock is there.
  bool step(TimePoint end, const std::function<void()>& before);

  void tell(const std::string& what);
  [[nodiscard]] std::string story() const;

 private:
  struct Event {
    TimePoint at;
    std::uint64_t number;
    std::function<void()> action;
  };
  struct Watched {
    Node* node;
    TimePoint armed;  // an event of then looks after it
  };
  static bool is_later(const Event& a, const Event& b);

  void arm_all();
  void run(std::size_t node, TimePoint armed);

  const TimePoint start_;
  TimePoint now_;
  std::uint64_t events_ = 0;
  std::vector<Event> queue_;  // a heap, the soonest on top
  std::vector<Watched> nodes_;
  std::deque<std::string> story_;
};

}  // namespace mcswitch::test::sim
