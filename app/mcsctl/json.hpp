// SPDX-License-Identifier: BSD-3-Clause
//
// JSON both ways: what the telemetry socket sends (lib/telemetry/README.md), and what --json prints.
// The only user of the JSON library, whose header costs seconds to compile.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mcsctl/objects.hpp"
#include "telemetry/wire.hpp"

namespace mcswitch::mcsctl {

// First message of the server.
struct Greeting {
  std::size_t max_output_len = 0;
};
std::optional<Greeting> parse_greeting(std::string_view text);

struct Reply {
  bool known = true;  // false: the server does not know the command
  std::optional<std::uint64_t> tag;
  // Set: nothing below is.
  std::string error;
  std::string error_kind;
  // A list...
  std::vector<std::string> columns;
  std::vector<std::vector<telemetry::Field>> rows;
  std::optional<std::uint64_t> next;
  // ... or an object.
  Object object;
};

// nullopt if `text` is not a whole reply to `command` in the form of the contract: it got garbled.
std::optional<Reply> parse_reply(std::string_view text, const std::string& command);

// Takes text piece by piece.
using Writer = std::function<void(std::string_view)>;
inline constexpr std::size_t kWriteBytes = 65536;  // a piece has about so many

// An array with one object a line; ends with a line feed.
void write_json(const Records& records, const Writer& write);
std::string to_json(const Object& object);

}  // namespace mcswitch::mcsctl
