// SPDX-License-Identifier: BSD-3-Clause
//
// [[vlan.static-group]], and the memory that hosts are tracked with.

#include <gtest/gtest.h>

#include "load_support.hpp"

namespace mcswitch::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Port 0 does not carry VLAN 20, ports 1 and 2 do.
constexpr std::string_view kThreePorts = R"(
[[port]]
name = "west"
device = "net_ring7"
vlan = 7
[[port]]
name = "north"
device = "net_ring8"
vlan = 7
tagged-vlans = [20]
[[port]]
name = "east"
device = "net_ring9"
vlan = 20
)";

constexpr std::string_view kVlan = "[[vlan]]\nid = 20\n";

// Lines of `text` begin at 3, after those of [[vlan]].
LoadResult load_static(std::string_view text, std::string_view rest = "") {
  return load(std::string{kVlan} + std::string{text} + "\n[mld]\nenabled = false\n" + std::string{rest} +
              std::string{kThreePorts});
}

// One [[vlan.static-group]], which is line 3.
LoadResult load_one(std::string_view keys, std::string_view rest = "") {
  return load_static("[[vlan.static-group]]\n" + std::string{keys}, rest);
}

std::string of(std::string_view group, std::string_view source = "") {
  return "[[vlan.static-group]]\ngroup = \"" + std::string{group} + "\"\n" +
         (source.empty() ? "" : "source = \"" + std::string{source} + "\"\n") + "ports = [\"east\"]\n";
}

TEST(StaticGroup, IsReadWithPortsAndPerhapsASource) {
  const LoadResult result = load_static(R"([[vlan.static-group]]
group = "239.1.1.2"
ports = ["east", "north"]
[[vlan.static-group]]
group = "239.1.1.1"
source = "10.0.0.9"
ports = ["north"]
[[vlan.static-group]]
group = "239.1.1.1"
source = "10.0.0.5"
ports = ["east"]
[[vlan.static-group]]
group = "239.1.1.1"
ports = ["east"]
)");
  ASSERT_THAT(result.errors, IsEmpty());
  EXPECT_THAT(result.warnings, IsEmpty());
  const IpAddress one = Ipv4Address::of(239, 1, 1, 1);
  EXPECT_THAT(result.config->find_vlan(20)->static_groups,
              ElementsAre(StaticGroup{one, std::nullopt, PortSet::of(2)},
                          StaticGroup{one, Ipv4Address::of(10, 0, 0, 5), PortSet::of(2)},
                          StaticGroup{one, Ipv4Address::of(10, 0, 0, 9), PortSet::of(1)},
                          StaticGroup{Ipv4Address::of(239, 1, 1, 2), std::nullopt, PortSet{0b110}}))
      << "rising by group, any source first";
}

TEST(StaticGroup, AreOptional) {
  EXPECT_THAT(load_static("").config->find_vlan(20)->static_groups, IsEmpty());
  EXPECT_THAT(load_static("static-group = []").config->find_vlan(20)->static_groups, IsEmpty());
  EXPECT_THAT(
      load_static("static-group = 3").errors,
      ElementsAre(Says(3, 16, {"vlan.static-group must be tables, each written [[vlan.static-group]]"})));
}

TEST(StaticGroup, NeedsAGroupThatCanBeAMembership) {
  for (const std::string_view bad : {"10.0.0.1", "240.0.0.1", "239.1.1", "239.1.1.1/32", ""}) {
    EXPECT_THAT(load_one("group = \"" + std::string{bad} + "\"\nports = [\"east\"]").errors,
                ElementsAre(Says(4, 9, {"vlan.static-group.group must be an IPv4 multicast address", bad})))
        << bad;
  }
  EXPECT_THAT(load_one("group = \"224.0.0.251\"\nports = [\"east\"]").errors,
              ElementsAre(Says(4, 9, {"224.0.0.251", "224.0.0.0/24 goes to all ports"})));
  EXPECT_THAT(load_one("group = \"224.0.1.1\"\nports = [\"east\"]").errors, IsEmpty());
  EXPECT_THAT(load_one("ports = [\"east\"]").errors, ElementsAre(Says(3, 1, {"no group", "\"239.1.1.1\""})));
  EXPECT_THAT(load_one("group = 239\nports = [\"east\"]").errors,
              ElementsAre(Says(4, 9, {"must be a string, not 239"})));
}

TEST(StaticGroup, OfIpv6IsNotBuilt) {
  EXPECT_THAT(load_one("group = \"ff3e::7\"\nports = [\"east\"]").errors,
              ElementsAre(Says(4, 9, {"\"ff3e::7\"", "IPv6 are not implemented yet"})));
}

TEST(StaticGroup, SourceIsUnicast) {
  for (const std::string_view bad :
       {"239.1.1.1", "0.0.0.0", "127.0.0.1", "255.255.255.255", "*", "2001:db8::1"}) {
    EXPECT_THAT(
        load_one("group = \"239.1.1.1\"\nsource = \"" + std::string{bad} + "\"\nports = [\"east\"]").errors,
        ElementsAre(
            Says(5, 10, {"vlan.static-group.source must be a unicast IPv4 address", bad, "leave it out"})))
        << bad;
  }
}

TEST(StaticGroup, PortsAreNamesThatCarryTheVlan) {
  const auto errors_of = [](std::string_view ports) {
    return load_one("group = \"239.1.1.1\"\nports = " + std::string{ports}).errors;
  };
  EXPECT_THAT(errors_of("[\"south\"]"),
              ElementsAre(Says(5, 10, {"no port \"south\"", "the ports are west, north, east"})));
  EXPECT_THAT(errors_of("[\"north\", \"west\"]"),
              ElementsAre(Says(5, 19, {"port \"west\"", "does not carry VLAN 20", "tagged-vlans"})));
  EXPECT_THAT(errors_of("[]"), ElementsAre(Says(5, 9, {"vlan.static-group.ports is empty"})));
  EXPECT_THAT(errors_of("\"east\""), ElementsAre(Says(5, 9, {"must be an array"})));
  EXPECT_THAT(errors_of("[2]"),
              ElementsAre(Says(5, 10, {"each of vlan.static-group.ports", "name of a port"})));
  EXPECT_THAT(load_one("group = \"239.1.1.1\"").errors,
              ElementsAre(Says(3, 1, {"no ports", "ports = [\"west\"]"})));
  const LoadResult twice = load_one("group = \"239.1.1.1\"\nports = [\"east\", \"east\"]");
  EXPECT_THAT(twice.errors, IsEmpty());
  EXPECT_THAT(twice.warnings, ElementsAre(Says(5, 18, {"\"east\" is listed twice", "once is enough"})));
}

TEST(StaticGroup, InAVlanThatNoPortCarriesIsOneWarning) {
  const LoadResult result = load("[[vlan]]\nid = 99\n" + of("239.1.1.1") + std::string{kThreePorts});
  EXPECT_THAT(result.errors, IsEmpty());
  EXPECT_THAT(result.warnings, ElementsAre(Says(2, 6, {"no port carries VLAN 99"})));
}

TEST(StaticGroup, StandsOnceInAVlan) {
  EXPECT_THAT(
      load_static(of("239.1.1.1") + of("239.1.1.1")).errors,
      ElementsAre(Says(6, 1, {"static group 239.1.1.1 is already there (line 3)", "all of its ports"})));
  EXPECT_THAT(load_static(of("239.1.1.1", "10.0.0.5") + of("239.1.1.1", "10.0.0.5")).errors,
              ElementsAre(Says(7, 1, {"239.1.1.1 with source 10.0.0.5 is already there (line 3)"})));
  EXPECT_THAT(load_static(of("239.1.1.1", "10.0.0.5") + of("239.1.1.1", "10.0.0.6") + of("239.1.1.1")).errors,
              IsEmpty());
  // The same group of another VLAN is another group.
  EXPECT_THAT(load_static(of("239.1.1.1") + "[[vlan]]\nid = 7\n[[vlan.static-group]]\ngroup = \"239.1.1.1\"\n"
                                            "ports = [\"west\"]\n")
                  .errors,
              IsEmpty());
}

TEST(StaticGroup, UnknownKeysAreRefused) {
  EXPECT_THAT(load_static(of("239.1.1.1") + "prots = []\n").errors,
              ElementsAre(Says(6, 1, {"\"prots\" in [vlan.static-group]", "\"ports\"?"})));
}

// A group is an entry of the table, and so is each of its sources.
TEST(StaticGroup, AllTogetherFitIntoTheTable) {
  const std::string three = of("239.1.1.1", "10.0.0.5") + of("239.1.1.1", "10.0.0.6");
  EXPECT_THAT(load_static(three, "[switch]\nmax-groups = 3\n").errors, IsEmpty());
  EXPECT_THAT(
      load_static(three, "[switch]\nmax-groups = 2\n").errors,
      ElementsAre(Says(7, 1, {"static groups take 3 entries", "switch.max-groups is 2", "write 3 or more"})));
  const std::string of_two_vlans =
      of("239.1.1.1") +
      "[[vlan]]\nid = 7\n[[vlan.static-group]]\ngroup = \"239.1.1.1\"\nports = [\"west\"]\n";
  EXPECT_THAT(load_static(of_two_vlans, "[switch]\nmax-groups = 1\n").errors,
              ElementsAre(Says(8, 1, {"static groups take 2 entries", "max-groups is 1"})));
}

TEST(StaticGroup, AllOfAPortFitIntoItsLimit) {
  const std::string limited =
      "[[port]]\nname = \"south\"\ndevice = \"net_ring10\"\nvlan = 20\nmax-groups = 1\n";
  const std::string groups =
      "[[vlan.static-group]]\ngroup = \"239.1.1.1\"\nports = [\"south\", \"north\"]\n"
      "[[vlan.static-group]]\ngroup = \"239.1.1.2\"\nports = [\"north\"]\n";
  EXPECT_THAT(load_static(groups, limited).errors, IsEmpty());
  EXPECT_THAT(
      load_static(
          groups +
              "[[vlan.static-group]]\ngroup = \"239.1.1.2\"\nsource = \"10.0.0.5\"\nports = [\"south\"]\n",
          limited)
          .errors,
      ElementsAre(
          Says(9, 1, {"make 2 memberships on port \"south\"", "max-groups is 1", "write 2 or more"})));
}

TEST(StaticGroup, WithoutASourceInTheSsmRangeIsAWarning) {
  const std::string_view ssm = "[igmp]\nssm-range = [\"232.0.0.0/8\"]\n";
  EXPECT_THAT(load_static(of("232.1.1.1"), ssm).warnings,
              ElementsAre(Says(3, 1, {"232.1.1.1 has no source but is in ssm-range"})));
  EXPECT_THAT(load_static(of("232.1.1.1", "10.0.0.5"), ssm).warnings, IsEmpty());
  EXPECT_THAT(load_static("[vlan.igmp]\nssm-range = []\n" + of("232.1.1.1"), ssm).warnings, IsEmpty());
}

TEST(StaticGroup, WhereIgmpIsNotEnabledIsAWarning) {
  EXPECT_THAT(load_static("[vlan.igmp]\nenabled = false\n" + of("239.1.1.1")).warnings,
              ElementsAre(Says(5, 1, {"IGMP is not enabled in this VLAN", "no effect"})));
}

TEST(StaticGroup, WhereSnoopingIsOffIsAWarning) {
  EXPECT_THAT(load_static("mode = \"off\"\n" + of("239.1.1.1")).warnings,
              ElementsAre(Says(4, 1, {"snooping is off in this VLAN", "no effect"})));
  EXPECT_THAT(load_static("mode = \"observe\"\n" + of("239.1.1.1")).warnings, IsEmpty());
}

TEST(StaticGroup, HasNoMoreSourcesThanAGroupMayHave) {
  const std::string two = of("239.1.1.1") + of("239.1.1.1", "10.0.0.5") + of("239.1.1.1", "10.0.0.6");
  EXPECT_THAT(load_static(two, "[switch]\nmax-sources-per-group = 2\n").errors, IsEmpty());
  EXPECT_THAT(load_static(two + of("239.1.1.2", "10.0.0.7"), "[switch]\nmax-sources-per-group = 2\n").errors,
              IsEmpty());
  EXPECT_THAT(load_static(two, "[switch]\nmax-sources-per-group = 1\n").errors,
              ElementsAre(Says(10, 1, {"239.1.1.1 has more than 1 sources", "max-sources-per-group"})));
}

std::uint32_t hosts_of(std::string_view text) {
  return tracked_hosts(load(std::string{text} + std::string{kThreePorts}).config.value());
}

TEST(TrackedHosts, AreTwoForEachGroupUnlessWritten) {
  EXPECT_EQ(hosts_of(""), 131'072U);
  EXPECT_EQ(hosts_of("[switch]\nmax-groups = 500\n"), 1000U);
  EXPECT_EQ(hosts_of("[switch]\nmax-groups = 16777214\n"), 1'048'576U);
  EXPECT_EQ(hosts_of("[switch]\nmax-hosts = 7\n"), 7U);
  EXPECT_EQ(hosts_of("[switch]\nmax-hosts = 16777215\n"), 16'777'215U);
  EXPECT_EQ(hosts_of("[switch]\nmax-hosts = 0\n"), 0U);
}

TEST(TrackedHosts, NeedAVlanThatTracksThem) {
  const std::string off = "[igmp]\nhost-tracking = false\n";
  EXPECT_EQ(hosts_of(off), 0U);
  EXPECT_EQ(hosts_of(off + "[switch]\nmax-hosts = 7\n"), 0U);
  EXPECT_EQ(hosts_of("[igmp]\nenabled = false\n"), 0U);
  const std::string one = "[[vlan]]\nid = 20\n[vlan.igmp]\nhost-tracking = true\n";
  EXPECT_EQ(hosts_of(off + one), 131'072U);
  // No port carries this one.
  EXPECT_EQ(hosts_of(off + "[[vlan]]\nid = 21\n[vlan.igmp]\nhost-tracking = true\n"), 0U);
  // VLAN 7, the other one, tracks.
  EXPECT_EQ(hosts_of("[[vlan]]\nid = 20\n[vlan.igmp]\nhost-tracking = false\n"), 131'072U);
}

}  // namespace
}  // namespace mcswitch::config
