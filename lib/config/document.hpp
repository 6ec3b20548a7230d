// SPDX-License-Identifier: BSD-3-Clause
//
// A TOML file as a tree of plain values with their places in the file. document.cpp is the only file
// that includes toml++.
//
// Threads: values and pure functions; one thread at a time.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/findings.hpp"

namespace mcswitch::config {

struct Node;
struct Entry;

struct Array {
  std::vector<Node> items;
};

struct Table {
  std::vector<Entry> entries;  // each key once; in no particular order

  // nullptr if there is none.
  [[nodiscard]] const Entry* find(std::string_view key) const;
};

// A date or a time: TOML has them, no key of ours takes one.
struct DateOrTime {};

struct Node {
  Position at;  // of a table or an array of tables: its first header
  std::variant<bool, std::int64_t, double, std::string, DateOrTime, Array, Table> value;
};

struct Entry {
  std::string key;
  Position at;  // of the key
  Node node;
};

// What is in the node, in words for a message: `17`, `0.5`, `true`, `the string "x"`, `an array`.
std::string in_words(const Node& node);

inline constexpr std::size_t kLongestLine = 4096;  // bytes

// `text` as a tree, or why it is not TOML. toml++ stops at the first syntax error. A line longer than
// kLongestLine is an error too. What is nested deeper than any key of ours is left out.
std::variant<Table, Finding> parse_document(std::string_view text);

}  // namespace mcswitch::config
