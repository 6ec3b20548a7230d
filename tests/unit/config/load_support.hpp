// SPDX-License-Identifier: BSD-3-Clause
//
// Loading a text in a test, and matching the messages about it.

#pragma once

#include <gmock/gmock.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.hpp"

namespace mcswitch::config {

// What every file needs. It stands behind the text under test, so that the lines of that count from 1.
inline constexpr std::string_view kTwoPorts = R"(
[[port]]
name = "left"
device = "net_ring7"
[[port]]
name = "right"
device = "net_ring8"
)";

inline LoadResult load(std::string_view text) { return load_text(text, "t.toml"); }

inline LoadResult load_with_ports(std::string_view text) {
  return load(std::string{text} + std::string{kTwoPorts});
}

// A Finding at this place that has all of these words in it.
class Says {
 public:
  using is_gtest_matcher = void;
  Says(int line, int column, std::initializer_list<std::string_view> words)
      : line_{line}, column_{column}, words_{words.begin(), words.end()} {}

  bool MatchAndExplain(const Finding& finding, std::ostream* out) const {
    if (finding.line != line_ || finding.column != column_) {
      return false;
    }
    for (const std::string& word : words_) {
      if (finding.message.find(word) == std::string::npos) {
        if (out != nullptr) {
          *out << "which lacks the words: " << word;
        }
        return false;
      }
    }
    return true;
  }
  void DescribeTo(std::ostream* out) const { describe(out, "is at "); }
  void DescribeNegationTo(std::ostream* out) const { describe(out, "is not at "); }

 private:
  void describe(std::ostream* out, std::string_view verb) const {
    *out << verb << line_ << ':' << column_ << " with the words";
    for (const std::string& word : words_) {
      *out << " {" << word << '}';
    }
  }
  int line_;
  int column_;
  std::vector<std::string> words_;
};

inline void PrintTo(const Finding& finding, std::ostream* out) {
  *out << finding.line << ':' << finding.column << ": " << finding.message;
}

}  // namespace mcswitch::config
