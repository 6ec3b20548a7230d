// SPDX-License-Identifier: BSD-3-Clause
//
// Keys whose value is a list of IPv4 prefixes.

#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/net_types.hpp"
#include "config/table_reader.hpp"

namespace mcswitch::config {

struct PrefixList {
  std::string_view key;
  std::size_t most = 0;       // prefixes in the list
  std::string_view expected;  // "a prefix such as ..."
  // nullopt: it is no such prefix.
  std::optional<Ipv4Prefix> (*parse)(const std::string& text) = nullptr;
};

// Calls take(prefix, item) for each one of the list that is right, in their order; reports the others. False,
// and nothing is taken: the key is absent, or its list refused as a whole.
bool read_prefix_list(TableReader& table, const PrefixList& list,
                      const std::function<void(Ipv4Prefix, const Node&)>& take);

}  // namespace mcswitch::config
