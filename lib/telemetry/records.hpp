// SPDX-License-Identifier: BSD-3-Clause
//
// Records: what a command of the switch answered, as flat objects whose keys are the columns of its list. For
// those who ask; the switch itself keeps none.
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

#include "telemetry/columns.hpp"

namespace mcswitch::telemetry {

// monostate: no value (null in JSON).
using Value = std::variant<std::monostate, std::uint64_t, std::string>;

// A value that is stored elsewhere.
using ValueView = std::variant<std::monostate, std::uint64_t, std::string_view>;

// Rows of a list. Millions of them have to fit into memory next to the switch: a value takes 8 bytes, and a
// text that is the same as in the row before is not kept again.
class Records {
 public:
  explicit Records(std::vector<Column> keys) : keys_{std::move(keys)} {}

  [[nodiscard]] const std::vector<Column>& keys() const { return keys_; }
  [[nodiscard]] std::size_t size() const { return order_.size(); }

  // As many values as keys, in their order.
  void add(std::span<const Value> row);

  // Of row 0 to size() - 1, and of key 0 to keys().size() - 1. Valid as long as the records.
  [[nodiscard]] ValueView value(std::size_t row, std::size_t key) const { return view(at(order_[row], key)); }

  // Sorts by the first `key_count` keys, in their order, and keeps one of the rows that are equal there, the
  // last that was added: an entry that went and came back while the pages were read. 0: as it is.
  void sort(std::size_t key_count);

 private:
  // A value in eight bytes. Its lowest bits say what the others are.
  class Cell {
   public:
    enum Kind : std::uint64_t { none, number, large_number, text };

    Cell() = default;
    // `bits` in 62 bits: the number, the place of a larger one in large_numbers_, or that of a text in texts_
    // (keep()).
    Cell(Kind kind, std::uint64_t bits) : word_{bits << 2 | kind} {}
    [[nodiscard]] Kind kind() const { return static_cast<Kind>(word_ & 3); }
    [[nodiscard]] std::uint64_t bits() const { return word_ >> 2; }

   private:
    std::uint64_t word_ = none;
  };
  static_assert(sizeof(Cell) == 8);
  using Length = std::uint32_t;  // of a text

  static constexpr std::size_t kBlockRows = 4096;

  [[nodiscard]] const Cell& at(std::size_t place, std::size_t key) const {
    return blocks_[place / kBlockRows][place % kBlockRows * keys_.size() + key];
  }
  [[nodiscard]] ValueView view(Cell cell) const;
  [[nodiscard]] Cell cell_of(const Value& value, const Cell* above);
  [[nodiscard]] std::uint64_t keep(std::string_view text);

  std::vector<Column> keys_;
  std::vector<std::vector<Cell>> blocks_;  // kBlockRows rows each, as they were added
  std::vector<std::string> texts_;         // behind their lengths; a block stays where it is
  std::vector<std::uint64_t> large_numbers_;
  std::vector<std::uint32_t> order_;  // places in blocks_
};

}  // namespace mcswitch::telemetry
