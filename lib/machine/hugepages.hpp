// SPDX-License-Identifier: BSD-3-Clause
//
// Huge pages: which there are, which of them the switch takes, and why it takes none.
//
// The switch maps them without files (DPDK's --in-memory), so that it needs no hugetlbfs and no right to one,
// and leaves nothing behind, however it ends. Programs that use files leave them behind with a kill, and the
// files keep their pages; earlier versions of mcswitch did so with every end.
//
// Threads: main.

#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mcswitch::machine {

inline constexpr int kNoNode = -1;  // NUMA node: none, or not known

struct HugepagePool {
  unsigned kib = 0;  // size of a page
  int node = kNoNode;
  std::size_t reserved = 0;  // pages
  std::size_t free = 0;
};

// A file of DPDK's in a hugetlbfs, PREFIXmap_NUMBER, that no process holds any more.
struct HugepageFile {
  std::filesystem::path path;
  std::size_t kib = 0;  // of the pages that it keeps
};

struct HugepageFacts {
  std::vector<HugepagePool> pools;  // by size, then node
  std::vector<HugepageFile> left;   // in every hugetlbfs that this process can read
};

// Below `root`, which is "/" but in tests. To see whether a file is held it is locked for a moment.
HugepageFacts read_hugepages(const std::filesystem::path& root);

// What `need` MiB would take.
struct HugepagePlan {
  // MiB to take on each node, from node 0 on; empty: they cannot be had.
  std::vector<std::size_t> node_mib;
  std::string cause;   // why they cannot be had, or why they are not where they should be; else empty
  std::string advice;  // the command for it; it only adds pages, and never takes those of others

  [[nodiscard]] bool is_possible() const { return !node_mib.empty(); }
};

// `node`: of the main core, where they should be. `name`: switch.name; what earlier runs of it have left
// counts as free, because the start removes it.
HugepagePlan plan_hugepages(const HugepageFacts& facts, int node, std::string_view name, std::size_t need);

// Asks the kernel for `need` MiB of one of the sizes, and gives them back at once: control groups and
// containers refuse pages that are free by the numbers. What it says, or nothing: then they can be had.
// Not asked where only several sizes together have enough.
std::optional<std::string> refused_hugepages(const HugepageFacts& facts, std::size_t need);

// Removes what earlier runs of this name have left. Returns the MiB that are free by it.
std::size_t remove_left_hugepages(const HugepageFacts& facts, std::string_view name);

// The state of huge pages, a line for each size and node.
std::vector<std::string> describe_hugepages(const HugepageFacts& facts);

}  // namespace mcswitch::machine
