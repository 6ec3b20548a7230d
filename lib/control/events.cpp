// SPDX-License-Identifier: BSD-3-Clause

#include "control/events.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "base/ranges.hpp"

namespace mcswitch::control {
namespace {

// "vlan 7", "vlans 1-3 7", "port p1", "ports p1 p2"
std::string subject(const std::bitset<kMaxVlans>& vlans, const std::vector<std::string>& ports) {
  if (!ports.empty()) {
    return fmt::format("port{} {}", ports.size() == 1 ? "" : "s", fmt::join(ports, " "));
  }
  std::vector<VlanId> listed;
  for (std::size_t vlan = 0; vlan < vlans.size(); ++vlan) {
    if (vlans.test(vlan)) {
      listed.push_back(static_cast<VlanId>(vlan));
    }
  }
  return fmt::format("vlan{} {}", listed.size() == 1 ? "" : "s", ranges_text(listed, " "));
}

}  // namespace

Events::Line* Events::line(LogLevel level, const std::string& text, bool is_of_vlans, TimePoint now) {
  next_ = std::min(next_, now + kDelay);
  for (Line& line : lines_) {
    if (line.text == text && line.ports.empty() == is_of_vlans) {
      return &line;
    }
  }
  if (lines_.size() >= kLinesInAPeriod) {
    ++dropped_;
    return nullptr;
  }
  return &lines_.emplace_back(Line{level, text, {}, {}});
}

// In both: events of one VLAN or port stay in their order, so only the last line takes more of what another
// line has.

void Events::vlan(LogLevel level, VlanId vlan, const std::string& text, TimePoint now) {
  if (!lines_.empty() && lines_.back().text != text &&
      std::any_of(lines_.begin(), lines_.end(), [&](const Line& line) { return line.vlans.test(vlan); })) {
    log_all(now);
  }
  if (Line* of_text = line(level, text, true, now); of_text != nullptr) {
    of_text->vlans.set(vlan);
  }
}

void Events::port(LogLevel level, const std::string& name, const std::string& text, TimePoint now) {
  const auto has = [&](const Line& line) {
    return std::find(line.ports.begin(), line.ports.end(), name) != line.ports.end();
  };
  if (!lines_.empty() && lines_.back().text != text && std::any_of(lines_.begin(), lines_.end(), has)) {
    log_all(now);
  }
  if (Line* of_text = line(level, text, false, now); of_text != nullptr && !has(*of_text)) {
    of_text->ports.push_back(name);
  }
}

void Events::run(TimePoint now) {
  if (now >= next_) {
    log_all(now);
  }
}

void Events::log_all(TimePoint now) {
  if (now >= period_end_) {
    period_end_ = now + kPeriod;
    logged_ = 0;
    if (const std::size_t count = std::exchange(left_out_, 0); count > 0) {
      log_(LogLevel::warning, fmt::format("{} more events of the last seconds are not logged", count));
    }
  }
  for (const Line& line : lines_) {
    if (logged_ == kLinesInAPeriod) {
      ++left_out_;
      continue;
    }
    ++logged_;
    log_(line.level, subject(line.vlans, line.ports) + ": " + line.text);
  }
  lines_.clear();
  left_out_ += std::exchange(dropped_, 0);
  // What is left out is said when the period is over.
  next_ = left_out_ > 0 ? period_end_ : kNever;
}

}  // namespace mcswitch::control
