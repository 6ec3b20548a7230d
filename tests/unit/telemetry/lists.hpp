// SPDX-License-Identifier: BSD-3-Clause
//
// What tests ask of the reply of a list.

#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/commands.hpp"
#include "telemetry/handlers.hpp"

namespace mcswitch::telemetry {

inline std::optional<std::uint64_t> number_of(const Reply& reply, std::string_view key) {
  for (const Reply::Entry& entry : reply.entries()) {
    if (entry.key == key) {
      return std::get<std::uint64_t>(entry.value);
    }
  }
  return std::nullopt;
}

inline std::string text_of(const Reply& reply, std::string_view key) {
  for (const Reply::Entry& entry : reply.entries()) {
    if (entry.key == key) {
      return std::get<std::string>(entry.value);
    }
  }
  return {};
}

// All pages of `list` as strings; checks that every page but the last has rows.
inline std::vector<std::string> walk(Handler list, const SwitchView& view, Request request) {
  std::vector<std::string> all;
  for (int pages = 0; pages < 100'000; ++pages) {
    const Reply reply = list(view, request);
    all.insert(all.end(), reply.strings().begin(), reply.strings().end());
    const auto next = number_of(reply, "next");
    if (!next) {
      return all;
    }
    EXPECT_FALSE(reply.strings().empty());
    EXPECT_GT(*next, request.after);
    request.after = *next;
  }
  ADD_FAILURE() << "the list has no end";
  return all;
}

// A row whole, although it may be several strings.
inline std::string row_of(const Reply& reply, std::size_t index) {
  std::vector<std::string> rows;
  for (const std::string& text : reply.strings()) {
    if (text.starts_with('+')) {
      rows.back() += text.substr(1);
    } else {
      rows.push_back(text);
    }
  }
  return rows.at(index);
}

inline Request with_limit(std::size_t limit) {
  Request request;
  request.limit = limit;
  return request;
}

}  // namespace mcswitch::telemetry
