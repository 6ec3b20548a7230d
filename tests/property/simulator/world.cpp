// SPDX-License-Identifier: BSD-3-Clause

#include "property/simulator/world.hpp"

#include <algorithm>
#include <utility>

#include "support/switch_view.hpp"

namespace mcswitch::test::sim {
namespace {

constexpr std::size_t kStoryLines = 150;

}  // namespace

bool World::is_later(const Event& a, const Event& b) {
  return a.at != b.at ? a.at > b.at : a.number > b.number;
}

void World::add(Node& node) {
  nodes_.push_back({&node, kNever});
  arm_all();
}

void World::at(TimePoint when, std::function<void()> action) {
  queue_.push_back({std::max(when, now_), events_++, std::move(action)});
  std::push_heap(queue_.begin(), queue_.end(), is_later);
}

// An event may have changed any node's timers.
void World::arm_all() {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const TimePoint next = std::max(nodes_[i].node->next(), now_);
    if (next < nodes_[i].armed) {
      nodes_[i].armed = next;
      at(next, [this, i, next] { run(i, next); });
    }
  }
}

void World::run(std::size_t node, TimePoint armed) {
  Watched& watched = nodes_[node];
  if (watched.armed != armed) {
    return;  // there has been an earlier event for it, which has armed it anew
  }
  watched.armed = kNever;
  if (watched.node->next() <= now_) {
    watched.node->on_time();
  }
}

bool World::step(TimePoint end, const std::function<void()>& before) {
  if (queue_.empty() || queue_.front().at > end) {
    now_ = std::max(now_, end);
    before();
    return false;
  }
  std::pop_heap(queue_.begin(), queue_.end(), is_later);
  const Event event = std::move(queue_.back());
  queue_.pop_back();
  now_ = event.at;
  before();
  event.action();
  arm_all();
  return true;
}

void World::tell(const std::string& what) {
  if (story_.size() == kStoryLines) {
    story_.pop_front();
  }
  story_.push_back(describe(now_, start_) + " " + what);
}

std::string World::story() const {
  std::string text;
  for (const std::string& line : story_) {
    text += line + "\n";
  }
  return text;
}

}  // namespace mcswitch::test::sim
