// SPDX-License-Identifier: BSD-3-Clause

#include "machine/machine_rules.hpp"

#include <gmock/gmock.h>
#include <linux/capability.h>

namespace mcswitch::machine {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::ResultOf;

constexpr std::uint64_t bit(int capability) { return std::uint64_t{1} << capability; }

constexpr dataplane::PortFamily kRows[] = {
    {.name = "card", .device_prefix = "", .locks_memory = true},
    {.name = "socket",
     .device_prefix = "net_af_packet",
     .max_rx_queues = 1,
     .max_tx_queues = 1,
     .capabilities = bit(CAP_NET_RAW) | bit(CAP_NET_ADMIN)},
    {.name = "ring", .device_prefix = "net_ring", .max_rx_queues = 1, .max_tx_queues = 1},
};
constexpr dataplane::PortFamilies kFamilies{kRows};

config::Port port(std::string name, std::string device) {
  config::Port made;
  made.name = std::move(name);
  made.device = std::move(device);
  return made;
}

config::Config config_with(std::vector<unsigned> workers, std::vector<config::Port> ports = {}) {
  config::Config config;
  config.sw.worker_cores = std::move(workers);
  config.ports = std::move(ports);
  return config;
}

// The whole line of a finding.
template <typename... Words>
auto line(const Words&... words) {
  return ResultOf([](const MachineFinding& f) { return f.text(); }, AllOf(HasSubstr(words)...));
}

// Four cores, the last two of which are as a worker wants them.
MachineFacts tuned() {
  MachineFacts facts;
  facts.online_cores = {0, 1, 2, 3};
  facts.isolated_cores = {2, 3};
  facts.nohz_full_cores = {2, 3};
  facts.has_nohz_full = true;
  for (const unsigned core : facts.online_cores) {
    facts.cores[core].node = core < 2 ? 0 : 1;
  }
  return facts;
}

TEST(MachineFindingText, IsOneLineWithTheCommandAtItsEnd) {
  const MachineFinding finding{Severity::warning, "memory", "too little", "buy some"};
  EXPECT_EQ(finding.text(), "warning: memory: too little; fix: buy some");
  EXPECT_EQ((MachineFinding{Severity::error, "a", "b", ""}.text()), "error: a: b");
  EXPECT_EQ((MachineFinding{Severity::notice, "a", "b", ""}.text()), "notice: a: b");
}

TEST(CoresCheck, TunedMachineHasNothingToSay) {
  EXPECT_THAT(check_cores(config_with({2, 3}), tuned()), IsEmpty());
}

TEST(CoresCheck, CoresThatAreNotThereAreNotJudged) {
  MachineFacts facts = tuned();
  facts.isolated_cores = {};
  EXPECT_THAT(check_cores(config_with({7}), facts), IsEmpty());
  EXPECT_THAT(check_cores(config_with({7, 3}), facts), ElementsAre(line("worker core 3", "isolcpus=3")));
}

TEST(CoresCheck, CoreThatIsNotIsolatedNamesTheKernelParameters) {
  MachineFacts facts = tuned();
  facts.isolated_cores = {3};
  EXPECT_THAT(check_cores(config_with({3, 2}), facts),
              ElementsAre(line("warning: worker core 2: not isolated",
                               "isolcpus=2-3 nohz_full=2-3 rcu_nocbs=2-3 irqaffinity=0-1")));
}

TEST(CoresCheck, TickIsNamedWhereTheKernelCanDoWithout) {
  MachineFacts facts = tuned();
  facts.nohz_full_cores = {};
  EXPECT_THAT(check_cores(config_with({2}), facts), ElementsAre(line("worker core 2: isolated", "tick")));
  facts.has_nohz_full = false;
  EXPECT_THAT(check_cores(config_with({2}), facts), IsEmpty());
}

TEST(CoresCheck, WorkerOnCoreZeroIsAWarning) {
  MachineFacts facts = tuned();
  facts.isolated_cores = facts.nohz_full_cores = {0};
  EXPECT_THAT(check_cores(config_with({0}), facts),
              ElementsAre(line("worker core 0", "core 0", "such as 3")));
}

TEST(CoresCheck, HyperthreadOfAnotherWorkerIsSaidOnce) {
  MachineFacts facts = tuned();
  facts.cores[2].siblings = {3};
  facts.cores[3].siblings = {2};
  EXPECT_THAT(check_cores(config_with({2, 3}), facts),
              ElementsAre(line("worker core 2", "another worker on its hyperthread 3")));
}

TEST(CoresCheck, HyperthreadOfOthersIsNamedWithWhatRunsThere) {
  MachineFacts facts = tuned();
  facts.cores[2].siblings = {0};
  facts.cores[3].siblings = {1};
  EXPECT_THAT(check_cores(config_with({2, 3}), facts),
              ElementsAre(line("worker core 2", "the control thread on its hyperthread 0"),
                          line("worker core 3", "hyperthread 1", "echo 0 > ", "cpu1/online")));
  facts.online_cores = {0, 2, 3};
  EXPECT_THAT(check_cores(config_with({3}), facts), IsEmpty()) << "hyperthread 1 is off";
}

TEST(CoresCheck, InterruptsOnWorkersAreCounted) {
  MachineFacts facts = tuned();
  facts.cores[0].interrupts = 40;
  facts.cores[2].interrupts = 1;
  facts.cores[3].interrupts = 4;
  EXPECT_THAT(check_cores(config_with({2, 3}), facts),
              ElementsAre(line("worker cores 2-3: 5 interrupts", "echo 0-1 > $f")));
  EXPECT_THAT(check_cores(config_with({2}), facts), ElementsAre(line("worker core 2: 1 interrupt of")));
}

TEST(CoresCheck, GovernorThatIsNotPerformanceIsAWarning) {
  MachineFacts facts = tuned();
  facts.cores[2].governor = "performance";
  facts.cores[3].governor = "powersave";
  facts.cores[0].governor = "powersave";
  EXPECT_THAT(check_cores(config_with({2, 3}), facts),
              ElementsAre(line("worker core 3", "\"powersave\"", "for c in 3; do echo performance")));
}

// --- cores that do not exist

config::LoadResult loaded(std::string_view sw) {
  return config::load_text("[switch]\n" + std::string{sw} +
                               "\n[[port]]\nname = \"a\"\ndevice = \"net_ring5\"\n"
                               "[[port]]\nname = \"b\"\ndevice = \"net_ring6\"\n",
                           "t.toml");
}

TEST(MissingCores, AreNamedAtTheirPlace) {
  ProcessFacts process;
  process.usable_cores = {0, 1, 2};
  const auto result = loaded("worker-cores = [2, 9]");
  const auto findings = missing_cores(result, process, {0, 1, 2}, 128);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(result.format(findings[0]),
            "t.toml:2:20: switch.worker-cores: there is no core 9; there are 0-2");
  EXPECT_THAT(missing_cores(loaded("worker-cores = [2]"), process, {0, 1, 2}, 128), IsEmpty());
}

TEST(MissingCores, CoreThatACpusetForbidsIsSaidToBeThere) {
  ProcessFacts process;
  process.usable_cores = {1, 2};
  const auto result = loaded("main-core = 3\nworker-cores = [1]");
  const auto findings = missing_cores(result, process, {0, 1, 2, 3}, 128);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_THAT(result.format(findings[0]),
              AllOf(HasSubstr("t.toml:2:13: switch.main-core: core 3 is there"), HasSubstr("may use 1-2")));
}

TEST(MissingCores, CoreBeyondTheLimitOfDpdkNamesTheLimit) {
  ProcessFacts process;
  for (unsigned core = 0; core < 200; ++core) {
    process.usable_cores.push_back(core);
  }
  const auto findings =
      missing_cores(loaded("worker-cores = [127, 128]"), process, process.usable_cores, 128);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_THAT(findings[0].message, AllOf(HasSubstr("core 128"), HasSubstr("0-127")));
}

// --- memory

MachineFacts with_hugepages(std::size_t free_on_0, std::size_t free_on_1) {
  MachineFacts facts = tuned();
  facts.hugepages.pools = {{2048, 0, 100, free_on_0}, {2048, 1, 90, free_on_1}};
  return facts;
}

TEST(MemoryCheck, EnoughFreeHugepagesOnTheRightNodeAreSilent) {
  EXPECT_THAT(check_memory(config_with({2}), with_hugepages(50, 0), {100, 120}), IsEmpty());
}

TEST(MemoryCheck, MissingHugepagesNameHowManyToReserveWhere) {
  config::Config config = config_with({2});
  config.sw.main_core = 3;  // On node 1.
  // 40 pages are free, 60 are missing.
  EXPECT_THAT(check_memory(config, with_hugepages(10, 30), {200, 300}),
              ElementsAre(line("warning: huge pages: 200 MiB of huge pages are wanted and 80 MiB are free",
                               "echo 150 > /sys/devices/system/node/node1/hugepages/hugepages-2048kB/")));
}

TEST(MemoryCheck, RequiredHugepagesAreAnErrorAndOffAsksForNone) {
  config::Config config = config_with({2});
  config.sw.hugepages = config::Hugepages::required;
  const MachineFindings required = check_memory(config, with_hugepages(0, 0), {64, 70});
  EXPECT_THAT(required, ElementsAre(line("error: huge pages", "\"required\"")));
  EXPECT_TRUE(has_error(required));
  config.sw.hugepages = config::Hugepages::off;
  EXPECT_THAT(check_memory(config, with_hugepages(0, 0), {64, 70}), IsEmpty());
}

TEST(MemoryCheck, PagesOnTheOtherNodeAreAWarning) {
  EXPECT_THAT(check_memory(config_with({2}), with_hugepages(20, 90), {100, 120}),
              ElementsAre(line("40 MiB are free on node 0", "another node", "echo 130 > ", "/node0/")));
}

TEST(MemoryCheck, PlainMemoryHasToBeAvailable) {
  MachineFacts facts = tuned();
  facts.available_kib = 500 * 1024;
  config::Config config = config_with({2});
  config.sw.hugepages = config::Hugepages::off;
  EXPECT_THAT(check_memory(config, facts, {400, 501}), ElementsAre(line("501 MiB", "500 MiB are available")));
  EXPECT_THAT(check_memory(config, facts, {400, 500}), IsEmpty());
}

// --- devices

MachineFacts with_pci() {
  MachineFacts facts = tuned();
  facts.iommu_groups = 20;
  facts.pci["0000:03:00.0"] = {"vfio-pci", 1};
  return facts;
}

TEST(DeviceCheck, BoundDeviceOnTheNodeOfAWorkerIsSilent) {
  EXPECT_THAT(check_devices(config_with({2}, {port("a", "0000:03:00.0")}), kFamilies, with_pci()), IsEmpty());
  EXPECT_THAT(check_devices(config_with({2}, {port("a", "03:00.0")}), kFamilies, with_pci()), IsEmpty());
}

TEST(DeviceCheck, DeviceThatIsYetToBeBoundNeedsAnIommu) {
  MachineFacts facts = with_pci();
  const config::Config config = config_with({2}, {port("a", "0000:03:00.0")});
  facts.pci["0000:03:00.0"].driver = "e1000e";
  EXPECT_THAT(check_devices(config, kFamilies, facts), IsEmpty());
  facts.iommu_groups = 0;
  EXPECT_THAT(check_devices(config, kFamilies, facts),
              ElementsAre(line("warning: port \"a\"", "no IOMMU", "intel_iommu=on iommu=pt")));
  facts.pci["0000:03:00.0"].driver = "mlx5_core";
  EXPECT_THAT(check_devices(config, kFamilies, facts), IsEmpty()) << "works through the kernel's driver";
  facts.pci["0000:03:00.0"].driver = "e1000e";
  facts.allows_no_iommu = true;
  EXPECT_THAT(check_devices(config, kFamilies, facts), IsEmpty());
}

TEST(DeviceCheck, DeviceOnAnotherNodeNamesTheCoresOfItsNode) {
  MachineFacts facts = with_pci();
  EXPECT_THAT(check_devices(config_with({1}, {port("a", "0000:03:00.0")}), kFamilies, facts),
              ElementsAre(line("warning: port \"a\"", "NUMA node 1", "worker core of node 1: 2-3")));
  facts.interfaces["eth5"].node = 0;
  EXPECT_THAT(check_devices(config_with({2}, {port("b", "net_af_packet3,iface=eth5")}), kFamilies, facts),
              ElementsAre(line("port \"b\"", "NUMA node 0", "0-1")));
  facts.interfaces["eth5"].node = kNoNode;
  EXPECT_THAT(check_devices(config_with({2}, {port("b", "net_af_packet3,iface=eth5")}), kFamilies, facts),
              IsEmpty());
}

TEST(DeviceCheck, QueuesOfAPciDeviceAreKnownAfterItsStart) {
  const MachineFindings findings =
      check_devices(config_with({2, 3}, {port("a", "0000:03:00.0")}), kFamilies, with_pci());
  EXPECT_THAT(findings, ElementsAre(line("notice: ", "2 receive and 2 transmit queues", "after its start")));
  EXPECT_FALSE(has_error(findings));
}

TEST(DeviceCheck, MoreQueuesThanAFamilyHasAreAnError) {
  config::Port many = port("x", "net_af_packet4,iface=eth5");
  many.rx_queues = 6;
  EXPECT_THAT(check_devices(config_with({2}, {many}), kFamilies, tuned()),
              ElementsAre(line("error: port \"x\"", "rx-queues = 6", "the limit is 1")));
}

TEST(DeviceCheck, WorkersWithoutAnythingToDoAreNamed) {
  EXPECT_THAT(
      check_devices(config_with({1, 2, 3}, {port("a", "net_ring1"), port("b", "net_ring2")}), kFamilies,
                    tuned()),
      ElementsAre(line("3 workers", "2 receive queues", "1 would have nothing", "name 2 worker cores")));
  EXPECT_THAT(check_devices(config_with({2, 3}, {port("a", "net_ring1"), port("b", "net_ring2")}), kFamilies,
                            tuned()),
              IsEmpty());
}

// --- permissions

TEST(PermissionCheck, MissingCapabilitiesAreNamedForThePort) {
  ProcessFacts process;
  process.effective_capabilities = 1ULL << 13;  // CAP_NET_RAW
  const config::Config config =
      config_with({2}, {port("a", "net_af_packet7,iface=x"), port("b", "net_ring2")});
  EXPECT_THAT(check_permissions(config, kFamilies, process),
              ElementsAre(AllOf(line("error: port \"a\"", "no permission: it needs CAP_NET_ADMIN"),
                                Not(line("CAP_NET_RAW and")))));
  process.effective_capabilities = 0;
  EXPECT_THAT(check_permissions(config, kFamilies, process),
              ElementsAre(line("CAP_NET_RAW and CAP_NET_ADMIN")));
  process.effective_capabilities = 3ULL << 12;
  EXPECT_THAT(check_permissions(config, kFamilies, process), IsEmpty());
}

}  // namespace
}  // namespace mcswitch::machine
