// SPDX-License-Identifier: BSD-3-Clause

#include "mcsctl/json.hpp"

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

bool take_rows(const ordered_json& body, Reply& reply) {
  std::string columns;
  const auto rows = body.find("rows");
  if (!take_text(body, "columns", columns) || rows == body.end() || !rows->is_array()) {
    return false;
  }
  std::vector<std::string> strings;
  for (const ordered_json& row : *rows) {
    if (!row.is_string()) {
      return false;
    }
    strings.push_back(row.get<std::string>());
  }
  reply.columns = telemetry::split_columns(columns);
  auto decoded = telemetry::decode_rows(strings, reply.columns.size());
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
  const auto json = ordered_json::parse(text, nullptr, false);
  if (!json.is_object() || json.size() != 1 || !json.contains(command)) {
    return std::nullopt;
  }
  const ordered_json& body = json[command];
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

std::string to_json(const Records& records) {
  std::string text = "[";
  for (const auto& row : records.rows) {
    ordered_json object = ordered_json::object();
    for (std::size_t i = 0; i < row.size(); ++i) {
      object[records.keys[i].name] = json_of(row[i]);
    }
    text += text.size() == 1 ? "\n  " : ",\n  ";
    text += dump(object, -1);
  }
  return text + (records.rows.empty() ? "]\n" : "\n]\n");
}

std::string to_json(const Object& object) {
  ordered_json json = ordered_json::object();
  for (const auto& [key, value] : object) {
    json[key] = json_of(value);
  }
  return dump(json, 2) + "\n";
}

}  // namespace mcswitch::mcsctl
