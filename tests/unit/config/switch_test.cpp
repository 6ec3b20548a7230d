// SPDX-License-Identifier: BSD-3-Clause
//
// [switch]

#include <gtest/gtest.h>

#include "load_support.hpp"

namespace mcswitch::config {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;
using testing::SizeIs;

// One line in [switch], which is then line 2.
LoadResult load_switch(std::string_view line) {
  return load_with_ports("[switch]\n" + std::string{line} + "\n");
}

TEST(SwitchSection, DefaultsAreThoseOfTheContract) {
  const LoadResult result = load_with_ports("");
  ASSERT_TRUE(result.config);
  const Switch& sw = result.config->sw;
  EXPECT_EQ(sw.name, "mcswitch");
  EXPECT_EQ(sw.main_core, 0U);
  EXPECT_THAT(sw.worker_cores, ElementsAre(1U));
  EXPECT_EQ(sw.hugepages, Hugepages::automatic);
  EXPECT_EQ(sw.mbufs, std::nullopt);
  EXPECT_EQ(sw.max_groups, 65536U);
  EXPECT_EQ(sw.max_macs, 65536U);
  EXPECT_EQ(sw.mac_aging_time, 300s);
  EXPECT_EQ(sw.log_level, LogLevel::info);
  EXPECT_THAT(sw.eal_args, IsEmpty());
}

TEST(SwitchSection, EveryKeyIsRead) {
  const LoadResult result = load_with_ports(R"([switch]
name = "lab_7.b-2"
main-core = 3
worker-cores = [5, 4]
hugepages = "required"
mbufs = 8192
max-groups = 1000
max-sources-per-group = 77
max-memberships = "auto"
max-hosts = "auto"
max-macs = 2000
mac-aging-time = 17.5
log-level = "notice"
eal-args = ["--no-pci", "--log-level=7"]
)");
  ASSERT_THAT(result.errors, IsEmpty());
  const Switch& sw = result.config->sw;
  EXPECT_EQ(sw.name, "lab_7.b-2");
  EXPECT_EQ(sw.main_core, 3U);
  EXPECT_THAT(sw.worker_cores, ElementsAre(5U, 4U));
  EXPECT_EQ(sw.hugepages, Hugepages::required);
  EXPECT_THAT(sw.mbufs, Optional(8192U));
  EXPECT_EQ(sw.max_groups, 1000U);
  EXPECT_EQ(sw.max_sources_per_group, 77U);
  EXPECT_EQ(sw.max_macs, 2000U);
  EXPECT_EQ(sw.mac_aging_time, 17500ms);
  EXPECT_EQ(sw.log_level, LogLevel::notice);
  EXPECT_THAT(sw.eal_args, ElementsAre("--no-pci", "--log-level=7"));
}

TEST(SwitchSection, AutoIsTheDefaultWhenWritten) {
  const LoadResult result =
      load_switch("mbufs = \"auto\"\nmax-memberships = \"auto\"\nmax-hosts = \"auto\"\nhugepages = \"auto\"");
  ASSERT_THAT(result.errors, IsEmpty());
  EXPECT_EQ(result.config->sw.mbufs, std::nullopt);
  EXPECT_EQ(result.config->sw.hugepages, Hugepages::automatic);
}

// The name becomes a directory below the runtime directory.
TEST(SwitchSection, NameThatIsNoDirectoryNameIsRefused) {
  for (const std::string_view name :
       {"", "a/b", ".", "..", ".hidden", "a b", "ä", "123456789012345678901234567890123"}) {
    EXPECT_THAT(load_switch("name = \"" + std::string{name} + "\"").errors,
                ElementsAre(Says(2, 8, {"switch.name must be 1 to 32 letters, digits", "directory"})))
        << name;
  }
  EXPECT_THAT(load_switch("name = \"12345678901234567890123456789012\"").errors, IsEmpty());
}

TEST(SwitchSection, WrongTypesAreNamedWithTheRightOnes) {
  EXPECT_THAT(load_switch("name = 3").errors,
              ElementsAre(Says(2, 8, {"switch.name must be a string, not 3"})));
  EXPECT_THAT(load_switch("main-core = 1.0").errors,
              ElementsAre(Says(2, 13, {"switch.main-core must be an integer from 0 to 1023, not 1.0"})));
  EXPECT_THAT(
      load_switch("worker-cores = 1").errors,
      ElementsAre(Says(2, 16, {"switch.worker-cores must be an array, written with brackets, not 1"})));
  EXPECT_THAT(load_switch("worker-cores = [2, \"3\"]").errors,
              ElementsAre(Says(2, 20, {"each of switch.worker-cores", "not the string \"3\""})));
  EXPECT_THAT(load_switch("mac-aging-time = \"300\"").errors,
              ElementsAre(Says(2, 18, {"a time from 1 to 1000000 seconds, not the string \"300\""})));
  EXPECT_THAT(load_switch("mac-aging-time = 07:32:00").errors,
              ElementsAre(Says(2, 18, {"seconds, not a date or time"})));
  EXPECT_THAT(load_switch("hugepages = true").errors,
              ElementsAre(Says(2, 13, {"must be \"auto\", \"required\" or \"off\", not true"})));
  EXPECT_THAT(load_switch("log-level = \"warn\"").errors,
              ElementsAre(Says(2, 13,
                               {"must be \"error\", \"warning\", \"notice\", \"info\" or \"debug\"",
                                "not the string \"warn\""})));
  EXPECT_THAT(
      load_switch("mbufs = \"some\"").errors,
      ElementsAre(Says(2, 9, {"\"auto\" or an integer from 1024 to 67108864, not the string \"some\""})));
  EXPECT_THAT(load_switch("eal-args = \"--no-pci\"").errors,
              ElementsAre(Says(2, 12, {"switch.eal-args must be an array"})));
  EXPECT_THAT(load_switch("eal-args = [\"--no-pci\", \"\"]").errors,
              ElementsAre(Says(2, 25, {"each of switch.eal-args", "not the string \"\""})));
}

TEST(SwitchSection, RangesIncludeTheirEnds) {
  EXPECT_THAT(load_switch("max-groups = 1").errors, IsEmpty());
  EXPECT_THAT(load_switch("max-groups = 16777214").errors, IsEmpty());
  EXPECT_THAT(load_switch("max-groups = 0").errors,
              ElementsAre(Says(2, 14, {"an integer from 1 to 16777214, not 0"})));
  EXPECT_THAT(load_switch("max-groups = 16777215").errors, ElementsAre(Says(2, 14, {"not 16777215"})));
  EXPECT_THAT(load_switch("max-groups = \"auto\"").errors, ElementsAre(Says(2, 14, {"switch.max-groups"})));
  EXPECT_THAT(load_switch("max-macs = -1").errors, ElementsAre(Says(2, 12, {"from 1 to 16777216, not -1"})));
  EXPECT_THAT(load_switch("max-memberships = 1").errors,
              ElementsAre(Says(2, 19, {"not implemented yet", "auto"})));
  EXPECT_THAT(load_switch("max-sources-per-group = 1").errors, IsEmpty());
  EXPECT_THAT(load_switch("max-sources-per-group = 65000").errors, IsEmpty());
  EXPECT_THAT(load_switch("max-sources-per-group = 0").errors,
              ElementsAre(Says(2, 25, {"1 to 65000, not 0"})));
  EXPECT_THAT(load_switch("max-sources-per-group = 65001").errors, ElementsAre(Says(2, 25, {"not 65001"})));
  EXPECT_THAT(load_switch("max-hosts = 0").errors, IsEmpty());
  EXPECT_THAT(load_switch("max-hosts = 16777215").errors, IsEmpty());
  EXPECT_THAT(load_switch("max-hosts = 16777216").errors,
              ElementsAre(Says(2, 13, {"\"auto\" or an integer from 0 to 16777215, not 16777216"})));
  EXPECT_THAT(load_switch("mbufs = 1023").errors, ElementsAre(Says(2, 9, {"from 1024", "not 1023"})));
  EXPECT_THAT(load_switch("main-core = 1024").errors, ElementsAre(Says(2, 13, {"0 to 1023, not 1024"})));
  EXPECT_THAT(load_switch("main-core = -1").errors, ElementsAre(Says(2, 13, {"0 to 1023, not -1"})));
  EXPECT_THAT(load_switch("worker-cores = [1024]").errors, ElementsAre(Says(2, 17, {"0 to 1023, not 1024"})));
}

TEST(SwitchSection, MacAgingTimeIsASecondAtLeast) {
  EXPECT_THAT(load_switch("mac-aging-time = 1").errors, IsEmpty());
  EXPECT_THAT(load_switch("mac-aging-time = 1e+06").errors, IsEmpty());
  for (const std::string_view bad : {"0.999", "0", "-300", "1000001", "inf", "nan", "9223372036854775807"}) {
    EXPECT_THAT(load_switch("mac-aging-time = " + std::string{bad}).errors,
                ElementsAre(Says(2, 18, {"switch.mac-aging-time must be a time from 1 to 1000000 seconds"})))
        << bad;
  }
}

TEST(SwitchSection, WorkerCoreIsListedOnce) {
  EXPECT_THAT(load_switch("worker-cores = [4, 5, 4]").errors,
              ElementsAre(Says(2, 23, {"core 4 is listed twice in switch.worker-cores", "of its own"})));
}

TEST(SwitchSection, WorkerCoreThatIsTheMainCoreIsWarnedOf) {
  EXPECT_THAT(load_switch("main-core = 5\nworker-cores = [4, 5]").warnings,
              Contains(Says(3, 20, {"core 5", "is also switch.main-core:"})));
  EXPECT_THAT(load_switch("worker-cores = [0]").warnings,
              Contains(Says(2, 17, {"core 0", "is also switch.main-core (by default)"})));
  EXPECT_THAT(load_switch("main-core = 1").errors,
              ElementsAre(Says(2, 13, {"switch.main-core is 1", "switch.worker-cores by default"})));
}

// The machine's check names them.
TEST(SwitchSection, PlacesOfCoresAreKept) {
  const LoadResult result = load_switch("main-core = 7\nworker-cores = [9,\n  8]");
  EXPECT_EQ(result.places.main_core, (Position{2, 13}));
  EXPECT_EQ(result.places.worker_core(0), (Position{3, 17}));
  EXPECT_EQ(result.places.worker_core(1), (Position{4, 3}));
  const LoadResult silent = load_switch("name = \"x\"");
  EXPECT_EQ(silent.places.main_core, Position{});
  EXPECT_EQ(silent.places.worker_core(0), Position{});
}

TEST(SwitchSection, WorkersAreAtMost63) {
  const auto cores = [](unsigned count) {
    std::string text;
    for (unsigned core = 101; core < 101 + count; ++core) {
      text += (text.empty() ? "" : ",\n") + std::to_string(core);
    }
    return "worker-cores = [\n" + text + "]";
  };
  EXPECT_THAT(load_switch(cores(63)).config->sw.worker_cores, SizeIs(63));
  EXPECT_THAT(load_switch(cores(64)).errors,
              ElementsAre(Says(66, 1, {"there are 64 cores in switch.worker-cores", "at most 63 workers"})));
}

TEST(SwitchSection, RefusedMainCoreAccusesNoWorker) {
  EXPECT_THAT(load_switch("main-core = -1\nworker-cores = [0]").errors, ElementsAre(Says(2, 13, {"not -1"})));
}

}  // namespace
}  // namespace mcswitch::config
