// SPDX-License-Identifier: BSD-3-Clause

#include "machine/start_rules.hpp"

#include <gmock/gmock.h>
#include <linux/capability.h>

#include "fake_machine.hpp"

// Names that other tests of this program have, too.
namespace mcswitch::machine::start_rules {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ResultOf;

constexpr std::uint64_t bit(int capability) { return std::uint64_t{1} << capability; }

constexpr dataplane::PortFamily kRows[] = {
    {.name = "card", .device_prefix = "", .locks_memory = true},
    {.name = "socket",
     .device_prefix = "net_af_packet",
     .locks_ring = true,
     .capabilities = bit(CAP_NET_RAW)},
    {.name = "ring", .device_prefix = "net_ring"},
};
constexpr dataplane::PortFamilies kFamilies{kRows};

config::Config with_ports(std::initializer_list<std::pair<const char*, const char*>> ports) {
  config::Config config;
  config.sw.worker_cores = {2, 3};
  for (const auto& [name, device] : ports) {
    config.ports.emplace_back();
    config.ports.back().name = name;
    config.ports.back().device = device;
  }
  return config;
}

template <typename... Words>
auto line(const Words&... words) {
  return ResultOf([](const MachineFinding& f) { return f.text(); }, AllOf(HasSubstr(words)...));
}

ProcessFacts limited_to(std::size_t kib) {
  ProcessFacts process;
  process.locked_memory = kib * 1024;
  return process;
}

TEST(LockedMemoryCheck, CardsLockWhatDpdkHas) {
  const config::Config config = with_ports({{"lab", "net_ring1"}, {"wan", "0000:03:00.0"}});
  EXPECT_THAT(check_locked_memory(config, kFamilies, limited_to(8 * 1024), 100),
              ElementsAre(line("error: locked memory: the limit is 8 MiB, and up to 100 MiB", "\"wan\"",
                               "ulimit -l unlimited", "LimitMEMLOCK")));
  EXPECT_THAT(check_locked_memory(config, kFamilies, limited_to(100 * 1024), 100), IsEmpty());
}

// 512 frames of 2 KiB each way are 2 MiB.
TEST(LockedMemoryCheck, AfPacketLocksItsRings) {
  const config::Config config = with_ports(
      {{"a", "net_af_packet1,iface=x"}, {"b", "net_af_packet2,iface=y,framesz=4096,framecnt=1024"}});
  constexpr std::size_t kRings = 2048 + 2 * 4096;
  EXPECT_THAT(check_locked_memory(config, kFamilies, limited_to(64), 500),
              ElementsAre(line("the limit is 64 KiB, and up to 10 MiB are locked", "\"a\"")));
  EXPECT_THAT(check_locked_memory(config, kFamilies, limited_to(kRings - 1), 500), testing::SizeIs(1));
  EXPECT_THAT(check_locked_memory(config, kFamilies, limited_to(kRings), 500), IsEmpty());
}

TEST(LockedMemoryCheck, WithoutALimitOrWithTheCapabilityThereIsNoError) {
  const config::Config config = with_ports({{"wan", "0000:03:00.0"}});
  EXPECT_THAT(check_locked_memory(config, kFamilies, ProcessFacts{}, 100), IsEmpty()) << "unlimited";
  ProcessFacts process = limited_to(0);
  process.effective_capabilities = bit(CAP_IPC_LOCK);
  EXPECT_THAT(check_locked_memory(config, kFamilies, process, 100), IsEmpty());
  EXPECT_THAT(check_locked_memory(with_ports({{"r", "net_ring0"}}), kFamilies, limited_to(0), 100),
              IsEmpty());
}

TEST(SystemCheck, DpdkDoesNotStartWithoutSys) {
  MachineFacts facts;
  EXPECT_THAT(check_system(facts), IsEmpty());
  facts.shows_modules = false;
  EXPECT_THAT(check_system(facts),
              ElementsAre(line("error: system: there is no /sys/module", "mount -t sysfs")));
  facts.shows_cores = false;
  EXPECT_THAT(check_system(facts), ElementsAre(line("no /sys/devices/system/cpu")));
}

TEST(SystemFacts, SayWhatOfSysIsThere) {
  FakeMachine machine;
  EXPECT_FALSE(read_facts(machine.root()).shows_cores);
  machine.folder("sys/devices/system/cpu/cpu0").folder("sys/module");
  const MachineFacts facts = read_facts(machine.root());
  EXPECT_TRUE(facts.shows_cores && facts.shows_modules);
}

TEST(InterfaceCheck, Ipv6ThatCannotBeSwitchedOffIsAnError) {
  MachineFacts facts;
  facts.interfaces["x"].keeps_ipv6 = true;
  facts.interfaces["y"].keeps_ipv6 = false;
  const config::Config config = with_ports({{"a", "net_af_packet1,iface=x"},
                                            {"b", "net_af_packet2,iface=y"},
                                            {"c", "net_af_packet3,iface=not_yet"},
                                            {"d", "net_ring0,iface=x"}});
  EXPECT_THAT(check_interfaces(config, kFamilies, facts),
              ElementsAre(line("error: port \"a\"", "IPv6 of x", "/proc/sys is read-only",
                               "sysctl net.ipv6.conf.x.disable_ipv6=1")));
}

// Whoever may write anything may write a read-only file, too: the error is tested on a read-only mount
// (check_test.py of system).
TEST(InterfaceFacts, AreThoseOfTheNetworkNamespaceAlsoWhereSysIsAnothers) {
  FakeMachine machine;
  machine.file("proc/sys/net/ipv6/conf/x/disable_ipv6", "0").folder("sys/class/net/y");
  const MachineFacts facts = read_facts(machine.root());
  EXPECT_TRUE(facts.interfaces.contains("x"));
  EXPECT_FALSE(facts.interfaces.at("x").keeps_ipv6);
  EXPECT_TRUE(facts.interfaces.contains("y"));
}

TEST(NeighboursCheck, AnotherProgramsWorkerOnAWorkerCoreIsAWarningThatNamesIt) {
  MachineFacts facts;
  facts.polling = {{1, 100, "testpmd"}, {3, 4711, "mcswitch"}};
  EXPECT_THAT(
      check_neighbours(with_ports({}), facts),
      ElementsAre(line("warning: worker core 3: a worker of mcswitch, process 4711, polls there too")));
}

TEST(PollingThreads, AreWorkersOfDpdkOnOneCoreInOtherProcesses) {
  FakeMachine machine;
  const auto thread = [&](std::string_view process, std::string_view number, std::string_view name,
                          std::string_view cores) {
    const std::string path = "proc/" + std::string{process} + "/task/" + std::string{number};
    machine.file(path + "/comm", name)
        .file(path + "/status", "Name:\tx\nCpus_allowed_list:\t" + std::string{cores});
  };
  machine.file("proc/200/comm", "mcswitch").file("proc/300/comm", "testpmd").file("proc/400/comm", "self");
  thread("200", "200", "mcswitch", "0");
  thread("200", "201", "rte-worker-1", "7");
  thread("200", "202", "rte_mp_handle", "7");
  thread("300", "301", "dpdk-worker4", "5");
  thread("300", "302", "lcore-worker-2", "0-3");
  thread("400", "401", "lcore-worker-1", "6");
  const auto found = read_polling_threads(machine.root(), 400);
  const auto polling = [](unsigned core, pid_t process, const char* program) {
    return AllOf(Field(&PollingThread::core, core), Field(&PollingThread::process, process),
                 Field(&PollingThread::program, program));
  };
  EXPECT_THAT(found, ElementsAre(polling(5, 300, "testpmd"), polling(7, 200, "mcswitch")));
}

}  // namespace
}  // namespace mcswitch::machine::start_rules
