// SPDX-License-Identifier: BSD-3-Clause
//
// A row of a list whose values are asked for by the name of their key, as numbers or as tables show them.

#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mcsctl/text.hpp"
#include "mcsctl/verbs.hpp"

namespace mcswitch::mcsctl {

class Named {
 public:
  Named(const Records& records, std::size_t row) : records_{records}, row_{row} {}

  [[nodiscard]] ValueView operator[](std::string_view name) const {
    const std::vector<Key>& keys = records_.keys();
    const auto found = std::find_if(keys.begin(), keys.end(), [&](const Key& k) { return k.name == name; });
    return records_.value(row_, static_cast<std::size_t>(found - keys.begin()));
  }
  [[nodiscard]] std::uint64_t number(std::string_view name) const {
    const ValueView value = (*this)[name];
    const auto* number = std::get_if<std::uint64_t>(&value);
    return number == nullptr ? 0 : *number;
  }
  // Empty if there is none.
  [[nodiscard]] std::string text(std::string_view name) const {
    const ValueView value = (*this)[name];
    const auto* text = std::get_if<std::string_view>(&value);
    return text == nullptr ? std::string{} : std::string{*text};
  }
  [[nodiscard]] std::string plain(std::string_view name) const {
    const ValueView value = (*this)[name];
    if (const auto* n = std::get_if<std::uint64_t>(&value)) {
      return std::to_string(*n);
    }
    const auto* text = std::get_if<std::string_view>(&value);
    return text == nullptr ? "-" : std::string{*text};
  }
  [[nodiscard]] std::string duration(std::string_view name) const {
    const ValueView value = (*this)[name];
    const auto* number = std::get_if<std::uint64_t>(&value);
    return number == nullptr ? "-" : duration_text(*number);
  }

  // Of several, as text.
  [[nodiscard]] std::string sum(std::initializer_list<std::string_view> names) const {
    std::uint64_t sum = 0;
    for (const std::string_view name : names) {
      sum += number(name);
    }
    return std::to_string(sum);
  }

 private:
  const Records& records_;
  std::size_t row_;
};

}  // namespace mcswitch::mcsctl
