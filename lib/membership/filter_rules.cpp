// SPDX-License-Identifier: BSD-3-Clause

#include "membership/filter_rules.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <iterator>
#include <span>

namespace mcswitch::membership {
namespace {

// Where a source stands: A is the list of the record, X the requested sources (in mode INCLUDE, where the
// RFC writes A and B, X is its A and A its B), Y the excluded ones. X and Y have no source in common, so
// these five have none either, and are all there is.
using Places = std::uint8_t;
constexpr Places kNowhere = 0;
constexpr Places kNew = 1;         // A-X-Y
constexpr Places kListedX = 2;     // A*X
constexpr Places kListedY = 4;     // A*Y
constexpr Places kUnlistedX = 8;   // X-A
constexpr Places kUnlistedY = 16;  // Y-A
constexpr Places kListed = kNew | kListedX | kListedY;
constexpr Places kUnlisted = kUnlistedX | kUnlistedY;
constexpr Places kListedNotY = kNew | kListedX;  // A-Y

// A row of the tables in sections 6.4.1 and 6.4.2: whose timers are set, and how.
struct Row {
  Places start = kNowhere;
  Places start_as_group = kNowhere;
  Places exclude = kNowhere;
  Places forget = kNowhere;
  Places query = kNowhere;
  bool query_group = false;
  bool is_exclude = false;  // IS_EX, TO_EX: mode EXCLUDE, group timer := GMI
};

constexpr std::size_t kTypes = 6;

// In the order of RecordType. INCLUDE has no Y, so A-X-Y is A-X.
constexpr std::array<Row, kTypes> kInclude{{
    {.start = kListed},                                                             // IS_IN
    {.exclude = kNew, .forget = kUnlisted, .is_exclude = true},                     // IS_EX
    {.start = kListed, .query = kUnlistedX},                                        // TO_IN
    {.exclude = kNew, .forget = kUnlisted, .query = kListedX, .is_exclude = true},  // TO_EX
    {.start = kListed},                                                             // ALLOW
    {.query = kListedX},                                                            // BLOCK
}};
constexpr std::array<Row, kTypes> kExclude{{
    {.start = kListed},                                                                       // IS_IN
    {.start = kNew, .forget = kUnlisted, .is_exclude = true},                                 // IS_EX
    {.start = kListed, .query = kUnlistedX, .query_group = true},                             // TO_IN
    {.start_as_group = kNew, .forget = kUnlisted, .query = kListedNotY, .is_exclude = true},  // TO_EX
    {.start = kListed},                                                                       // ALLOW
    {.start_as_group = kNew, .query = kListedNotY},                                           // BLOCK
}};

// The front of a set that is walked through from its smallest source on.
class Front {
 public:
  explicit Front(std::span<const IpAddress> sources) : left_{sources} {}
  [[nodiscard]] bool is_end() const { return left_.empty(); }
  [[nodiscard]] const IpAddress& source() const { return left_.front(); }
  // Steps over `source` if it is next; was it?
  bool take(const IpAddress& source) {
    if (left_.empty() || left_.front() != source) {
      return false;
    }
    left_ = left_.subspan(1);
    return true;
  }

 private:
  std::span<const IpAddress> left_;
};

Places place_of(bool in_listed, bool in_x, bool in_y) {
  if (in_listed) {
    return in_x ? kListedX : in_y ? kListedY : kNew;
  }
  return in_x ? kUnlistedX : kUnlistedY;
}

bool is_set(const Sources& sources) {
  return std::adjacent_find(sources.begin(), sources.end(),
                            [](const IpAddress& a, const IpAddress& b) { return a >= b; }) == sources.end();
}

bool has(const Sources& sources, const IpAddress& source) {
  return std::binary_search(sources.begin(), sources.end(), source);
}

Sources plus(const Sources& a, const Sources& b) {
  Sources sum;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(sum));
  return sum;
}

Sources minus(const Sources& a, const Sources& b) {
  Sources rest;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(rest));
  return rest;
}

// Section 7.3.2.
bool is_ignored(proto::RecordType type, Compatibility compatibility) {
  switch (type) {
    case proto::RecordType::block_old_sources:
      return compatibility != Compatibility::v3;
    case proto::RecordType::change_to_include_mode:
      return compatibility == Compatibility::v1;
    default:
      return false;
  }
}

bool is_list_ignored(proto::RecordType type, Compatibility compatibility) {
  return type == proto::RecordType::change_to_exclude_mode && compatibility != Compatibility::v3;
}

}  // namespace

void make_set(Sources& sources) {
  // Most are in order already: hosts list sources so, and the table has them in the order in which they came.
  if (!std::is_sorted(sources.begin(), sources.end())) {
    std::sort(sources.begin(), sources.end());
  }
  sources.erase(std::unique(sources.begin(), sources.end()), sources.end());
}

bool accepts(const PortFilter& filter, const IpAddress& source) {
  return filter.mode == FilterMode::include ? has(filter.requested, source) : !has(filter.excluded, source);
}

void RecordEffects::clear() {
  mode = FilterMode::include;
  restart_group_timer = false;
  query_group = false;
  for (Sources* list : {&start, &start_as_group, &exclude, &forget, &query_sources}) {
    list->clear();
  }
}

void apply_record(const PortFilter& filter, proto::RecordType type, const Sources& listed,
                  Compatibility compatibility, RecordEffects& out) {
  assert(is_set(listed) && is_set(filter.requested) && is_set(filter.excluded));
  assert(filter.mode == FilterMode::exclude || filter.excluded.empty());
  out.clear();
  out.mode = filter.mode;
  const std::size_t index = static_cast<std::size_t>(type) - 1;
  if (index >= kTypes || is_ignored(type, compatibility)) {
    return;
  }
  const Row& row = (filter.mode == FilterMode::include ? kInclude : kExclude)[index];
  if (row.is_exclude) {
    out.mode = FilterMode::exclude;
    out.restart_group_timer = true;
  }
  out.query_group = row.query_group;

  Front a{is_list_ignored(type, compatibility) ? std::span<const IpAddress>{} : listed};
  Front x{filter.requested};
  Front y{filter.excluded};
  while (!a.is_end() || !x.is_end() || !y.is_end()) {
    // Some front is not at its end, so this is its source if it has no smaller one.
    IpAddress source{UINT64_MAX, UINT64_MAX};
    for (const Front* front : {&a, &x, &y}) {
      source = front->is_end() ? source : std::min(source, front->source());
    }
    const bool in_listed = a.take(source);
    const bool in_x = x.take(source);
    const bool in_y = y.take(source);
    assert(!in_x || !in_y);
    const Places place = place_of(in_listed, in_x, in_y);
    const auto put = [source, place](Sources& list, Places places) {
      if ((places & place) != 0) {
        list.push_back(source);
      }
    };
    put(out.start, row.start);
    put(out.start_as_group, row.start_as_group);
    put(out.exclude, row.exclude);
    put(out.forget, row.forget);
    put(out.query_sources, row.query);
  }
}

PortFilter after(const PortFilter& filter, const RecordEffects& effects) {
  const Sources started = plus(effects.start, effects.start_as_group);
  return {.mode = effects.mode,
          .requested = minus(plus(filter.requested, started), effects.forget),
          .excluded = minus(minus(plus(filter.excluded, effects.exclude), effects.forget), started)};
}

PortFilter after_group_timer(const PortFilter& filter) {
  return {.mode = FilterMode::include, .requested = filter.requested, .excluded = {}};
}

PortFilter after_source_timer(const PortFilter& filter, const IpAddress& source) {
  PortFilter result = filter;
  const auto at = std::lower_bound(result.requested.begin(), result.requested.end(), source);
  if (at == result.requested.end() || *at != source) {
    return result;
  }
  result.requested.erase(at);
  if (filter.mode == FilterMode::exclude) {
    result.excluded.insert(std::lower_bound(result.excluded.begin(), result.excluded.end(), source), source);
  }
  return result;
}

}  // namespace mcswitch::membership
