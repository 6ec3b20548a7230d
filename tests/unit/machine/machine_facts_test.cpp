// SPDX-License-Identifier: BSD-3-Clause

#include "machine/machine_facts.hpp"

#include <gmock/gmock.h>

#include "fake_machine.hpp"

namespace mcswitch::machine {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;

TEST(CoreListText, IsReadAsTheKernelWritesIt) {
  EXPECT_THAT(parse_core_list("0-3,8"), ElementsAre(0, 1, 2, 3, 8));
  EXPECT_THAT(parse_core_list("7"), ElementsAre(7));
  EXPECT_THAT(parse_core_list(""), IsEmpty());
  EXPECT_THAT(parse_core_list("(null)"), IsEmpty()) << "an empty nohz_full";
}

TEST(CoreListText, NonsenseEndsTheList) {
  EXPECT_THAT(parse_core_list("2,x,5"), ElementsAre(2));
  EXPECT_THAT(parse_core_list("3-"), IsEmpty());
  EXPECT_THAT(parse_core_list("5-3"), IsEmpty());
  EXPECT_THAT(parse_core_list("0-4294967295"), IsEmpty()) << "not four thousand million cores";
}

TEST(CoreListText, IsWrittenInRanges) {
  EXPECT_EQ(core_list_text({0, 1, 2, 8, 10, 11}), "0-2,8,10-11");
  EXPECT_EQ(core_list_text({}), "");
}

TEST(MachineFacts, EmptyMachineIsUnknownAndNoError) {
  const FakeMachine machine;
  const MachineFacts facts = read_facts(machine.root());
  EXPECT_THAT(facts.online_cores, IsEmpty());
  EXPECT_THAT(facts.hugepages.pools, IsEmpty());
  EXPECT_THAT(facts.pci, IsEmpty());
  EXPECT_FALSE(facts.has_nohz_full);
  EXPECT_EQ(facts.available_kib, 0U);
  EXPECT_EQ(facts.process.effective_capabilities, 0U);
}

TEST(MachineFacts, CoresHaveNodesSiblingsGovernorsAndInterrupts) {
  FakeMachine machine;
  machine.file("sys/devices/system/cpu/online", "0-3")
      .file("sys/devices/system/cpu/isolated", "2-3")
      .file("sys/devices/system/cpu/nohz_full", "3")
      .file("sys/devices/system/cpu/cpu1/topology/thread_siblings_list", "1,3")
      .file("sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "powersave")
      .file("sys/devices/system/node/node0/cpulist", "0-1")
      .file("sys/devices/system/node/node1/cpulist", "2-3")
      .file("proc/irq/24/effective_affinity_list", "3")
      .folder("proc/irq/24/eth0-rx-0")
      .file("proc/irq/25/effective_affinity_list", "3")
      .file("proc/irq/26/effective_affinity_list", "1")
      .folder("proc/irq/26/eth0-tx-0")
      .file("proc/irq/default_smp_affinity", "f");
  const MachineFacts facts = read_facts(machine.root());
  EXPECT_THAT(facts.online_cores, ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(facts.isolated_cores, ElementsAre(2, 3));
  EXPECT_TRUE(facts.has_nohz_full);
  EXPECT_THAT(facts.nohz_full_cores, ElementsAre(3));
  EXPECT_EQ(facts.cores.at(1).node, 0);
  EXPECT_EQ(facts.cores.at(3).node, 1);
  EXPECT_THAT(facts.cores.at(1).siblings, ElementsAre(3)) << "without itself";
  EXPECT_EQ(facts.cores.at(1).governor, "powersave");
  EXPECT_EQ(facts.cores.at(0).governor, "");
  EXPECT_EQ(facts.cores.at(3).interrupts, 1U) << "25 has no handler";
  EXPECT_EQ(facts.cores.at(1).interrupts, 1U);
}

TEST(MachineFacts, MemoryThatIsAvailable) {
  FakeMachine machine;
  machine.file("proc/meminfo",
               "MemTotal:       16000000 kB\nMemAvailable:    5000000 kB\nHugepagesize:       2048 kB");
  EXPECT_EQ(read_facts(machine.root()).available_kib, 5000000U);
}

TEST(MachineFacts, PciFunctionsHaveDriverAndNode) {
  FakeMachine machine;
  machine.file("sys/bus/pci/devices/0000:03:00.0/numa_node", "1")
      .link("sys/bus/pci/devices/0000:03:00.0/driver", "../../../bus/pci/drivers/vfio-pci")
      .file("sys/bus/pci/devices/0000:05:00.0/numa_node", "-1")
      .folder("sys/kernel/iommu_groups/14")
      .folder("sys/kernel/iommu_groups/15")
      .file("sys/module/vfio/parameters/enable_unsafe_noiommu_mode", "Y");
  const MachineFacts facts = read_facts(machine.root());
  EXPECT_EQ(facts.pci.at("0000:03:00.0").driver, "vfio-pci");
  EXPECT_EQ(facts.pci.at("0000:03:00.0").node, 1);
  EXPECT_EQ(facts.pci.at("0000:05:00.0").driver, "");
  EXPECT_EQ(facts.pci.at("0000:05:00.0").node, kNoNode);
  EXPECT_EQ(facts.iommu_groups, 2U);
  EXPECT_TRUE(facts.allows_no_iommu);
}

TEST(MachineFacts, InterfacesHaveTheNodeOfTheirDevice) {
  FakeMachine machine;
  machine.file("sys/class/net/eth7/device/numa_node", "2").folder("sys/class/net/veth3");
  const MachineFacts facts = read_facts(machine.root());
  EXPECT_EQ(facts.interfaces.at("eth7").node, 2);
  EXPECT_EQ(facts.interfaces.at("veth3").node, kNoNode);
}

TEST(ProcessFacts, AreAffinityCapabilitiesAndTheLimitOfLockedMemory) {
  FakeMachine machine;
  machine
      .file("proc/self/status",
            "Name:\tmcswitch\nCapPrm:\t0000000000000000\nCapEff:\t0000000000003000\nCpus_allowed:\tc\n"
            "Cpus_allowed_list:\t2-3")
      .file("proc/self/limits",
            "Limit                     Soft Limit           Hard Limit           Units     \n"
            "Max locked memory         8388608              unlimited            bytes     ");
  const ProcessFacts facts = read_process(machine.root());
  EXPECT_THAT(facts.usable_cores, ElementsAre(2, 3));
  EXPECT_EQ(facts.effective_capabilities, 0x3000U);
  EXPECT_EQ(facts.locked_memory, 8388608U);
}

TEST(ProcessFacts, UnlimitedLockedMemoryHasNoLimit) {
  FakeMachine machine;
  machine.file("proc/self/limits",
               "Max locked memory         unlimited            unlimited            bytes");
  EXPECT_EQ(read_process(machine.root()).locked_memory, std::nullopt);
}

// The real machine, of which every Linux says at least this much.
TEST(ProcessFacts, OfThisProcessHaveACore) {
  EXPECT_THAT(read_process("/").usable_cores, testing::Not(IsEmpty()));
  EXPECT_THAT(read_online_cores("/"), testing::Not(IsEmpty()));
}

}  // namespace
}  // namespace mcswitch::machine
