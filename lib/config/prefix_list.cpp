// SPDX-License-Identifier: BSD-3-Clause

#include "config/prefix_list.hpp"

#include <fmt/format.h>

#include "base/net_text.hpp"

namespace mcswitch::config {

namespace {

std::optional<Ipv4Prefix> read_prefix(TableReader& table, const PrefixList& list, const std::string& path,
                                      const Node& item) {
  const auto* const text = std::get_if<std::string>(&item.value);
  const auto prefix = text == nullptr ? std::nullopt : list.parse(*text);
  if (!prefix) {
    table.mismatch("each of " + path, item, list.expected);
    return std::nullopt;
  }
  if (prefix->network() != prefix->address) {
    table.findings().error(
        item.at, fmt::format("{} in {} has bits set behind its length; write \"{}\"", in_quotes(*text), path,
                             to_string(Ipv4Prefix{prefix->network(), prefix->length})));
    return std::nullopt;
  }
  return prefix;
}

}  // namespace

bool read_prefix_list(TableReader& table, const PrefixList& list,
                      const std::function<void(Ipv4Prefix, const Node&)>& take) {
  const Array* const array = table.array(list.key);
  if (array == nullptr) {
    return false;
  }
  const std::string path = table.path(list.key);
  if (array->items.size() > list.most) {
    table.findings().error(array->items[list.most].at,
                           fmt::format("there are {} prefixes in {}; at most {} are possible",
                                       array->items.size(), path, list.most));
    return false;
  }
  for (const Node& item : array->items) {
    if (const auto prefix = read_prefix(table, list, path, item)) {
      take(*prefix, item);
    }
  }
  return true;
}

}  // namespace mcswitch::config
