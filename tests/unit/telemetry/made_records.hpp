// SPDX-License-Identifier: BSD-3-Clause
//
// Records from rows and back.

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "telemetry/records.hpp"

namespace mcswitch::telemetry {

// A row: as many values as there are keys.
using Values = std::vector<Value>;

inline Records made_records(std::vector<Column> keys, const std::vector<Values>& rows) {
  Records records{std::move(keys)};
  for (const Values& row : rows) {
    records.add(row);
  }
  return records;
}

inline std::vector<Values> rows_of(const Records& records) {
  std::vector<Values> rows(records.size());
  for (std::size_t row = 0; row < records.size(); ++row) {
    for (std::size_t key = 0; key < records.keys().size(); ++key) {
      const ValueView value = records.value(row, key);
      if (const auto* number = std::get_if<std::uint64_t>(&value)) {
        rows[row].emplace_back(*number);
      } else if (const auto* text = std::get_if<std::string_view>(&value)) {
        rows[row].emplace_back(std::string{*text});
      } else {
        rows[row].emplace_back();
      }
    }
  }
  return rows;
}

}  // namespace mcswitch::telemetry
