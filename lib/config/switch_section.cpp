// SPDX-License-Identifier: BSD-3-Clause

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "config/keywords.hpp"
#include "config/sections.hpp"

namespace mcswitch::config {

namespace {

// Processors that a cpu_set_t can name; what EAL and the machine have is checked when they are there.
constexpr IntegerRange kCores{0, 1023};
// kNoEntry - 1 of table/membership.hpp, which counts its entries with 24 bits.
constexpr IntegerRange kMaxGroups{1, 16'777'214};
constexpr IntegerRange kMaxPairs{1, 0x7fffffff};
// As GroupTable::kMostSources.
constexpr IntegerRange kMaxSourcesPerGroup{1, 65'000};
// 0: no host is tracked. Records are numbered with 24 bits.
constexpr IntegerRange kMaxHosts{0, 16'777'215};
constexpr IntegerRange kMaxMacs{1, 16'777'216};
// Below, the descriptors of two queues are not filled.
constexpr IntegerRange kMbufs{1024, 67'108'864};
// The upper end is that of IEEE 802.1Q for its Ageing Time.
constexpr TimeRange kMacAgingTime{std::chrono::seconds{1}, std::chrono::seconds{1'000'000}};

void read_name(TableReader& table, std::string& target) {
  std::string name;
  const Found found = table.string("name", name);
  if (!found.is_written()) {
    return;
  }
  // It becomes a directory below the runtime directory, so "." and ".." must not be possible.
  if (!is_name(name) || name.front() == '.') {
    table.mismatch(table.path("name"), {found.at, name}, kNameForm,
                   "it becomes a directory, so it must not begin with \".\" either");
    return;
  }
  target = std::move(name);
}

void read_worker_cores(TableReader& table, const Switch& sw, const Found& main_core,
                       std::vector<unsigned>& target, std::vector<Position>& places) {
  const std::string path = table.path("worker-cores");
  const Entry* const entry = table.entry("worker-cores");
  if (entry == nullptr) {
    // The default is a good core only while the main core is not the same.
    if (main_core.is_written() && std::find(target.begin(), target.end(), sw.main_core) != target.end()) {
      table.findings().error(main_core.at, fmt::format("switch.main-core is {}, which is also {} by default; "
                                                       "write {} with other cores",
                                                       sw.main_core, path, path));
    }
    return;
  }
  const Array* const array = table.array("worker-cores");
  if (array == nullptr) {
    return;
  }
  if (array->items.empty()) {
    table.findings().error(entry->node.at,
                           fmt::format("{} is empty; at least one worker core is needed, such as [1]", path));
    return;
  }
  if (array->items.size() > kMaxWorkers) {
    table.findings().error(array->items[kMaxWorkers].at,
                           fmt::format("there are {} cores in {}; at most {} workers are possible",
                                       array->items.size(), path, kMaxWorkers));
    return;
  }
  std::vector<unsigned> cores;
  for (const Node& item : array->items) {
    const auto* const core = std::get_if<std::int64_t>(&item.value);
    if (core == nullptr || *core < kCores.min || *core > kCores.max) {
      table.mismatch("each of " + path, item,
                     fmt::format("an integer from {} to {}", kCores.min, kCores.max));
      continue;
    }
    const auto id = static_cast<unsigned>(*core);
    if (std::find(cores.begin(), cores.end(), id) != cores.end()) {
      table.findings().error(
          item.at,
          fmt::format("core {} is listed twice in {}; each worker needs a core of its own", id, path));
      continue;
    }
    if (main_core.is_usable() && id == sw.main_core) {
      // On a machine with few cores that is better than one worker less.
      table.findings().warning(
          item.at, fmt::format("core {} in {} is also switch.main-core{}: the control thread takes time from "
                               "this worker; leaves and telemetry will wait, too",
                               id, path, main_core.is_written() ? "" : " (by default)"));
    }
    cores.push_back(id);
    places.push_back(item.at);
  }
  target = std::move(cores);
}

void read_eal_args(TableReader& table, std::vector<std::string>& target) {
  const Array* const array = table.array("eal-args");
  if (array == nullptr) {
    return;
  }
  for (const Node& item : array->items) {
    const auto* const argument = std::get_if<std::string>(&item.value);
    if (argument == nullptr || argument->empty() || argument->find('\0') != std::string::npos) {
      table.mismatch("each of " + table.path("eal-args"), item, "a string such as \"--no-pci\"");
      continue;
    }
    target.push_back(*argument);
  }
}

// There is a membership for each group and port; their memory is part of the group table.
void read_max_memberships(TableReader& table) {
  std::optional<std::uint32_t> limit;
  const Found found = table.integer_or_auto("max-memberships", kMaxPairs, limit);
  if (limit) {
    table.findings().error(
        found.at,
        fmt::format("{}: a limit other than groups times ports is not implemented yet; only \"auto\" is "
                    "possible",
                    table.path("max-memberships")));
  }
}

}  // namespace

bool is_name(const std::string& text) {
  constexpr std::size_t kLongest = 32;
  return !text.empty() && text.size() <= kLongest && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

Switch read_switch(TableReader& root, Places& places) {
  TableReader table = root.table("switch");
  Switch sw;
  read_name(table, sw.name);
  const Found main_core = table.integer("main-core", kCores, sw.main_core);
  places.main_core = main_core.is_written() ? main_core.at : Position{};
  read_worker_cores(table, sw, main_core, sw.worker_cores, places.worker_cores);
  table.choice("hugepages", kHugepagesWords, sw.hugepages);
  table.integer_or_auto("mbufs", kMbufs, sw.mbufs);
  table.integer("max-groups", kMaxGroups, sw.max_groups);
  table.integer("max-sources-per-group", kMaxSourcesPerGroup, sw.max_sources_per_group);
  read_max_memberships(table);
  table.integer_or_auto("max-hosts", kMaxHosts, sw.max_hosts);
  table.integer("max-macs", kMaxMacs, sw.max_macs);
  table.time("mac-aging-time", kMacAgingTime, sw.mac_aging_time);
  table.choice("log-level", kLogLevelWords, sw.log_level);
  read_eal_args(table, sw.eal_args);
  table.report_unknown_keys();
  return sw;
}

}  // namespace mcswitch::config
