// SPDX-License-Identifier: BSD-3-Clause

#include "config/table_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace mcswitch::config {

namespace {

// a, b or c
std::string alternatives(const std::vector<std::string>& words) {
  if (words.size() == 1) {
    return words.front();
  }
  return fmt::format("{} or {}", fmt::join(words.begin(), words.end() - 1, ", "), words.back());
}

std::string in_words(const IntegerRange& range) {
  return fmt::format("an integer from {} to {}{}{}", range.min, range.max, range.unit.empty() ? "" : " ",
                     range.unit);
}

// Written as in the file.
std::string in_toml(const Literal& literal) {
  struct Words {
    std::string operator()(bool v) const { return v ? "true" : "false"; }
    std::string operator()(std::int64_t v) const { return fmt::format("{}", v); }
    std::string operator()(double v) const { return fmt::format("{}", v); }
    std::string operator()(std::string_view v) const { return in_quotes(v); }
    std::string operator()(EmptyArray) const { return "[]"; }
  };
  return std::visit(Words{}, literal);
}

std::string type_in_words(const Literal& literal) {
  struct Words {
    std::string operator()(bool) const { return "true or false"; }
    std::string operator()(std::int64_t) const { return "an integer"; }
    std::string operator()(double) const { return "a number"; }
    std::string operator()(std::string_view) const { return "a string"; }
    std::string operator()(EmptyArray) const { return "an array"; }
  };
  return std::visit(Words{}, literal);
}

// A decimal key takes an integer too, as everywhere in this file format.
bool has_type_of(const Node& node, const Literal& literal) {
  switch (literal.index()) {
    case 0:
      return std::holds_alternative<bool>(node.value);
    case 1:
      return std::holds_alternative<std::int64_t>(node.value);
    case 2:
      return std::holds_alternative<std::int64_t>(node.value) || std::holds_alternative<double>(node.value);
    case 3:
      return std::holds_alternative<std::string>(node.value);
    default:
      return std::holds_alternative<Array>(node.value);
  }
}

bool is_equal(const Node& node, const Literal& literal) {
  if (const auto* v = std::get_if<bool>(&node.value)) {
    return literal == Literal{*v};
  }
  if (const auto* v = std::get_if<std::int64_t>(&node.value)) {
    return literal == Literal{*v} || literal == Literal{static_cast<double>(*v)};
  }
  if (const auto* v = std::get_if<double>(&node.value)) {
    return literal == Literal{*v};
  }
  if (const auto* v = std::get_if<std::string>(&node.value)) {
    return literal == Literal{std::string_view{*v}};
  }
  const auto* v = std::get_if<Array>(&node.value);
  return v != nullptr && v->items.empty() && literal == Literal{EmptyArray{}};
}

// Exact for what a file can mean: a double holds nine decimals of a second up to 2^53 ns (104 days), and
// is nearest to the decimal text that was written.
std::optional<Duration> to_duration(const Node& node) {
  constexpr double kLongest = 1e9;
  double seconds = -1;
  if (const auto* integer = std::get_if<std::int64_t>(&node.value)) {
    seconds = static_cast<double>(*integer);
  } else if (const auto* number = std::get_if<double>(&node.value)) {
    seconds = *number;
  }
  // The first comparison is false for a NaN too.
  if (!(seconds >= 0) || seconds > kLongest) {
    return std::nullopt;
  }
  return Duration{std::llround(seconds * 1e9)};
}

}  // namespace

TableReader::TableReader(const Table& table, Position at, std::string_view name, Findings& findings)
    : table_{table}, at_{at}, name_{name}, findings_{findings} {}

std::string TableReader::path(std::string_view key) const {
  return name_.empty() ? std::string{key} : fmt::format("{}.{}", name_, key);
}

void TableReader::mismatch(std::string_view path, const Node& node, std::string_view expected,
                           std::string_view remark) {
  findings_.error(node.at, fmt::format("{} must be {}, not {}{}{}", path, expected, config::in_words(node),
                                       remark.empty() ? "" : "; ", remark));
}

const Entry* TableReader::entry(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) {
    known_.push_back(key);
  }
  return table_.find(key);
}

Found TableReader::boolean(std::string_view key, bool& value) {
  const Entry* const e = entry(key);
  if (e == nullptr) {
    return {Found::State::absent, at_};
  }
  const auto* const read = std::get_if<bool>(&e->node.value);
  if (read == nullptr) {
    mismatch(path(key), e->node, "true or false");
    return {Found::State::refused, e->node.at};
  }
  value = *read;
  return {Found::State::read, e->node.at};
}

Found TableReader::string(std::string_view key, std::string& value) {
  const Entry* const e = entry(key);
  if (e == nullptr) {
    return {Found::State::absent, at_};
  }
  const auto* const read = std::get_if<std::string>(&e->node.value);
  if (read == nullptr) {
    mismatch(path(key), e->node, "a string");
    return {Found::State::refused, e->node.at};
  }
  value = *read;
  return {Found::State::read, e->node.at};
}

Found TableReader::time(std::string_view key, TimeRange range, Duration& value) {
  const Entry* const e = entry(key);
  if (e == nullptr) {
    return {Found::State::absent, at_};
  }
  const std::optional<Duration> read = to_duration(e->node);
  if (!read || *read < range.min || *read > range.max) {
    mismatch(path(key), e->node,
             fmt::format("a time from {} to {} seconds", seconds_text(range.min), seconds_text(range.max)),
             read && *read > range.max ? range.remark : "");
    return {Found::State::refused, e->node.at};
  }
  value = *read;
  return {Found::State::read, e->node.at};
}

Found TableReader::time(std::string_view key, TimeRange range, std::optional<Duration>& value) {
  Duration read{};
  const Found found = time(key, range, read);
  if (found.is_written()) {
    value = read;
  }
  return found;
}

Found TableReader::read_integer(std::string_view key, IntegerRange range, bool or_auto, std::int64_t& value) {
  const Entry* const e = entry(key);
  if (e == nullptr) {
    return {Found::State::absent, at_};
  }
  if (const auto* const text = std::get_if<std::string>(&e->node.value);
      or_auto && text != nullptr && *text == "auto") {
    value = kAuto;
    return {Found::State::read, e->node.at};
  }
  const auto* const read = std::get_if<std::int64_t>(&e->node.value);
  if (read == nullptr || *read < range.min || *read > range.max) {
    mismatch(path(key), e->node, (or_auto ? "\"auto\" or " : "") + in_words(range));
    return {Found::State::refused, e->node.at};
  }
  value = *read;
  return {Found::State::read, e->node.at};
}

Found TableReader::read_choice(std::string_view key, std::span<const std::string_view> words,
                               std::size_t& index) {
  const Entry* const e = entry(key);
  if (e == nullptr) {
    return {Found::State::absent, at_};
  }
  if (const auto* const text = std::get_if<std::string>(&e->node.value)) {
    if (const auto found = std::find(words.begin(), words.end(), *text); found != words.end()) {
      index = static_cast<std::size_t>(found - words.begin());
      return {Found::State::read, e->node.at};
    }
  }
  std::vector<std::string> quoted_words;
  std::transform(words.begin(), words.end(), std::back_inserter(quoted_words), in_quotes);
  mismatch(path(key), e->node, alternatives(quoted_words));
  return {Found::State::refused, e->node.at};
}

Found TableReader::unbuilt(std::string_view key, std::string_view feature,
                           std::initializer_list<Literal> possible, bool any_value) {
  const Entry* const e = entry(key);
  if (e == nullptr) {
    return {Found::State::absent, at_};
  }
  if (std::none_of(possible.begin(), possible.end(),
                   [&](const Literal& literal) { return has_type_of(e->node, literal); })) {
    std::vector<std::string> types;
    for (const Literal& literal : possible) {
      if (std::string type = type_in_words(literal); std::ranges::find(types, type) == types.end()) {
        types.push_back(std::move(type));
      }
    }
    mismatch(path(key), e->node, alternatives(types));
    return {Found::State::refused, e->node.at};
  }
  if (!any_value && std::none_of(possible.begin(), possible.end(),
                                 [&](const Literal& literal) { return is_equal(e->node, literal); })) {
    std::vector<std::string> all;
    std::transform(possible.begin(), possible.end(), std::back_inserter(all), in_toml);
    findings_.error(e->node.at,
                    fmt::format("{}: {} not implemented yet; only {} {} possible", path(key), feature,
                                fmt::join(all, " and "), all.size() == 1 ? "is" : "are"));
    return {Found::State::refused, e->node.at};
  }
  return {Found::State::read, e->node.at};
}

const Array* TableReader::array(std::string_view key) {
  const Entry* const e = entry(key);
  if (e == nullptr) {
    return nullptr;
  }
  const auto* const read = std::get_if<Array>(&e->node.value);
  if (read == nullptr) {
    mismatch(path(key), e->node, "an array, written with brackets");
  }
  return read;
}

const Array* TableReader::tables(std::string_view key) {
  const Entry* const e = entry(key);
  if (e == nullptr) {
    return nullptr;
  }
  const auto* const read = std::get_if<Array>(&e->node.value);
  const bool is_tables =
      read != nullptr && std::all_of(read->items.begin(), read->items.end(),
                                     [](const Node& n) { return std::holds_alternative<Table>(n.value); });
  if (!is_tables) {
    mismatch(path(key), e->node, fmt::format("tables, each written [[{}]]", path(key)));
    return nullptr;
  }
  return read;
}

TableReader TableReader::table(std::string_view key) {
  static const Table kEmpty;
  const Entry* const e = entry(key);
  if (e == nullptr) {
    return TableReader{kEmpty, at_, path(key), findings_};
  }
  if (const auto* const read = std::get_if<Table>(&e->node.value)) {
    return TableReader{*read, e->node.at, path(key), findings_};
  }
  mismatch(path(key), e->node, fmt::format("one table, written [{}]", path(key)));
  return TableReader{kEmpty, e->node.at, path(key), findings_};
}

void TableReader::report_unknown_keys() {
  for (const Entry& entry : table_.entries) {
    if (std::find(known_.begin(), known_.end(), entry.key) == known_.end()) {
      unknown_key(entry);
    }
  }
}

void TableReader::unknown_key(const Entry& entry) {
  const std::string_view meant = likely_meant(entry.key, known_);
  const std::string where = name_.empty() ? "outside of the tables" : fmt::format("in [{}]", name_);
  const auto* const array = std::get_if<Array>(&entry.node.value);
  const bool is_table =
      std::holds_alternative<Table>(entry.node.value) ||
      (array != nullptr && !array->items.empty() && std::holds_alternative<Table>(array->items[0].value));
  const std::string right = meant.empty() ? fmt::format("known here: {}", fmt::join(known_, ", "))
                                          : fmt::format("did you mean \"{}\"?", meant);
  findings_.error(entry.at, fmt::format("unknown {} {} {}; {}", is_table ? "table" : "key",
                                        in_quotes(entry.key), where, right));
}

}  // namespace mcswitch::config
