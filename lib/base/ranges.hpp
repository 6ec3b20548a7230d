// SPDX-License-Identifier: BSD-3-Clause
//
// A rising list of numbers as ranges: 10, 100-199.

#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mcswitch {

template <typename Number>
struct Range {
  Number first;
  Number last;

  // "10" or "100-199"
  [[nodiscard]] std::string text() const {
    return first == last ? fmt::format("{}", first) : fmt::format("{}-{}", first, last);
  }
  friend bool operator==(const Range&, const Range&) = default;
};

// `rising`: no number twice.
template <typename Number>
std::vector<Range<Number>> ranges_of(const std::vector<Number>& rising) {
  std::vector<Range<Number>> ranges;
  for (const Number number : rising) {
    if (!ranges.empty() && number == ranges.back().last + 1) {
      ranges.back().last = number;
    } else {
      ranges.push_back({number, number});
    }
  }
  return ranges;
}

// With " " as the separator: "10 100-199".
template <typename Number>
std::string ranges_text(const std::vector<Number>& rising, std::string_view separator) {
  std::string text;
  for (const Range<Number>& range : ranges_of(rising)) {
    text += text.empty() ? std::string_view{} : separator;
    text += range.text();
  }
  return text;
}

}  // namespace mcswitch
