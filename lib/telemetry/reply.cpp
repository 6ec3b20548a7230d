// SPDX-License-Identifier: BSD-3-Clause

#include "telemetry/reply.hpp"

#include <algorithm>

namespace mcswitch::telemetry {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
      return "usage";
    case ErrorKind::busy:
      return "busy";
    case ErrorKind::stopping:
      return "stopping";
    case ErrorKind::internal:
      break;
  }
  return "internal";
}

Reply Reply::error(ErrorKind kind, std::string_view text) {
  Reply reply;
  reply.add("error", text);
  reply.add("kind", to_string(kind));
  return reply;
}

Reply& Reply::add(const char* key, std::uint64_t value) {
  Entry& entry = entries_.emplace_back();
  entry.key = key;
  entry.value = value;
  return *this;
}

Reply& Reply::add(const char* key, std::string_view value) {
  // Texts for people: only what the library cannot carry is escaped.
  std::string plain;
  for (const char c : value) {
    if (c >= ' ' && c <= '~') {
      plain += c;
    } else {
      plain += escape_field({&c, 1});
    }
  }
  plain.resize(std::min(plain.size(), kStringLength));
  Entry& entry = entries_.emplace_back();
  entry.key = key;
  entry.value = std::move(plain);
  return *this;
}

Reply& Reply::set_rows(const char* columns, Page page) {
  columns_ = columns;
  page_ = std::move(page);
  return *this;
}

std::string column_names(std::span<const Column> columns) {
  std::string names;
  for (const Column& column : columns) {
    names += names.empty() ? "" : ",";
    names += column.name;
  }
  return names;
}

}  // namespace mcswitch::telemetry
