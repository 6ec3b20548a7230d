// SPDX-License-Identifier: BSD-3-Clause

#include "control/proxy_reports.hpp"

namespace mcswitch::control {

using membership::FilterMode;
using membership::Sources;
using table::EntryId;
using table::EntryKind;

namespace {

// Of one run: groups, about 2 us each with a handful of sources; and sources, as long as there are fewer so
// far.
constexpr std::size_t kChangesPerRun = 32;
constexpr std::size_t kSourcesPerRun = 1024;

}  // namespace

ProxyReports::ProxyReports(const VlanSettings& settings, MacAddress switch_mac, std::uint64_t seed)
    : vlan_{settings.vlan},
      igmp_{settings.igmp},
      proxy_{std::make_unique<Proxy>(Proxy::Settings{.vlan = settings.vlan,
                                                     .source_mac = switch_mac,
                                                     .address = settings.igmp.proxy_address,
                                                     .intervals = settings.igmp.intervals,
                                                     .seed = seed ^ settings.vlan})} {}

FilterMode ProxyReports::merge(const table::GroupControl& groups, const table::GroupKey& key,
                               Sources& sources) {
  sources.clear();
  const EntryId id = groups.find_entry(key);
  if (id == table::kNoEntry) {
    return FilterMode::include;
  }
  const PortSet any = groups.ports(id);
  groups.for_each_child(id, [&](EntryId child) {
    const IpAddress source = groups.source(child);
    if (any.empty()) {
      if (groups.kind(child) == EntryKind::requested) {
        sources.push_back(source);
      }
      return;
    }
    if (groups.kind(child) == EntryKind::excluded && (groups.ports(child) & any) == any &&
        groups.find_source(EntryKind::requested, id, groups.source(child)) == table::kNoEntry) {
      sources.push_back(source);
    }
  });
  membership::make_set(sources);
  return any.empty() ? FilterMode::include : FilterMode::exclude;
}

FilterMode ProxyReports::wanted(const table::GroupControl& groups, const table::GroupKey& key) {
  const FilterMode mode = merge(groups, key, sources_);
  if (mode == FilterMode::include || !igmp_.is_source_specific(key.group)) {
    return mode;
  }
  // Some port has the group by configuration.
  sources_.clear();
  groups.for_each_child(groups.find_entry(key), [&](EntryId child) {
    if (groups.kind(child) == EntryKind::requested) {
      sources_.push_back(groups.source(child));
    }
  });
  membership::make_set(sources_);
  return FilterMode::include;
}

void ProxyReports::on_query(const table::QueryMessage& query, const Sources& sources, TimePoint now) {
  proxy_->on_query({.version = query.version,
                    .group = query.group,
                    .sources = sources,
                    .max_resp_time = query.max_resp_time,
                    .robustness_variable = query.robustness_variable},
                   now);
}

void ProxyReports::on_own_query(const VlanControl& vlan, TimePoint now) {
  proxy_->on_query({.version = vlan.querier().own_version(),
                    .max_resp_time = vlan.response_interval(),
                    .robustness_variable = vlan.settings().igmp.intervals.robustness_variable},
                   now);
}

std::size_t ProxyReports::run(const table::GroupControl& groups, PortSet routers, FrameSink& sink,
                              TimePoint now) {
  std::size_t sources = 0;
  for (std::size_t n = 0; n < kChangesPerRun && sources < kSourcesPerRun && !changed_.empty(); ++n) {
    const IpAddress group = *changed_.begin();
    changed_.erase(changed_.begin());
    const table::GroupKey key{vlan_, group};
    if (const EntryId id = groups.find_entry(key); id != table::kNoEntry) {
      sources += groups.source_count(id);
    }
    const FilterMode mode = wanted(groups, key);
    proxy_->set(group, mode, sources_, now);
  }
  return proxy_->next() <= now ? proxy_->on_time(now, sink, routers) : 0;
}

TimePoint ProxyReports::next() const { return changed_.empty() ? proxy_->next() : TimePoint::min(); }

}  // namespace mcswitch::control
