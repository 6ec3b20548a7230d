// SPDX-License-Identifier: BSD-3-Clause

#include "config/document.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

namespace mcswitch::config {

namespace {

Position position_of(const toml::source_region& source) {
  // toml++ has 0 for "no place"; for us that is the file as a whole.
  return {std::max(1, static_cast<int>(source.begin.line)),
          std::max(1, static_cast<int>(source.begin.column))};
}

// No key of ours is half as deep; what is below is left out, so that the depth of a file does not become the
// depth of our stack. (toml++ bounds values to 256; its dotted keys are bounded by kLongestLine.)
constexpr int kDeepest = 16;

Table table_from(const toml::table& source, int depth);

Node node_from(const toml::node& source, int depth) {
  Node node;
  node.at = position_of(source.source());
  if (const auto* table = source.as_table()) {
    node.value = depth < kDeepest ? table_from(*table, depth + 1) : Table{};
  } else if (const auto* array = source.as_array()) {
    Array items;
    if (depth < kDeepest) {
      for (const toml::node& item : *array) {
        items.items.push_back(node_from(item, depth + 1));
      }
    }
    node.value = std::move(items);
  } else if (const auto* boolean = source.as_boolean()) {
    node.value = boolean->get();
  } else if (const auto* integer = source.as_integer()) {
    node.value = integer->get();
  } else if (const auto* number = source.as_floating_point()) {
    node.value = number->get();
  } else if (const auto* string = source.as_string()) {
    node.value = string->get();
  } else {
    node.value = DateOrTime{};
  }
  return node;
}

Table table_from(const toml::table& source, int depth) {
  Table table;
  for (const auto& [key, value] : source) {
    table.entries.push_back({std::string{key.str()}, position_of(key.source()), node_from(value, depth)});
  }
  return table;
}

// toml++ says what it found; this adds what would be right in the cases that people meet.
std::string_view advice_for(std::string_view description) {
  const auto mentions = [&](std::string_view words) {
    return description.find(words) != std::string_view::npos;
  };
  if (mentions("could not determine value type")) {
    return "a text is written in double quotes, a truth value is true or false";
  }
  if (mentions("cannot redefine")) {
    return "each key and each [table] is written once, only [[port]] and [[vlan]] repeat";
  }
  if (mentions("utf-8")) {
    return "the file must be UTF-8 text";
  }
  return "the form is [table], [[port]] and key = value, one on each line";
}

std::optional<Finding> find_too_long_line(std::string_view text) {
  for (int line = 1; !text.empty(); ++line) {
    const std::size_t length = std::min(text.find('\n'), text.size());
    if (length > kLongestLine) {
      return Finding{
          line, 1,
          fmt::format("the line is longer than {} bytes; an array may go over several lines", kLongestLine)};
    }
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  return std::nullopt;
}

}  // namespace

const Entry* Table::find(std::string_view key) const {
  const auto found =
      std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.key == key; });
  return found == entries.end() ? nullptr : &*found;
}

std::string in_words(const Node& node) {
  struct Words {
    std::string operator()(bool v) const { return v ? "true" : "false"; }
    std::string operator()(std::int64_t v) const { return fmt::format("{}", v); }
    std::string operator()(double v) const {
      std::string text = fmt::format("{}", v);
      // 1.0 is not an integer in TOML, and should not look like one.
      if (text.find_first_not_of("-0123456789") == std::string::npos) {
        text += ".0";
      }
      return text;
    }
    std::string operator()(const std::string& v) const { return "the string " + in_quotes(v); }
    std::string operator()(const DateOrTime&) const { return "a date or time"; }
    std::string operator()(const Array& v) const { return v.items.empty() ? "[]" : "an array"; }
    std::string operator()(const Table&) const { return "a table"; }
  };
  return std::visit(Words{}, node.value);
}

std::variant<Table, Finding> parse_document(std::string_view text) {
  if (auto failure = find_too_long_line(text)) {
    return *std::move(failure);
  }
  try {
    return table_from(toml::parse(text), 0);
  } catch (const toml::parse_error& e) {
    std::string description{e.description()};
    std::replace_if(
        description.begin(), description.end(),
        [](char c) { return std::iscntrl(static_cast<unsigned char>(c)) != 0; }, ' ');
    constexpr std::string_view kPrefix = "Error while parsing ";
    if (description.starts_with(kPrefix)) {
      description.erase(0, kPrefix.size());
    }
    const Position at = position_of(e.source());
    return Finding{at.line, at.column, fmt::format("not TOML: {}; {}", description, advice_for(description))};
  }
}

}  // namespace mcswitch::config
