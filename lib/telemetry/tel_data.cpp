// SPDX-License-Identifier: BSD-3-Clause

#include "telemetry/tel_data.hpp"

#include <rte_telemetry.h>
#include <rte_version.h>

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

bool write_rows(const Reply& reply, rte_tel_data* data) {
  rte_tel_data* rows = rte_tel_data_alloc();
  if (rows == nullptr) {
    return false;
  }
  bool whole = rte_tel_data_start_array(rows, RTE_TEL_STRING_VAL) == 0;
  for (const std::string& text : reply.strings()) {
    whole = whole && rte_tel_data_add_array_string(rows, text.c_str()) == 0;
  }
  // The library frees the container after it has printed it.
  if (!whole || rte_tel_data_add_dict_container(data, "rows", rows, 0) != 0) {
    rte_tel_data_free(rows);
    return false;
  }
  return true;
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
  // The container last: from then on nothing can fail, and it is the library's to free.
  const bool whole =
      !reply.entries().empty() && write_entries(reply, data) &&
      (!tag || add_number(data, "tag", *tag) == 0) &&
      (reply.columns() == nullptr ||
       (rte_tel_data_add_dict_string(data, "columns", reply.columns()) == 0 && write_rows(reply, data)));
  if (!whole) {
    rte_tel_data_start_dict(data);
    rte_tel_data_add_dict_string(data, "error", "the reply does not fit, or there is no memory for it");
    rte_tel_data_add_dict_string(data, "kind", "internal");
  }
}

}  // namespace mcswitch::telemetry
