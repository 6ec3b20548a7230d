// SPDX-License-Identifier: BSD-3-Clause
//
// Whole files: those of config/, and the shape that the black-box conformance suite writes.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "config/describe.hpp"
#include "load_support.hpp"

namespace mcswitch::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;
using testing::SizeIs;

const std::string kFolder = MCSWITCH_CONFIG_DIR;

std::string read_text(const std::string& path) {
  std::ifstream file{path};
  EXPECT_TRUE(file) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The settings but for the names and devices of ports, the ports themselves by their number; and without the
// [[vlan]]s, of which there are none by default.
std::vector<std::string> comparable(const Config& config) {
  Config nameless = config;
  nameless.vlans.clear();
  for (std::size_t i = 0; i < nameless.ports.size(); ++i) {
    nameless.ports[i].name = std::to_string(i);
    nameless.ports[i].device.clear();
  }
  std::vector<std::string> lines;
  for (const auto& [key, value] : effective_settings(nameless)) {
    lines.push_back(key + " = " + value);
  }
  return lines;
}

// "#key = value" as "key = value": the derived keys, written.
std::string with_derived_keys(const std::string& text) {
  std::istringstream lines{text};
  std::string result;
  for (std::string line; std::getline(lines, line);) {
    const bool is_key = line.size() > 1 && line[0] == '#' && line[1] >= 'a' && line[1] <= 'z';
    result += line.substr(is_key ? 1 : 0) + "\n";
  }
  return result;
}

TEST(ReferenceFile, LoadsWithoutErrorOrWarning) {
  const LoadResult result = load_file(kFolder + "/reference.toml");
  EXPECT_THAT(result.errors, IsEmpty());
  EXPECT_THAT(result.warnings, IsEmpty());
  // MLD.
  EXPECT_THAT(result.notices, SizeIs(1));
}

TEST(ReferenceFile, ShowsTheDefaults) {
  const LoadResult reference = load_file(kFolder + "/reference.toml");
  const LoadResult defaults = load_with_ports("");
  ASSERT_TRUE(reference.config);
  ASSERT_TRUE(defaults.config);
  EXPECT_EQ(comparable(*reference.config), comparable(*defaults.config));
}

TEST(ReferenceFile, DerivedKeysAreWhatIsDerived) {
  const std::string text = with_derived_keys(read_text(kFolder + "/reference.toml"));
  const LoadResult written = load_text(text, "reference.toml");
  const LoadResult defaults = load_with_ports("");
  ASSERT_THAT(written.errors, IsEmpty());
  EXPECT_THAT(written.warnings, IsEmpty());
  const membership::Intervals& i = written.config->igmp.intervals;
  EXPECT_THAT(i.set_group_membership_interval, Optional(Duration{270s}));
  EXPECT_TRUE(i.set_other_querier_present_interval && i.set_router_port_interval &&
              i.set_startup_query_interval && i.set_startup_query_count && i.set_last_member_query_count);
  EXPECT_EQ(comparable(*written.config), comparable(*defaults.config));
}

TEST(ReferenceFile, ItsVlanShowsTheDefaultsToo) {
  const LoadResult reference = load_file(kFolder + "/reference.toml");
  ASSERT_TRUE(reference.config);
  ASSERT_THAT(reference.config->vlans, SizeIs(1));
  Config as_its_vlan = *reference.config;
  as_its_vlan.snooping = as_its_vlan.vlans[0].snooping;
  as_its_vlan.igmp = as_its_vlan.vlans[0].igmp;
  EXPECT_EQ(comparable(as_its_vlan), comparable(*reference.config));
}

// The contract's own list, so that a key can neither be forgotten in the file nor in the reader.
TEST(ReferenceFile, HasEveryKeyOfTheContract) {
  const std::set<std::string> protocol{"enabled",
                                       "version",
                                       "querier",
                                       "querier-address",
                                       "proxy-address",
                                       "robustness",
                                       "query-interval",
                                       "query-response-interval",
                                       "last-member-query-interval",
                                       "last-member-query-count",
                                       "startup-query-interval",
                                       "startup-query-count",
                                       "group-membership-interval",
                                       "other-querier-present-interval",
                                       "router-port-interval",
                                       "require-router-alert",
                                       "report-mode",
                                       "host-tracking"};
  std::set<std::string> igmp = protocol;
  igmp.insert({"ignore-v1-reports", "ignore-v2-reports", "allowed-queriers", "report-sources"});
  igmp.insert("ssm-range");
  const std::map<std::string, std::set<std::string>> expected{
      {"[switch]",
       {"name", "main-core", "worker-cores", "hugepages", "mbufs", "max-groups", "max-memberships",
        "max-sources-per-group", "max-hosts", "max-macs", "mac-aging-time", "log-level", "eal-args"}},
      {"[[port]]",
       {"name", "device", "vlan", "tagged-vlans", "mtu", "rx-queues", "rx-descriptors", "tx-descriptors",
        "multicast-router", "fast-leave", "max-groups", "block-queries", "filter", "flood-unregistered",
        "all-multicast", "take-over", "control-rate"}},
      {"[snooping]", {"mode", "unregistered", "hold-pruning", "flood-ipv6-link-local"}},
      {"[igmp]", igmp},
      {"[mld]", protocol},
      {"[[vlan]]", {"id", "name", "mode", "unregistered", "hold-pruning", "flood-ipv6-link-local"}},
      // Any key of [igmp] and [mld]; these stand for them.
      {"[vlan.igmp]", {"querier", "querier-address"}},
      {"[vlan.mld]", {"enabled"}}};

  std::map<std::string, std::set<std::string>> found;
  std::istringstream lines{with_derived_keys(read_text(kFolder + "/reference.toml"))};
  std::string table;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('[')) {
      table = line;
    } else if (const std::size_t equals = line.find(" = ");
               !line.starts_with('#') && equals != std::string::npos) {
      found[table].insert(line.substr(0, equals));
    }
  }
  EXPECT_EQ(found, expected);
}

// Every file of the folder, so that none can be added without being loaded.
TEST(ExampleFile, EachLoadsWithoutAnythingToSay) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator{kFolder + "/examples"}) {
    const LoadResult result = load_file(entry.path());
    EXPECT_THAT(result.errors, IsEmpty()) << entry.path();
    EXPECT_THAT(result.warnings, IsEmpty()) << entry.path();
    EXPECT_THAT(result.notices, IsEmpty()) << entry.path();
    // Its switch has the name of the file, so that all can run side by side.
    ASSERT_TRUE(result.config) << entry.path();
    EXPECT_EQ(result.config->sw.name + ".toml", entry.path().filename());
    ++files;
  }
  EXPECT_GE(files, 5U);
}

TEST(ExampleFile, LabOnVethIsAQuerier) {
  const LoadResult result = load_file(kFolder + "/examples/lab-on-veth.toml");
  ASSERT_TRUE(result.config);
  EXPECT_TRUE(result.config->igmp.querier);
  EXPECT_THAT(result.config->ports, ElementsAre(testing::Field(&Port::device, "net_af_packet0,iface=veth0"),
                                                testing::Field(&Port::device, "net_af_packet1,iface=veth1")));
}

TEST(ExampleFile, TwoRingsNeedNothingOfTheMachine) {
  const LoadResult result = load_file(kFolder + "/examples/two-rings.toml");
  ASSERT_TRUE(result.config);
  EXPECT_EQ(result.config->sw.hugepages, Hugepages::off);
  EXPECT_THAT(result.config->sw.eal_args, ElementsAre("--no-pci"));
  EXPECT_THAT(result.config->ports, ElementsAre(testing::Field(&Port::device, "net_ring0"),
                                                testing::Field(&Port::device, "net_ring1")));
}

TEST(ExampleFile, TrunkHasVlansOfEachKind) {
  const LoadResult result = load_file(kFolder + "/examples/trunk-with-vlans.toml");
  ASSERT_TRUE(result.config);
  const Config& config = *result.config;
  EXPECT_THAT(config.ports[0].tagged_vlans, ElementsAre(10, 20));
  EXPECT_EQ(config.ports[0].vlan, 1);
  EXPECT_TRUE(config.igmp_of(20).querier);
  EXPECT_FALSE(config.igmp_of(10).querier);
  EXPECT_EQ(config.igmp_of(20).intervals.group_membership_interval(), 130s);
  EXPECT_EQ(config.snooping_of(10).unregistered, Unregistered::router_ports);
}

TEST(ExampleFile, PciHasTwoWorkers) {
  const LoadResult result = load_file(kFolder + "/examples/pci-two-workers.toml");
  ASSERT_TRUE(result.config);
  EXPECT_THAT(result.config->sw.worker_cores, ElementsAre(2, 3));
  EXPECT_THAT(result.config->ports, ElementsAre(testing::Field(&Port::device, "0000:03:00.0"),
                                                testing::Field(&Port::device, "0000:03:00.1")));
}

TEST(ExampleFile, SsmMediaTakesJoinsWithSourcesOnly) {
  const LoadResult result = load_file(kFolder + "/examples/ssm-media.toml");
  ASSERT_TRUE(result.config);
  const Config& config = *result.config;
  EXPECT_EQ(config.igmp.intervals.version, 3);
  EXPECT_TRUE(config.igmp.querier);
  EXPECT_TRUE(config.ports[1].fast_leave);
  ASSERT_THAT(config.vlans, SizeIs(1));
  ASSERT_THAT(config.vlans[0].static_groups, SizeIs(1));
  const StaticGroup& loudspeaker = config.vlans[0].static_groups[0];
  EXPECT_TRUE(config.igmp_of(1).is_source_specific(loudspeaker.group));
  EXPECT_TRUE(loudspeaker.source);
  EXPECT_EQ(loudspeaker.ports, PortSet::of(3));
}

// As render_mcswitch_config() of the conformance suite prints it: %g numbers, every derived count written.
std::string suite_file(std::string_view igmp) {
  return R"([switch]
name = "cf0"
hugepages = "off"
eal-args = ["--no-pci"]
mac-aging-time = 300

[[port]]
name = "p0"
device = "net_af_packet0,iface=p0"
mtu = 1500
vlan = 1
tagged-vlans = []
multicast-router = "always"
fast-leave = false
max-groups = 0

[[port]]
name = "p1"
device = "net_af_packet1,iface=p1,framesz=16384,blocksz=65536"
mtu = 9000
vlan = 1
tagged-vlans = []
multicast-router = "auto"
fast-leave = true
max-groups = 0

[snooping]
mode = "prune"
unregistered = "router-ports"

[igmp]
)" + std::string{igmp} +
         R"(
[mld]
enabled = false
)";
}

TEST(ConformanceSuiteFile, DefaultsLoadWithoutWarning) {
  const LoadResult result = load(suite_file(R"(version = 2
querier = false
robustness = 2
query-interval = 60
query-response-interval = 0.3
last-member-query-interval = 1
last-member-query-count = 2
startup-query-count = 2
startup-query-interval = 15
)"));
  ASSERT_THAT(result.errors, IsEmpty());
  EXPECT_THAT(result.warnings, IsEmpty());
  EXPECT_THAT(result.notices, IsEmpty());
  EXPECT_EQ(result.config->sw.name, "cf0");
  EXPECT_EQ(result.config->igmp.intervals.query_response_interval, 300ms);
  EXPECT_EQ(result.config->igmp.intervals.group_membership_interval(), 120300ms);
  EXPECT_EQ(result.config->snooping.unregistered, Unregistered::router_ports);
  EXPECT_EQ(result.config->ports[0].multicast_router, MulticastRouter::always);
  EXPECT_EQ(result.config->ports[1].mtu, 9000);
  EXPECT_TRUE(result.config->ports[1].fast_leave);
}

TEST(ConformanceSuiteFile, LaboratoryTimesLoadWithWarnings) {
  const LoadResult result = load(suite_file(R"(version = 2
querier = true
querier-address = "10.99.0.200"
robustness = 3
query-interval = 1.5
query-response-interval = 0.5
last-member-query-interval = 0.7
last-member-query-count = 3
startup-query-count = 1
startup-query-interval = 1
group-membership-interval = 2.5
other-querier-present-interval = 30
router-port-interval = 3
)"));
  ASSERT_THAT(result.errors, IsEmpty());
  EXPECT_THAT(result.warnings, SizeIs(3));
  const membership::Intervals& i = result.config->igmp.intervals;
  EXPECT_EQ(i.group_membership_interval(), 2500ms);
  EXPECT_EQ(i.other_querier_present_interval(), 30s);
  EXPECT_EQ(i.router_port_interval(), 3s);
  EXPECT_EQ(i.startup_query_interval(), 1s);
  EXPECT_EQ(i.last_member_query_time(), 2100ms);
}

// Membership shorter than the query interval: what a case about static groups and one about expiry use.
TEST(ConformanceSuiteFile, MembershipShorterThanTheQueryIntervalLoads) {
  const LoadResult result = load(suite_file(R"(version = 1
querier = true
querier-address = "0.0.0.0"
robustness = 2
query-interval = 60
query-response-interval = 0.3
last-member-query-interval = 0.5
last-member-query-count = 2
startup-query-count = 2
startup-query-interval = 15
group-membership-interval = 1
)"));
  ASSERT_THAT(result.errors, IsEmpty());
  EXPECT_THAT(result.warnings, SizeIs(2));
  EXPECT_EQ(result.config->igmp.intervals.group_membership_interval(), 1s);
  EXPECT_EQ(result.config->igmp.intervals.version, 1);
}

}  // namespace
}  // namespace mcswitch::config
