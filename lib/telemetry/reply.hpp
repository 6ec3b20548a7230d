// SPDX-License-Identifier: BSD-3-Clause
//
// Reply: what a command answers, as a value. Commands make it without knowing DPDK; tel_data.hpp hands
// it to the telemetry library.
//
// Threads: values; no shared state.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "telemetry/request.hpp"
#include "telemetry/wire.hpp"

namespace mcswitch::telemetry {

// Why a request was not answered. The names are part of the contract (README.md).
enum class ErrorKind : std::uint8_t {
  usage,     // the request is wrong, and would be again
  busy,      // ask again
  stopping,  // the switch is on its way out, or not yet there
  internal,  // the switch could not make the reply (no memory)
};
std::string_view to_string(ErrorKind kind);

class Reply {
 public:
  using Value = std::variant<std::uint64_t, std::string>;
  struct Entry {
    const char* key = nullptr;  // [A-Za-z0-9_/], lives as long as the program
    Value value;
  };

  // `error` and `kind` and nothing else.
  static Reply error(ErrorKind kind, std::string_view text);

  // Keys in the order of the calls, at most 64.
  Reply& add(const char* key, std::uint64_t value);
  // Text is made printable ASCII (wire.hpp) and cut at kStringLength.
  Reply& add(const char* key, std::string_view value);

  // Makes it a list: `columns` (names with commas between) and the rows of the page.
  Reply& set_rows(const char* columns, Page page);

  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  [[nodiscard]] const char* columns() const { return columns_; }  // null: not a list
  [[nodiscard]] const std::vector<std::string>& strings() const { return page_.strings(); }

 private:
  std::vector<Entry> entries_;
  const char* columns_ = nullptr;
  Page page_;
};

// Builds the reply of a list. Rows have positions: numbers that rise in the order of listing and that
// belong to what is listed, not to where it happens to stand, so that an entry that is there all the
// time is listed exactly once. `next` is the position to go on from.
class ListReply {
 public:
  ListReply(const char* columns, const Request& request)
      : columns_{columns}, after_{request.after}, page_{request.limit} {}

  // False if earlier pages have had this position.
  [[nodiscard]] bool wants(std::uint64_t position) const { return position >= after_; }
  // False when the page is full: the row comes with the next one, and the caller stops.
  bool add(std::uint64_t position, const Row& row);

  // `total`: entries there are now, filters aside; a moment's picture.
  [[nodiscard]] Reply finish(std::uint64_t total) &&;

 private:
  const char* columns_;
  std::uint64_t after_;
  Page page_;
  std::optional<std::uint64_t> next_;
};

}  // namespace mcswitch::telemetry
