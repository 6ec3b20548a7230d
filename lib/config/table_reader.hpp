// SPDX-License-Identifier: BSD-3-Clause
//
// Reads one TOML table into typed values. Every key that is asked for becomes a known key, so the list of
// known keys cannot differ from the keys that are read; report_unknown_keys() then names the others. A
// value of the wrong type or out of range is reported and leaves its target as it was, so that reading
// goes on and all errors of a file are found at once.
//
// Threads: one thread at a time.

#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/document.hpp"
#include "config/findings.hpp"

namespace mcswitch::config {

// Both ends are possible. The unit is for messages: "bytes", "seconds", or nothing.
struct IntegerRange {
  std::int64_t min;
  std::int64_t max;
  std::string_view unit = {};
};

// `remark` follows the message about a longer time: why the range ends where it does.
struct TimeRange {
  Duration min;
  Duration max;
  std::string_view remark = {};
};

// What became of a key.
struct Found {
  enum class State : std::uint8_t { absent, read, refused };
  State state = State::absent;
  Position at;  // of the value; of the table if the key is absent

  [[nodiscard]] bool is_written() const { return state == State::read; }
  // The target holds a good value: the written one, or its default.
  [[nodiscard]] bool is_usable() const { return state != State::refused; }
};

struct EmptyArray {
  friend bool operator==(EmptyArray, EmptyArray) = default;
};
using Literal = std::variant<bool, std::int64_t, double, std::string_view, EmptyArray>;

class TableReader {
 public:
  // `name` as in messages: "igmp" makes "igmp.version". Empty: the file's own level. `table` and
  // `findings` outlive the reader, and the keys that are asked for are string literals.
  TableReader(const Table& table, Position at, std::string_view name, Findings& findings);
  TableReader(const TableReader&) = delete;
  TableReader& operator=(const TableReader&) = delete;

  Found boolean(std::string_view key, bool& value);
  Found string(std::string_view key, std::string& value);
  // Integer or decimal seconds, to the nanosecond.
  Found time(std::string_view key, TimeRange range, Duration& value);
  // The same, for a value that is derived when absent.
  Found time(std::string_view key, TimeRange range, std::optional<Duration>& value);

  template <std::integral T>
  Found integer(std::string_view key, IntegerRange range, T& value) {
    std::int64_t read = 0;
    const Found found = read_integer(key, range, false, read);
    if (found.is_written()) {
      value = static_cast<T>(read);
    }
    return found;
  }
  template <std::integral T>
  Found integer(std::string_view key, IntegerRange range, std::optional<T>& value) {
    std::int64_t read = 0;
    const Found found = read_integer(key, range, false, read);
    if (found.is_written()) {
      value = static_cast<T>(read);
    }
    return found;
  }
  // Also takes "auto", which empties `value`.
  template <std::integral T>
  Found integer_or_auto(std::string_view key, IntegerRange range, std::optional<T>& value) {
    std::int64_t read = kAuto;
    const Found found = read_integer(key, range, true, read);
    if (found.is_written()) {
      value = read == kAuto ? std::nullopt : std::optional<T>{static_cast<T>(read)};
    }
    return found;
  }

  // `words` in the order of the enumerators of T, which count from 0.
  template <typename T>
  Found choice(std::string_view key, std::span<const std::string_view> words, T& value) {
    std::size_t index = 0;
    const Found found = read_choice(key, words, index);
    if (found.is_written()) {
      value = static_cast<T>(index);
    }
    return found;
  }

  // A key whose feature does not exist: only values that change nothing are taken. `feature` completes
  // "... : VLAN trunks are not implemented yet". `any_value`: only the type is looked at.
  Found unbuilt(std::string_view key, std::string_view feature, std::initializer_list<Literal> possible,
                bool any_value = false);

  // The elements of an array; nullptr if the key is absent or refused.
  const Array* array(std::string_view key);
  // An array of tables, written [[key]]; nullptr if the key is absent or refused. All items are tables.
  const Array* tables(std::string_view key);
  // A table below this one. If it is absent or refused: an empty one, so that all keys have defaults.
  [[nodiscard]] TableReader table(std::string_view key);
  // Whatever is under the key; nullptr if it is absent.
  const Entry* entry(std::string_view key);

  // Call it when all keys have been asked for.
  void report_unknown_keys();

  // "igmp.version"
  [[nodiscard]] std::string path(std::string_view key) const;
  [[nodiscard]] Position at() const { return at_; }
  // "PATH must be EXPECTED, not WHAT IS THERE".
  void mismatch(std::string_view path, const Node& node, std::string_view expected,
                std::string_view remark = {});
  [[nodiscard]] Findings& findings() { return findings_; }

 private:
  static constexpr std::int64_t kAuto = -1;  // outside every range that has an "auto"

  Found read_integer(std::string_view key, IntegerRange range, bool or_auto, std::int64_t& value);
  Found read_choice(std::string_view key, std::span<const std::string_view> words, std::size_t& index);
  void unknown_key(const Entry& entry);

  const Table& table_;
  const Position at_;
  const std::string name_;
  Findings& findings_;
  std::vector<std::string_view> known_;
};

}  // namespace mcswitch::config
