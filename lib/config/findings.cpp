// SPDX-License-Identifier: BSD-3-Clause

#include "config/findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <numeric>
#include <utility>

namespace mcswitch::config {

namespace {

void sort_by_position(std::vector<Finding>& findings) {
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return std::pair{a.line, a.column} < std::pair{b.line, b.column};
  });
}

std::string normalised(std::string_view word) {
  std::string result;
  for (const char c : word) {
    result += c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return result;
}

// Optimal string alignment: insertions, deletions, replacements, and two neighbours that changed places, each
// of weight 1. Three rows of the table are enough.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before.swap(last);
    last.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, row[j - 1] + 1, last[j] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
  }
  return row[b.size()];
}

}  // namespace

void Findings::error(Position at, std::string message) {
  errors.push_back({at.line, at.column, std::move(message)});
}

void Findings::warning(Position at, std::string message) {
  warnings.push_back({at.line, at.column, std::move(message)});
}

void Findings::notice(Position at, std::string message) {
  notices.push_back({at.line, at.column, std::move(message)});
}

void Findings::sort() {
  sort_by_position(errors);
  sort_by_position(warnings);
  sort_by_position(notices);
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kLongest = 80;
  std::string result = "\"";
  std::size_t taken = 0;
  for (const char c : text) {
    // Not inside a UTF-8 sequence: its later bytes are 10xxxxxx.
    const bool starts_character = (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    if (starts_character && taken >= kLongest) {
      return result + "\"...";
    }
    ++taken;
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (std::iscntrl(static_cast<unsigned char>(c)) != 0) {
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      result += c;
    }
  }
  return result + "\"";
}

std::string seconds_text(Duration time) {
  constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
  const std::int64_t ns = time.count();
  std::string text = fmt::format("{}{}", ns < 0 ? "-" : "", std::abs(ns / kNanosecondsPerSecond));
  if (const std::int64_t fraction = std::abs(ns % kNanosecondsPerSecond); fraction != 0) {
    text += fmt::format(".{:09}", fraction);
    text.erase(text.find_last_not_of('0') + 1);
  }
  return text;
}

std::string_view likely_meant(std::string_view word, const std::vector<std::string_view>& known) {
  constexpr std::size_t kLongestWord = 64;
  if (word.size() > kLongestWord) {
    return {};
  }
  const std::string wanted = normalised(word);
  std::string_view best;
  std::size_t best_distance = 1 + std::max<std::size_t>(wanted.size(), 3) / 3;
  for (const std::string_view candidate : known) {
    const std::size_t distance = edit_distance(wanted, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace mcswitch::config
