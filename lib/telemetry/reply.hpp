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
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "telemetry/columns.hpp"
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

  // Makes it a list: `columns` (names with commas between; it lives as long as the program) and the rows of
  // the page.
  Reply& set_rows(const char* columns, Page page);

  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  [[nodiscard]] const char* columns() const { return columns_; }  // null: not a list
  [[nodiscard]] const std::vector<std::string>& strings() const { return page_.strings(); }

 private:
  std::vector<Entry> entries_;
  const char* columns_ = nullptr;
  Page page_;
};

// Names with commas between: "a,b,c".
std::string column_names(std::span<const Column> columns);

// Builds the reply of a list whose rows are of type R (lists.hpp). Rows have positions: numbers that rise in
// the order of listing and that belong to what is listed, not to where it happens to stand, so that an entry
// that is there all the time is listed exactly once. `next` is the position to go on from.
template <typename R>
class ListReply {
 public:
  explicit ListReply(const Request& request) : after_{request.after}, page_{request.limit} {}

  // False if earlier pages have had this position.
  [[nodiscard]] bool wants(std::uint64_t position) const { return position >= after_; }

  // False when the page is full: the row comes with the next one, and the caller stops.
  bool add(std::uint64_t position, const R& row) {
    Row text;
    row.append_to(text);
    if (!page_.add(text)) {
      next_ = position;
      return false;
    }
    return true;
  }

  // `total`: entries there are now, filters aside, at this moment.
  [[nodiscard]] Reply finish(std::uint64_t total) && {
    static const std::string kNames = column_names(R::kColumns);
    Reply reply;
    reply.add("total", total);
    if (next_) {
      reply.add("next", *next_);
    }
    reply.set_rows(kNames.c_str(), std::move(page_));
    return reply;
  }

 private:
  std::uint64_t after_;
  Page page_;
  std::optional<std::uint64_t> next_;
};

}  // namespace mcswitch::telemetry
