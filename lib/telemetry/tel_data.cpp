// SPDX-License-Identifier: BSD-3-Clause

#include "telemetry/tel_data.hpp"

#include <rte_telemetry.h>
#include <rte_version.h>

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace mcswitch::telemetry {

static_assert(kStringLength + 1 == RTE_TEL_MAX_STRING_LEN);
static_assert(kArrayStrings == RTE_TEL_MAX_ARRAY_ENTRIES);

namespace {

// Named u64 until 23.03 and uint after; both names exist for a while.
int add_number(rte_tel_data* data, const char* key, std::uint64_t value) {
#if RTE_VERSION >= RTE_VERSION_NUM(23, 3, 0, 0)
  return rte_tel_data_add_dict_uint(data, key, value);
#else
  return rte_tel_data_add_dict_u64(data, key, value);
#endif
}

struct FreeData {
  void operator()(rte_tel_data* data) const { rte_tel_data_free(data); }
};
using DataPointer = std::unique_ptr<rte_tel_data, FreeData>;

// Null if there is no memory, or if a text does not fit.
DataPointer array_of(std::span<const std::string> texts) {
  DataPointer array{rte_tel_data_alloc()};
  bool whole = array != nullptr && rte_tel_data_start_array(array.get(), RTE_TEL_STRING_VAL) == 0;
  for (const std::string& text : texts) {
    whole = whole && rte_tel_data_add_array_string(array.get(), text.c_str()) == 0;
  }
  return whole ? std::move(array) : nullptr;
}

// The library frees the array after it has printed it.
bool add_array(rte_tel_data* data, const char* key, DataPointer array) {
  if (rte_tel_data_add_dict_container(data, key, array.get(), 0) != 0) {
    return false;
  }
  [[maybe_unused]] const rte_tel_data* given_away = array.release();
  return true;
}

bool write_list(const Reply& reply, rte_tel_data* data) {
  const std::vector<std::string> columns = cut_columns(reply.columns());
  // Both before either is given away: from then on nothing can fail.
  DataPointer rows = array_of(reply.strings());
  DataPointer more_columns = columns.size() == 1 ? nullptr : array_of(std::span{columns}.subspan(1));
  return rows != nullptr && (columns.size() == 1 || more_columns != nullptr) &&
         rte_tel_data_add_dict_string(data, "columns", columns.front().c_str()) == 0 &&
         (more_columns == nullptr || add_array(data, "more_columns", std::move(more_columns))) &&
         add_array(data, "rows", std::move(rows));
}

bool write_entries(const Reply& reply, rte_tel_data* data) {
  for (const Reply::Entry& entry : reply.entries()) {
    const int result =
        std::holds_alternative<std::uint64_t>(entry.value)
            ? add_number(data, entry.key, std::get<std::uint64_t>(entry.value))
            : rte_tel_data_add_dict_string(data, entry.key, std::get<std::string>(entry.value).c_str());
    if (result != 0) {
      return false;
    }
  }
  return true;
}

}  // namespace

void write_reply(const Reply& reply, std::optional<std::uint64_t> tag, rte_tel_data* data) noexcept {
  rte_tel_data_start_dict(data);
  const bool whole = !reply.entries().empty() && write_entries(reply, data) &&
                     (!tag || add_number(data, "tag", *tag) == 0) &&
                     (reply.columns() == nullptr || write_list(reply, data));
  if (!whole) {
    rte_tel_data_start_dict(data);
    rte_tel_data_add_dict_string(data, "error", "the reply does not fit, or there is no memory for it");
    rte_tel_data_add_dict_string(data, "kind", "internal");
  }
}

}  // namespace mcswitch::telemetry
