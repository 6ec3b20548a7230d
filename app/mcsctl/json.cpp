// SPDX-License-Identifier: BSD-3-Clause

#include "mcsctl/json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace mcswitch::mcsctl {

namespace {

using nlohmann::ordered_json;

ordered_json json_of(const Value& value) {
  if (const auto* number = std::get_if<std::uint64_t>(&value)) {
    return *number;
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    return *text;
  }
  return nullptr;
}

std::string dump(const ordered_json& json, int indent) {
  // Text that is not UTF-8 (a strange device name) is shown with replacement characters.
  return json.dump(indent, ' ', false, ordered_json::error_handler_t::replace);
}

// What dump() would give. Listings can have millions of rows, and nearly all of their values are numbers
// and plain texts.
void append_value(std::string& text, const ValueView& value) {
  const auto* number = std::get_if<std::uint64_t>(&value);
  const auto* words = std::get_if<std::string_view>(&value);
  const auto is_plain = [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; };
  if (number != nullptr) {
    text += std::to_string(*number);
  } else if (words != nullptr && std::all_of(words->begin(), words->end(), is_plain)) {
    text += '"';
    text += *words;
    text += '"';
  } else {
    text += words != nullptr ? dump(*words, -1) : "null";
  }
}

// True if the member is absent, or was what it should be and has been stored.
bool take_number(const ordered_json& body, const char* key, std::optional<std::uint64_t>& number) {
  const auto found = body.find(key);
  if (found == body.end()) {
    return true;
  }
  if (!found->is_number_unsigned()) {
    return false;
  }
  number = found->get<std::uint64_t>();
  return true;
}

bool take_text(const ordered_json& body, const char* key, std::string& text) {
  const auto found = body.find(key);
  if (found == body.end()) {
    return true;
  }
  if (!found->is_string()) {
    return false;
  }
  text = found->get<std::string>();
  return true;
}

// True if `array` is one of texts and they have been moved to the end of `texts`.
bool take_texts(ordered_json& array, std::vector<std::string>& texts) {
  if (!array.is_array()) {
    return false;
  }
  texts.reserve(texts.size() + array.size());
  for (ordered_json& text : array) {
    if (!text.is_string()) {
      return false;
    }
    texts.push_back(std::move(text.get_ref<std::string&>()));
  }
  return true;
}

bool take_rows(ordered_json& body, Reply& reply) {
  std::vector<std::string> columns(1);
  std::vector<std::string> strings;
  const auto more = body.find("more_columns");
  const auto rows = body.find("rows");
  if (!take_text(body, "columns", columns.front()) || rows == body.end() || !take_texts(*rows, strings) ||
      (more != body.end() && !take_texts(*more, columns))) {
    return false;
  }
  for (const std::string& names : columns) {
    for (std::string& name : telemetry::split_columns(names)) {
      reply.columns.push_back(std::move(name));
    }
  }
  auto decoded = telemetry::decode_rows(std::move(strings), reply.columns.size());
  if (!decoded) {
    return false;
  }
  reply.rows = std::move(*decoded);
  return true;
}

bool take_object(const ordered_json& body, Reply& reply) {
  for (const auto& [key, value] : body.items()) {
    if (key == "tag") {
      continue;
    }
    if (value.is_number_unsigned()) {
      reply.object.emplace_back(key, value.get<std::uint64_t>());
    } else if (value.is_string()) {
      reply.object.emplace_back(key, value.get<std::string>());
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace

std::optional<Greeting> parse_greeting(std::string_view text) {
  const auto json = ordered_json::parse(text, nullptr, false);
  std::optional<std::uint64_t> length;
  if (!json.is_object() || !take_number(json, "max_output_len", length) || !length || *length == 0) {
    return std::nullopt;
  }
  return Greeting{*length};
}

std::optional<Reply> parse_reply(std::string_view text, const std::string& command) {
  auto json = ordered_json::parse(text, nullptr, false);
  if (!json.is_object() || json.size() != 1 || !json.contains(command)) {
    return std::nullopt;
  }
  ordered_json& body = json[command];
  Reply reply;
  if (body.is_null()) {
    reply.known = false;
    return reply;
  }
  if (!body.is_object() || !take_number(body, "tag", reply.tag) || !take_number(body, "next", reply.next) ||
      !take_text(body, "error", reply.error) || !take_text(body, "kind", reply.error_kind)) {
    return std::nullopt;
  }
  if (!reply.error.empty()) {
    return reply;
  }
  const bool whole = body.contains("columns") ? take_rows(body, reply) : take_object(body, reply);
  return whole ? std::optional{std::move(reply)} : std::nullopt;
}

void write_json(const Records& records, const Writer& write) {
  std::vector<std::string> names;
  for (const Key& key : records.keys()) {
    names.push_back((names.empty() ? "{" : ",") + dump(key.name, -1) + ":");
  }
  std::string text = "[";
  for (std::size_t row = 0; row < records.size(); ++row) {
    text += row == 0 ? "\n  " : ",\n  ";
    for (std::size_t key = 0; key < names.size(); ++key) {
      text += names[key];
      append_value(text, records.value(row, key));
    }
    text += "}";
    if (text.size() >= kWriteBytes) {
      write(text);
      text.clear();
    }
  }
  text += records.size() == 0 ? "]\n" : "\n]\n";
  write(text);
}

std::string to_json(const Object& object) {
  ordered_json json = ordered_json::object();
  for (const auto& [key, value] : object) {
    json[key] = json_of(value);
  }
  return dump(json, 2) + "\n";
}

}  // namespace mcswitch::mcsctl
