// SPDX-License-Identifier: BSD-3-Clause

#include "machine/hugepages.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <tuple>

#include "machine/read_text.hpp"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23  // Linux 5.14; linux/mman.h
#endif

namespace mcswitch::machine {
namespace fs = std::filesystem;
namespace {

void read_pools(const fs::path& folder, int node, std::vector<HugepagePool>& pools) {
  for (const fs::path& path : entries(folder)) {
    if (const auto kib = number_behind(path.filename().string(), "hugepages-", "kB")) {
      pools.push_back({*kib, node, number_or<std::size_t>(path / "nr_hugepages", 0),
                       number_or<std::size_t>(path / "free_hugepages", 0)});
    }
  }
}

// "office" of "officemap_12"; empty if it is no such name.
std::string_view prefix_of(std::string_view name) {
  constexpr std::string_view kBehind = "map_";
  const std::size_t at = name.rfind(kBehind);
  return at != std::string_view::npos && parse_number<unsigned>(name.substr(at + kBehind.size()))
             ? name.substr(0, at)
             : std::string_view{};
}

// KiB that the file keeps if no process holds it. DPDK holds a shared lock on each of its files.
std::size_t kept_by_nobody(const fs::path& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) {
    return 0;
  }
  struct stat status {};
  const bool is_free = flock(file, LOCK_EX | LOCK_NB) == 0 && fstat(file, &status) == 0;
  close(file);
  return is_free ? static_cast<std::size_t>(status.st_blocks) / 2 : 0;
}

void read_left(const fs::path& root, std::vector<HugepageFile>& left) {
  std::ifstream mounts{root / "proc/mounts"};
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words{line};
    std::string device;
    std::string folder;
    std::string type;
    if (!(words >> device >> folder >> type) || type != "hugetlbfs") {
      continue;
    }
    for (const fs::path& path : entries(root / fs::path{folder}.relative_path())) {
      if (prefix_of(path.filename().string()).empty()) {
        continue;
      }
      if (const std::size_t kib = kept_by_nobody(path); kib > 0) {
        left.push_back({path, kib});
      }
    }
  }
}

bool is_of(const HugepageFile& file, std::string_view name) {
  return prefix_of(file.path.filename().string()) == name;
}

template <typename Which>
std::size_t left_mib(const HugepageFacts& facts, Which&& which) {
  std::size_t kib = 0;
  for (const HugepageFile& file : facts.left) {
    kib += which(file) ? file.kib : 0;
  }
  return kib / 1024;
}

std::size_t mib(std::size_t pages, unsigned kib) { return pages * kib / 1024; }

std::string node_text(int node) { return node == kNoNode ? "" : fmt::format(" on node {}", node); }

// Reserves more of the smallest size, on the node where they should be.
std::string reserve_command(const HugepageFacts& facts, int node, std::size_t missing) {
  const HugepagePool* best = nullptr;
  for (const HugepagePool& pool : facts.pools) {
    if (best == nullptr || (pool.kib == best->kib && pool.node == node)) {
      best = &pool;
    }
  }
  if (best == nullptr) {
    return "boot a kernel that has huge pages (CONFIG_HUGETLBFS), or write hugepages = \"off\"";
  }
  const std::size_t pages = best->reserved + (missing * 1024 + best->kib - 1) / best->kib;
  const std::string folder = best->node == kNoNode
                                 ? std::string{"/sys/kernel/mm/hugepages"}
                                 : fmt::format("/sys/devices/system/node/node{}/hugepages", best->node);
  return fmt::format("echo {} > {}/hugepages-{}kB/nr_hugepages", pages, folder, best->kib);
}

// The files of others that keep pages from everybody, "/dev/hugepages/officemap_*", each prefix once.
std::string left_patterns(const HugepageFacts& facts, std::string_view name) {
  std::vector<std::string> patterns;
  for (const HugepageFile& file : facts.left) {
    const std::string text = file.path.filename().string();
    std::string pattern = fmt::format("{}/{}map_*", file.path.parent_path().string(), prefix_of(text));
    if (!is_of(file, name) && std::find(patterns.begin(), patterns.end(), pattern) == patterns.end()) {
      patterns.push_back(std::move(pattern));
    }
  }
  return fmt::format("{}", fmt::join(patterns, " "));
}

}  // namespace

HugepageFacts read_hugepages(const fs::path& root) {
  HugepageFacts facts;
  for (const fs::path& path : entries(root / "sys/devices/system/node")) {
    if (const auto node = number_behind(path.filename().string(), "node")) {
      read_pools(path / "hugepages", static_cast<int>(*node), facts.pools);
    }
  }
  // A kernel without NUMA has no such folders.
  if (facts.pools.empty()) {
    read_pools(root / "sys/kernel/mm/hugepages", kNoNode, facts.pools);
  }
  std::sort(facts.pools.begin(), facts.pools.end(), [](const HugepagePool& a, const HugepagePool& b) {
    return std::tie(a.kib, a.node) < std::tie(b.kib, b.node);
  });
  read_left(root, facts.left);
  return facts;
}

HugepagePlan plan_hugepages(const HugepageFacts& facts, int node, std::string_view name, std::size_t need) {
  const auto home = static_cast<std::size_t>(std::max(node, 0));
  const std::size_t own = left_mib(facts, [&](const HugepageFile& file) { return is_of(file, name); });
  std::vector<std::size_t> free(home + 1, 0);
  std::size_t all = own;
  for (const HugepagePool& pool : facts.pools) {
    const std::size_t at = pool.node == kNoNode ? home : static_cast<std::size_t>(pool.node);
    free.resize(std::max(free.size(), at + 1), 0);
    free[at] += mib(pool.free, pool.kib);
    all += mib(pool.free, pool.kib);
  }
  free[home] += own;  // Where they are is known once they are free.

  HugepagePlan plan;
  if (all < need) {
    plan.cause = fmt::format("{} MiB of huge pages are wanted and {} MiB are free", need, all);
    const std::size_t others = left_mib(facts, [&](const HugepageFile& file) { return !is_of(file, name); });
    if (others > 0) {
      plan.cause += fmt::format("; files that no process holds keep {} MiB more", others);
    }
    plan.advice =
        all + others >= need ? "rm " + left_patterns(facts, name) : reserve_command(facts, node, need - all);
    return plan;
  }
  if (free[home] < need) {
    plan.cause = fmt::format(
        "{} MiB of huge pages are wanted and {} MiB are free on node {} of the main core: packet buffers "
        "come "
        "to lie on another node",
        need, free[home], node);
    plan.advice = reserve_command(facts, node, need - free[home]);
  }
  // First at home, then where there are some.
  plan.node_mib.assign(free.size(), 0);
  plan.node_mib[home] = std::min(need, free[home]);
  std::size_t rest = need - plan.node_mib[home];
  for (std::size_t at = 0; at < free.size(); ++at) {
    const std::size_t more = at == home ? 0 : std::min(rest, free[at]);
    plan.node_mib[at] += more;
    rest -= more;
  }
  while (plan.node_mib.size() > 1 && plan.node_mib.back() == 0) {
    plan.node_mib.pop_back();
  }
  return plan;
}

std::optional<std::string> refused_hugepages(const HugepageFacts& facts, std::size_t need) {
  std::optional<std::string> refusal;
  for (std::size_t i = 0; i < facts.pools.size(); ++i) {
    const unsigned kib = facts.pools[i].kib;
    if (i > 0 && facts.pools[i - 1].kib == kib) {
      continue;
    }
    std::size_t free = 0;
    for (const HugepagePool& pool : facts.pools) {
      free += pool.kib == kib ? pool.free : 0;
    }
    const std::size_t pages = (need * 1024 + kib - 1) / kib;
    if (free < pages || pages == 0) {
      continue;
    }
    const std::size_t page = std::size_t{kib} * 1024;
    const int size = std::countr_zero(page) << MAP_HUGE_SHIFT;
    void* memory = mmap(nullptr, pages * page, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | size, -1, 0);
    int error = memory == MAP_FAILED ? errno : 0;
    if (memory != MAP_FAILED) {
      // Some limits count pages when they are used first, and would end the program. An old kernel cannot be
      // asked about these.
      error = madvise(memory, pages * page, MADV_POPULATE_WRITE) == 0 || errno == EINVAL ? 0 : errno;
      munmap(memory, pages * page);
    }
    if (error == 0) {
      return std::nullopt;
    }
    refusal = fmt::format(
        "the kernel refuses {} huge pages of {} KiB, although {} are free: {} (a limit of a "
        "control group or container?)",
        pages, kib, free, std::strerror(error));
  }
  return refusal;
}

std::size_t remove_left_hugepages(const HugepageFacts& facts, std::string_view name) {
  return left_mib(
      facts, [&](const HugepageFile& file) { return is_of(file, name) && unlink(file.path.c_str()) == 0; });
}

std::vector<std::string> describe_hugepages(const HugepageFacts& facts) {
  std::vector<std::string> lines;
  for (const HugepagePool& pool : facts.pools) {
    lines.push_back(fmt::format("memory: huge pages of {} KiB{}: {} reserved, {} free", pool.kib,
                                node_text(pool.node), pool.reserved, pool.free));
  }
  if (const std::size_t left = left_mib(facts, [](const HugepageFile&) { return true; }); left > 0) {
    lines.push_back(fmt::format("memory: huge pages that {} files of processes that have ended keep: {} MiB",
                                facts.left.size(), left));
  }
  return lines;
}

}  // namespace mcswitch::machine
