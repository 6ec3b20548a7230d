// SPDX-License-Identifier: BSD-3-Clause
//
// Records: what a command of the switch answered, as flat objects with the same keys.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace mcswitch::mcsctl {

// monostate: no value (null in JSON).
using Value = std::variant<std::monostate, std::uint64_t, std::string>;

// address: text whose order is numeric; "*" and no value come first.
enum class KeyKind : std::uint8_t { text, number, address };

struct Key {
  std::string name;
  KeyKind kind = KeyKind::text;
};

struct Records {
  std::vector<Key> keys;
  std::vector<std::vector<Value>> rows;  // as many values as keys, in their order
};

// An object that is not a list.
using Object = std::vector<std::pair<std::string, Value>>;

// Sorts by the first `key_count` keys, in their order, and keeps one of the rows that are equal there,
// the last that was received: an entry that went and came back while the pages were read. 0: as it is.
void sort_records(Records& records, std::size_t key_count);

}  // namespace mcswitch::mcsctl
