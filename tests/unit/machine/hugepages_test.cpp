// SPDX-License-Identifier: BSD-3-Clause

#include "machine/hugepages.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <unistd.h>

#include <string>

#include "fake_machine.hpp"

namespace mcswitch::machine {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

auto pool(unsigned kib, int node, std::size_t reserved, std::size_t free) {
  return AllOf(Field(&HugepagePool::kib, kib), Field(&HugepagePool::node, node),
               Field(&HugepagePool::reserved, reserved), Field(&HugepagePool::free, free));
}

TEST(HugepageFacts, AreCountedForEachSizeAndNode) {
  FakeMachine machine;
  machine.file("sys/devices/system/node/node1/hugepages/hugepages-2048kB/nr_hugepages", "300")
      .file("sys/devices/system/node/node1/hugepages/hugepages-2048kB/free_hugepages", "120")
      .file("sys/devices/system/node/node0/hugepages/hugepages-2048kB/nr_hugepages", "70")
      .file("sys/devices/system/node/node0/hugepages/hugepages-2048kB/free_hugepages", "7")
      .file("sys/devices/system/node/node0/hugepages/hugepages-1048576kB/nr_hugepages", "2")
      .file("sys/devices/system/node/node0/hugepages/hugepages-1048576kB/free_hugepages", "1")
      // The same pages once more: they do not count twice.
      .file("sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "370");
  EXPECT_THAT(read_hugepages(machine.root()).pools,
              ElementsAre(pool(2048, 0, 70, 7), pool(2048, 1, 300, 120), pool(1048576, 0, 2, 1)));
}

TEST(HugepageFacts, OfAMachineWithoutNodes) {
  FakeMachine machine;
  machine.file("sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages", "9")
      .file("sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "4");
  EXPECT_THAT(read_hugepages(machine.root()).pools, ElementsAre(pool(2048, kNoNode, 9, 4)));
}

// Two file systems with files of two programs. One file of each has a process.
class LeftHugepages : public testing::Test {
 protected:
  LeftHugepages() {
    machine_
        .file("proc/mounts",
              "proc /proc proc rw 0 0\nnone /dev/hugepages hugetlbfs rw,relatime 0 0\n"
              "none /huge1g hugetlbfs rw,relatime,pagesize=1024M 0 0\n/dev/sda1 / ext4 rw 0 0")
        .file("dev/hugepages/officemap_3", mebibytes(2))
        .file("dev/hugepages/officemap_4", mebibytes(2))
        .file("dev/hugepages/officemap_held", mebibytes(2))
        .file("dev/hugepages/office", mebibytes(2))
        .file("huge1g/ovsmap_0", mebibytes(4))
        .file("huge1g/ovsmap_1", mebibytes(4))
        .file("tmp/officemap_9", mebibytes(2));
    held_ = open((machine_.root() / "huge1g/ovsmap_1").c_str(), O_RDONLY | O_CLOEXEC);
    EXPECT_EQ(flock(held_, LOCK_SH), 0);
  }
  ~LeftHugepages() override { close(held_); }

  // All but the end of line that the file gets.
  static std::string mebibytes(std::size_t count) { return std::string(count * 1024 * 1024 - 1, 'x'); }

  FakeMachine machine_;
  int held_ = -1;
};

TEST_F(LeftHugepages, AreFilesOfDpdkThatNoProcessHolds) {
  const auto file = [&](std::string_view path, std::size_t kib) {
    return AllOf(Field(&HugepageFile::path, machine_.root() / path), Field(&HugepageFile::kib, kib));
  };
  EXPECT_THAT(read_hugepages(machine_.root()).left,
              ElementsAre(file("dev/hugepages/officemap_3", 2048), file("dev/hugepages/officemap_4", 2048),
                          file("huge1g/ovsmap_0", 4096)));
}

TEST_F(LeftHugepages, OfItsOwnNameAreRemovedByTheStart) {
  EXPECT_EQ(remove_left_hugepages(read_hugepages(machine_.root()), "office"), 4U);
  EXPECT_FALSE(std::filesystem::exists(machine_.root() / "dev/hugepages/officemap_3"));
  EXPECT_FALSE(std::filesystem::exists(machine_.root() / "dev/hugepages/officemap_4"));
  EXPECT_TRUE(std::filesystem::exists(machine_.root() / "dev/hugepages/officemap_held"));
  EXPECT_TRUE(std::filesystem::exists(machine_.root() / "huge1g/ovsmap_0"));
  EXPECT_EQ(remove_left_hugepages(read_hugepages(machine_.root()), "off"), 0U) << "another name";
}

HugepageFacts two_nodes(std::size_t free_on_0, std::size_t free_on_1) {
  return {.pools = {{2048, 0, 100, free_on_0}, {2048, 1, 90, free_on_1}}, .left = {}};
}

TEST(HugepagePlan, TakesThemOnTheNodeOfTheMainCore) {
  const HugepagePlan plan = plan_hugepages(two_nodes(50, 60), 1, "office", 100);
  EXPECT_THAT(plan.node_mib, ElementsAre(0, 100));
  EXPECT_THAT(plan.cause, IsEmpty());
  EXPECT_THAT(plan_hugepages(two_nodes(50, 60), 0, "office", 100).node_mib, ElementsAre(100));
}

TEST(HugepagePlan, TakesTheRestOnOtherNodesAndSaysSo) {
  const HugepagePlan plan = plan_hugepages(two_nodes(20, 90), 0, "office", 100);
  EXPECT_THAT(plan.node_mib, ElementsAre(40, 60));
  EXPECT_THAT(plan.cause, AllOf(HasSubstr("40 MiB are free on node 0"), HasSubstr("another node")));
  EXPECT_THAT(plan.advice, HasSubstr("echo 130 > /sys/devices/system/node/node0/"));
}

TEST(HugepagePlan, WithoutNodesThereIsOne) {
  const HugepageFacts facts{.pools = {{2048, kNoNode, 64, 60}}, .left = {}};
  EXPECT_THAT(plan_hugepages(facts, kNoNode, "office", 120).node_mib, ElementsAre(120));
  EXPECT_THAT(plan_hugepages(facts, kNoNode, "office", 121).advice,
              AllOf(HasSubstr("echo 65 > /sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages")));
}

// Pages that others use stay reserved for them: 90 are, 60 of these are used, and 70 are missing.
TEST(HugepagePlan, AdviceAddsToWhatIsReserved) {
  const HugepagePlan plan = plan_hugepages(two_nodes(0, 30), 1, "office", 200);
  EXPECT_FALSE(plan.is_possible());
  EXPECT_EQ(plan.cause, "200 MiB of huge pages are wanted and 60 MiB are free");
  EXPECT_THAT(plan.advice,
              HasSubstr("echo 160 > /sys/devices/system/node/node1/hugepages/hugepages-2048kB/"));
}

TEST(HugepagePlan, WhatEarlierRunsOfTheNameLeftIsFree) {
  HugepageFacts facts = two_nodes(8, 0);
  facts.left = {{"/dev/hugepages/officemap_0", 2048 * 24}};
  EXPECT_THAT(plan_hugepages(facts, 0, "office", 64).node_mib, ElementsAre(64));
  const HugepagePlan plan = plan_hugepages(facts, 0, "office", 66);
  EXPECT_THAT(plan.cause, HasSubstr("64 MiB are free"));
  EXPECT_THAT(plan.advice, HasSubstr("echo 101 > "));
}

TEST(HugepagePlan, WhatAnotherProgramLeftIsNamed) {
  HugepageFacts facts = two_nodes(8, 0);
  facts.left = {{"/dev/hugepages/othermap_0", 2048 * 12}, {"/dev/hugepages/othermap_1", 2048 * 12}};
  const HugepagePlan plan = plan_hugepages(facts, 0, "office", 64);
  EXPECT_FALSE(plan.is_possible());
  EXPECT_THAT(plan.cause, AllOf(HasSubstr("16 MiB are free"), HasSubstr("no process holds keep 48 MiB")));
  EXPECT_EQ(plan.advice, "rm /dev/hugepages/othermap_*");
  EXPECT_THAT(plan_hugepages(facts, 0, "office", 66).advice, Not(HasSubstr("rm "))) << "not enough either";
}

TEST(HugepagePlan, KernelWithoutHugePagesIsSaid) {
  EXPECT_THAT(plan_hugepages({}, kNoNode, "office", 64).advice, HasSubstr("CONFIG_HUGETLBFS"));
}

// There are no pages of this size anywhere, whatever the numbers say.
TEST(RefusedHugepages, AreThoseThatTheKernelDoesNotGive) {
  const HugepageFacts facts{.pools = {{4096, 0, 100, 100}, {8192, 0, 1, 1}}, .left = {}};
  const auto refusal = refused_hugepages(facts, 40);
  ASSERT_TRUE(refusal);
  EXPECT_THAT(*refusal, AllOf(HasSubstr("refuses 10 huge pages of 4096 KiB"), HasSubstr("100 are free")));
}

TEST(HugepageDescription, IsALineForEachPool) {
  HugepageFacts facts = two_nodes(5, 6);
  EXPECT_THAT(describe_hugepages(facts),
              ElementsAre("memory: huge pages of 2048 KiB on node 0: 100 reserved, 5 free",
                          "memory: huge pages of 2048 KiB on node 1: 90 reserved, 6 free"));
  facts.left = {{"/dev/hugepages/othermap_0", 2048}, {"/dev/hugepages/othermap_1", 2048}};
  EXPECT_THAT(describe_hugepages(facts).back(),
              HasSubstr("2 files of processes that have ended keep: 4 MiB"));
}

}  // namespace
}  // namespace mcswitch::machine
