// SPDX-License-Identifier: BSD-3-Clause

#include "mcsctl/records.hpp"

#include <algorithm>
#include <compare>

#include "base/net_text.hpp"

namespace mcswitch::mcsctl {

namespace {

std::strong_ordering compare(const Value& a, const Value& b, KeyKind kind) {
  const auto* text_a = std::get_if<std::string>(&a);
  const auto* text_b = std::get_if<std::string>(&b);
  if (kind == KeyKind::address && text_a != nullptr && text_b != nullptr) {
    // nullopt, which is "*", comes before every address; IPv4 is ::ffff:0:0/96 and before IPv6
    // multicast.
    const auto order = parse_ip(*text_a) <=> parse_ip(*text_b);
    return order != 0 ? order : *text_a <=> *text_b;
  }
  return a <=> b;
}

}  // namespace

void sort_records(Records& records, std::size_t key_count) {
  if (key_count == 0) {
    return;
  }
  using Row = std::vector<Value>;
  const auto order = [&](const Row& a, const Row& b) {
    for (std::size_t i = 0; i < key_count; ++i) {
      const auto result = compare(a[i], b[i], records.keys[i].kind);
      if (result != 0) {
        return result;
      }
    }
    return std::strong_ordering::equal;
  };
  // Reversed and sorted stably, so that the last received of equal rows is their first.
  std::reverse(records.rows.begin(), records.rows.end());
  std::stable_sort(records.rows.begin(), records.rows.end(),
                   [&](const Row& a, const Row& b) { return order(a, b) < 0; });
  const auto end = std::unique(records.rows.begin(), records.rows.end(),
                               [&](const Row& a, const Row& b) { return order(a, b) == 0; });
  records.rows.erase(end, records.rows.end());
}

}  // namespace mcswitch::mcsctl
