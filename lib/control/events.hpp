// SPDX-License-Identifier: BSD-3-Clause
//
// Events: what happens to VLANs and ports, as lines of the log. What happens to many of them within a tenth
// of a second is one line: "vlans 1-4094: now querier". More than so many lines in a second are counted, not
// logged: a link that flaps and a host that plays router do not fill a disk.
//
// Control thread only.

#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/net_types.hpp"
#include "base/time.hpp"

namespace mcswitch::control {

enum class LogLevel : std::uint8_t { info, notice, warning };
// One line without a line end. Called for what is rare or rate limited, never per frame.
using Log = std::function<void(LogLevel, const std::string&)>;

class Events {
 public:
  static constexpr Duration kDelay = std::chrono::milliseconds{100};
  static constexpr Duration kPeriod = std::chrono::seconds{1};
  static constexpr std::size_t kLinesInAPeriod = 50;

  // `log` outlives this.
  explicit Events(const Log& log) : log_{log} {}

  void vlan(LogLevel level, VlanId vlan, const std::string& text, TimePoint now);
  void port(LogLevel level, const std::string& name, const std::string& text, TimePoint now);

  // Logs what has waited long enough.
  void run(TimePoint now);
  // Logs what there is.
  void log_all(TimePoint now);
  // When run() has something to do.
  [[nodiscard]] TimePoint next() const { return next_; }

 private:
  struct Line {
    LogLevel level;
    std::string text;
    std::bitset<kMaxVlans> vlans;    // those, or
    std::vector<std::string> ports;  // these
  };
  // The line of this text, of VLANs or of ports. nullptr: there are too many.
  Line* line(LogLevel level, const std::string& text, bool is_of_vlans, TimePoint now);

  const Log& log_;
  std::vector<Line> lines_;  // of different texts, in order of their first event
  TimePoint next_ = kNever;
  TimePoint period_end_{};
  std::size_t logged_ = 0;    // in this period
  std::size_t left_out_ = 0;  // in this period
  std::size_t dropped_ = 0;   // since log_all()
};

}  // namespace mcswitch::control
