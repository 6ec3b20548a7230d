// SPDX-License-Identifier: BSD-3-Clause
//
// Records: what a command of the switch answered, as flat objects with the same keys.
//
// Threads: one.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
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

// An object that is not a list.
using Object = std::vector<std::pair<std::string, Value>>;

// A value that somebody else keeps.
using ValueView = std::variant<std::monostate, std::uint64_t, std::string_view>;

// Rows of a list. Millions of them have to fit into memory beside the switch: a value takes 16 octets, and a
// text that is the same as in the row before is not kept again.
class Records {
 public:
  explicit Records(std::vector<Key> keys) : keys_{std::move(keys)} {}

  [[nodiscard]] const std::vector<Key>& keys() const { return keys_; }
  [[nodiscard]] std::size_t size() const { return order_.size(); }

  // As many values as keys, in their order.
  void add(std::span<const Value> row);

  // Of row 0 to size() - 1, and of key 0 to keys().size() - 1. Valid as long as the records.
  [[nodiscard]] ValueView value(std::size_t row, std::size_t key) const {
    return at(order_[row], key).view();
  }

  // Sorts by the first `key_count` keys, in their order, and keeps one of the rows that are equal there, the
  // last that was added: an entry that went and came back while the pages were read. 0: as it is.
  void sort(std::size_t key_count);

 private:
  struct Cell {
    enum class Kind : std::uint8_t { none, number, text };

    union {
      std::uint64_t number = 0;
      const char* text;  // in texts_
    };
    std::uint32_t length = 0;
    Kind kind = Kind::none;

    [[nodiscard]] ValueView view() const;
  };
  static constexpr std::size_t kBlockRows = 4096;

  [[nodiscard]] const Cell& at(std::size_t place, std::size_t key) const {
    return blocks_[place / kBlockRows][place % kBlockRows * keys_.size() + key];
  }
  [[nodiscard]] Cell cell_of(const Value& value, const Cell* above);
  [[nodiscard]] const char* keep(std::string_view text);

  std::vector<Key> keys_;
  std::vector<std::vector<Cell>> blocks_;  // kBlockRows rows each, as they were added
  std::vector<std::string> texts_;         // each with the capacity that it was given, so that texts stay
  std::vector<std::uint32_t> order_;       // places in blocks_
};

}  // namespace mcswitch::mcsctl
