// SPDX-License-Identifier: BSD-3-Clause
//
// [[vlan]] with [vlan.igmp] and [vlan.mld].

#include <gtest/gtest.h>

#include "load_support.hpp"

namespace mcswitch::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::Optional;

// Two trunks with VLANs 20, 30 and 40 and the native VLAN 7.
constexpr std::string_view kTrunks = R"(
[[port]]
name = "left"
device = "net_ring7"
vlan = 7
tagged-vlans = [20, 30, 40]
[[port]]
name = "right"
device = "net_ring8"
vlan = 7
tagged-vlans = [20, 30, 40]
)";

// Lines of `text` begin at 1. Without the notice of MLD; `igmp`: lines of [igmp].
LoadResult load_vlan(std::string_view text, std::string_view igmp = "version = 2\n") {
  return load(std::string{text} + "\n[igmp]\n" + std::string{igmp} + "[mld]\nenabled = false\n" +
              std::string{kTrunks});
}

TEST(VlanSection, TakesFromTheGeneralTablesWhatItDoesNotSet) {
  const LoadResult result = load_vlan(R"([[vlan]]
id = 30
name = "cameras"
[snooping]
mode = "observe"
unregistered = "drop"
)",
                                      "version = 1\nrobustness = 3\nrequire-router-alert = true\n");
  ASSERT_THAT(result.errors, IsEmpty());
  EXPECT_THAT(result.warnings, IsEmpty());
  const Vlan* const vlan = result.config->find_vlan(30);
  ASSERT_NE(vlan, nullptr);
  EXPECT_EQ(vlan->name, "cameras");
  EXPECT_EQ(vlan->snooping.mode, SnoopingMode::observe);
  EXPECT_EQ(vlan->snooping.unregistered, Unregistered::drop);
  EXPECT_EQ(vlan->igmp.intervals.version, 1);
  EXPECT_EQ(vlan->igmp.intervals.robustness_variable, 3);
  EXPECT_TRUE(vlan->igmp.require_router_alert);
  EXPECT_EQ(result.config->find_vlan(20), nullptr);
}

TEST(VlanSection, ChangesOnlyItsOwnVlan) {
  const LoadResult result = load_vlan(R"([[vlan]]
id = 40
mode = "off"
[[vlan]]
id = 20
unregistered = "flood"
flood-ipv6-link-local = true
[vlan.igmp]
enabled = false
ignore-v1-reports = true
)");
  ASSERT_THAT(result.errors, IsEmpty());
  const Config& config = *result.config;
  EXPECT_THAT(config.vlans, ElementsAre(Field(&Vlan::id, 20), Field(&Vlan::id, 40))) << "rising by id";
  EXPECT_EQ(config.snooping_of(20).unregistered, Unregistered::flood);
  EXPECT_EQ(config.snooping_of(20).mode, SnoopingMode::prune);
  EXPECT_EQ(config.snooping_of(40).mode, SnoopingMode::off);
  EXPECT_EQ(config.snooping_of(30).mode, SnoopingMode::prune);
  EXPECT_FALSE(config.igmp_of(20).enabled);
  EXPECT_TRUE(config.igmp_of(20).ignore_v1_reports);
  EXPECT_TRUE(config.igmp_of(40).enabled);
  EXPECT_TRUE(config.igmp_of(7).enabled);
}

TEST(VlanSection, DerivedTimesFollowTheResultingValues) {
  const LoadResult result = load_vlan("[[vlan]]\nid = 20\n[vlan.igmp]\nquery-interval = 60\nversion = 3\n",
                                      "version = 2\nrobustness = 3\nquery-response-interval = 4\n");
  ASSERT_THAT(result.errors, IsEmpty());
  EXPECT_THAT(result.warnings, IsEmpty());
  const membership::Intervals& i = result.config->igmp_of(20).intervals;
  EXPECT_EQ(i.group_membership_interval(), 188s);
  EXPECT_EQ(i.other_querier_present_interval(), 182s);
  EXPECT_EQ(i.startup_query_interval(), 15s);
  EXPECT_EQ(i.last_member_query_count(), 3);
  EXPECT_EQ(result.config->igmp.intervals.group_membership_interval(), 379s) << "[igmp] is as it was";
}

TEST(VlanSection, TimeThatIgmpSetsStaysSetAndIsAWarningWhereItNoLongerFits) {
  const std::string_view igmp = "version = 2\nquery-interval = 60\ngroup-membership-interval = 130\n";
  EXPECT_THAT(load_vlan("", igmp).warnings, IsEmpty());
  const LoadResult result = load_vlan("[[vlan]]\nid = 20\n[vlan.igmp]\nquery-interval = 90\n", igmp);
  EXPECT_THAT(result.warnings,
              ElementsAre(Says(3, 1,
                               {"vlan.igmp.group-membership-interval is 130 s, as in [igmp], but 190 s",
                                "RFC 2236 section 8.4"})));
  EXPECT_EQ(result.config->igmp_of(20).intervals.group_membership_interval(), 130s);
  // [igmp] sets it, so it is not reported again for a VLAN that does not change it.
  const LoadResult odd = load_vlan("[[vlan]]\nid = 20\n[vlan.igmp]\nquerier = false\n",
                                   "version = 2\ngroup-membership-interval = 130\n");
  EXPECT_THAT(odd.warnings, ElementsAre(Field(&Finding::line, 8)));
}

TEST(VlanSection, RouterPortIntervalFollowsWhatTheVlanSets) {
  const LoadResult result = load_vlan("[[vlan]]\nid = 20\n[vlan.igmp]\nother-querier-present-interval = 30\n",
                                      "version = 2\nrouter-port-interval = 255\n");
  EXPECT_THAT(result.warnings,
              ElementsAre(Says(3, 1, {"vlan.igmp.router-port-interval is 255 s, as in [igmp], but 30 s"}),
                          Says(4, 34, {"vlan.igmp.other-querier-present-interval is 30 s, but 255 s"})));
}

TEST(VlanSection, ContradictionOfTheResultIsAnErrorInTheVlan) {
  EXPECT_THAT(load_vlan("[[vlan]]\nid = 20\n[vlan.igmp]\nquery-interval = 8\n").errors,
              ElementsAre(Says(4, 18,
                               {"vlan.igmp.query-response-interval (10 s, as in [igmp])",
                                "less than vlan.igmp.query-interval (8 s)"})));
  EXPECT_THAT(
      load_vlan("[[vlan]]\nid = 20\n[vlan.igmp]\nquery-response-interval = 7\n", "query-interval = 5\n")
          .errors,
      ElementsAre(Says(4, 27, {"(7 s)", "(5 s, as in [igmp])"}), Says(7, 18, {"igmp.query-interval (5 s)"})));
  // Mistakes of [igmp] are reported once.
  EXPECT_THAT(load_vlan("[[vlan]]\nid = 20\n[vlan.igmp]\nrobustness = 3\n", "query-interval = 5\n").errors,
              ElementsAre(Says(7, 18, {"igmp.query-interval (5 s)"})));
}

TEST(VlanSection, RefusedTimesOfIgmpAccuseNoVlan) {
  const LoadResult result = load_vlan(
      "[[vlan]]\nid = 20\n[vlan.igmp]\nquery-response-interval = 20\n"
      "group-membership-interval = 50\n",
      "version = 2\nquery-interval = 0\n");
  EXPECT_THAT(result.errors, ElementsAre(Says(9, 18, {"igmp.query-interval must be", "not 0"})));
  EXPECT_THAT(result.warnings, IsEmpty());
}

TEST(VlanSection, QuerierOfOneVlanNeedsAnAddressHereOrInIgmp) {
  const std::string_view querier = "[[vlan]]\nid = 20\n[vlan.igmp]\nquerier = true\n";
  EXPECT_THAT(
      load_vlan(querier).errors,
      ElementsAre(Says(4, 11, {"vlan.igmp.querier = true needs vlan.igmp.querier-address", "192.0.2.1"})));
  const LoadResult inherited = load_vlan(querier, "version = 2\nquerier-address = \"10.1.2.3\"\n");
  ASSERT_THAT(inherited.errors, IsEmpty());
  EXPECT_TRUE(inherited.config->igmp_of(20).querier);
  EXPECT_FALSE(inherited.config->igmp_of(30).querier);
  EXPECT_EQ(inherited.config->igmp_of(20).querier_address, Ipv4Address::of(10, 1, 2, 3));
  const LoadResult own = load_vlan(std::string{querier} + "querier-address = \"10.20.0.1\"\n",
                                   "version = 2\nquerier = true\nquerier-address = \"10.1.2.3\"\n");
  ASSERT_THAT(own.errors, IsEmpty());
  EXPECT_EQ(own.config->igmp_of(20).querier_address, Ipv4Address::of(10, 20, 0, 1));
  EXPECT_EQ(own.config->igmp_of(30).querier_address, Ipv4Address::of(10, 1, 2, 3));
  EXPECT_THAT(load_vlan(querier, "version = 2\nquerier-address = \"0.0.0.0\"\n").warnings,
              ElementsAre(Says(4, 11, {"vlan.igmp.querier-address is 0.0.0.0"})));
}

// [igmp] of version 3 may say more than a version 2 query can.
TEST(VlanSection, ResponseTimesOfIgmpMustFitTheVersionOfTheVlan) {
  const std::string_view igmp =
      "version = 3\nquery-response-interval = 30\nlast-member-query-interval = 26\n";
  EXPECT_THAT(load_vlan("[[vlan]]\nid = 20\n[vlan.igmp]\nrobustness = 3\n", igmp).errors, IsEmpty());
  EXPECT_THAT(
      load_vlan("[[vlan]]\nid = 20\n[vlan.igmp]\nversion = 2\n", igmp).errors,
      ElementsAre(
          Says(4, 11,
               {"vlan.igmp.query-response-interval (30 s, as in [igmp]) does not fit vlan.igmp.version = 2",
                "0.1 to 25.5 seconds here"}),
          Says(4, 11, {"vlan.igmp.last-member-query-interval (26 s, as in [igmp])"})));
  EXPECT_THAT(load_vlan("[[vlan]]\nid = 20\n[vlan.igmp]\nversion = 2\nquery-response-interval = 10\n"
                        "last-member-query-interval = 1\n",
                        igmp)
                  .errors,
              IsEmpty());
  EXPECT_THAT(load_vlan("[[vlan]]\nid = 20\n[vlan.igmp]\nversion = 3\nquery-response-interval = 30\n").errors,
              IsEmpty());
}

TEST(VlanSection, ReportsAndSourcesAreSetForOneVlan) {
  const LoadResult result = load_vlan(R"([[vlan]]
id = 20
[vlan.igmp]
report-mode = "proxy"
proxy-address = "10.20.0.9"
host-tracking = false
ssm-range = []
)",
                                      "version = 3\nssm-range = [\"232.0.0.0/8\"]\n");
  ASSERT_THAT(result.errors, IsEmpty());
  const Igmp& own = result.config->igmp_of(20);
  EXPECT_EQ(own.report_mode, ReportMode::proxy);
  EXPECT_EQ(own.proxy_address, Ipv4Address::of(10, 20, 0, 9));
  EXPECT_FALSE(own.host_tracking);
  EXPECT_THAT(own.ssm_range, IsEmpty());
  const Igmp& other = result.config->igmp_of(30);
  EXPECT_EQ(other.report_mode, ReportMode::transparent);
  EXPECT_TRUE(other.host_tracking);
  EXPECT_THAT(other.ssm_range, ElementsAre(Ipv4Prefix{Ipv4Address::of(232, 0, 0, 0), 8}));
}

TEST(VlanSection, KeysHaveTheRangesOfTheGeneralTables) {
  EXPECT_THAT(load_vlan("[[vlan]]\nid = 20\nmode = \"on\"\nunregistered = \"no\"\n").errors,
              ElementsAre(Says(3, 8, {"vlan.mode must be \"prune\", \"observe\" or \"off\""}),
                          Says(4, 16, {"vlan.unregistered must be"})));
  EXPECT_THAT(load_vlan("[[vlan]]\nid = 20\nflood-ipv6-link-local = false\n").errors,
              ElementsAre(Says(3, 25, {"vlan.flood-ipv6-link-local", "only true is possible"})));
  EXPECT_THAT(load_vlan("[[vlan]]\nid = 20\n[vlan.igmp]\nrobustness = 8\nversion = 4\n").errors,
              ElementsAre(Says(4, 14, {"vlan.igmp.robustness must be an integer from 1 to 7, not 8"}),
                          Says(5, 11, {"vlan.igmp.version"})));
  EXPECT_THAT(load_vlan("[[vlan]]\nid = 20\n[vlan.igmp]\nssm-range = [\"10.0.0.0/8\"]\n").errors,
              ElementsAre(Says(4, 14, {"vlan.igmp.ssm-range"})));
  EXPECT_THAT(load_vlan("[[vlan]]\nid = 20\nigmp = 3\n").errors,
              ElementsAre(Says(3, 8, {"vlan.igmp must be one table, written [vlan.igmp], not 3"})));
}

TEST(HoldPruning, LeftOutFollowsThePolicyOfTheVlan) {
  const LoadResult result = load_with_ports(R"([[vlan]]
id = 1
unregistered = "drop"
)");
  ASSERT_TRUE(result.config);
  EXPECT_EQ(result.config->snooping.hold_pruning(), (HoldPruning{.is_on = true, .queries = {}}));
  EXPECT_EQ(result.config->snooping_of(1).hold_pruning(), (HoldPruning{.is_on = false, .queries = {}}));
}

TEST(HoldPruning, WrittenHoldsWhateverThePolicyIs) {
  const LoadResult result = load_with_ports(R"([snooping]
hold-pruning = false
[[vlan]]
id = 1
unregistered = "drop"
hold-pruning = 10
)");
  ASSERT_TRUE(result.config);
  EXPECT_EQ(result.config->snooping.hold_pruning(), (HoldPruning{.is_on = false, .queries = {}}));
  EXPECT_EQ(result.config->snooping_of(1).hold_pruning(), (HoldPruning{.is_on = true, .queries = 10}));
  EXPECT_EQ(load_with_ports("[snooping]\nhold-pruning = true\n").config->snooping.hold_pruning(),
            (HoldPruning{.is_on = true, .queries = {}}));
}

TEST(HoldPruning, IsTrueFalseOrOneToTen) {
  for (const std::string value : {"0", "11", "-1", "2.0", "\"auto\""}) {
    const LoadResult result = load_with_ports("[snooping]\nhold-pruning = " + value + "\n");
    EXPECT_FALSE(result.config) << value;
    EXPECT_THAT(result.errors, testing::ElementsAre(Says(2, 16, {"snooping.hold-pruning", "1 to 10"})))
        << value;
  }
}

TEST(VlanSection, UnknownKeysAreRefused) {
  EXPECT_THAT(load_vlan("[[vlan]]\nid = 20\nunregisterd = \"flood\"\n").errors,
              ElementsAre(Says(3, 1, {"\"unregistered\"?"})));
  EXPECT_THAT(load_vlan("[[vlan]]\nid = 20\n[vlan.igmp]\nrobustnes = 3\n").errors,
              ElementsAre(Says(4, 1, {"\"robustnes\" in [vlan.igmp]", "\"robustness\"?"})));
}

TEST(VlanSection, MldOfOneVlanIsNotBuilt) {
  EXPECT_THAT(load_vlan("[[vlan]]\nid = 20\n[vlan.mld]\nenabled = false\nquerier = true\n").errors,
              IsEmpty());
  EXPECT_THAT(load_vlan("[[vlan]]\nid = 20\n[vlan.mld]\nquerier = true\n").errors, IsEmpty())
      << "[mld] is disabled";
  const LoadResult enabled = load_vlan("[[vlan]]\nid = 20\n[vlan.mld]\nenabled = true\nquerier = true\n");
  EXPECT_THAT(enabled.notices, ElementsAre(Says(4, 11, {"MLD is not implemented yet"})));
  EXPECT_THAT(enabled.errors, ElementsAre(Says(5, 11, {"vlan.mld.querier: MLD is not implemented yet"})));
  // Where [mld] is enabled the notice has been given.
  EXPECT_THAT(
      load("[[vlan]]\nid = 7\n[vlan.mld]\nenabled = true\n[igmp]\nversion = 2\n" + std::string{kTrunks})
          .notices,
      ElementsAre(Says(1, 1, {"MLD is not implemented yet"})));
}

TEST(VlanSection, IdIsOneTo4094) {
  EXPECT_THAT(load_vlan("[[vlan]]\nid = 0\n").errors,
              ElementsAre(Says(2, 6, {"vlan.id must be an integer from 1 to 4094, not 0"})));
  EXPECT_THAT(load_vlan("[[vlan]]\nid = 4095\n").errors, ElementsAre(Says(2, 6, {"not 4095"})));
  EXPECT_THAT(load_vlan("[[vlan]]\nname = \"x\"\n").errors, ElementsAre(Says(1, 1, {"no id", "id = 10"})));
  EXPECT_THAT(load_vlan("[vlan]\nid = 10\n").errors, ElementsAre(Says(1, 1, {"each written [[vlan]]"})));
}

TEST(VlanSection, NameIsShortText) {
  EXPECT_THAT(load_vlan("[[vlan]]\nid = 20\nname = 10\n").errors,
              ElementsAre(Says(3, 8, {"vlan.name must be a string"})));
  EXPECT_THAT(load_vlan("[[vlan]]\nid = 20\nname = \"a\\nb\"\n").errors,
              ElementsAre(Says(3, 8, {"vlan.name must be at most 64 bytes without control characters"})));
  const std::string longest(64, 'x');
  EXPECT_THAT(load_vlan("[[vlan]]\nid = 20\nname = \"" + longest + "\"\n").errors, IsEmpty());
  EXPECT_THAT(load_vlan("[[vlan]]\nid = 20\nname = \"" + longest + "y\"\n").errors,
              ElementsAre(Says(3, 8, {"at most 64 bytes"})));
}

TEST(VlanSection, IdsAreUnique) {
  EXPECT_THAT(load_vlan("[[vlan]]\nid = 20\n[[vlan]]\nid = 20\n").errors,
              ElementsAre(Says(4, 6, {"vlan.id 20 is already taken (line 2)"})));
}

// docs/choices.md: a VLAN exists when a port carries it.
TEST(VlanSection, VlanThatNoPortCarriesIsAWarning) {
  EXPECT_THAT(load_vlan("[[vlan]]\nid = 4094\n").warnings,
              ElementsAre(Says(2, 6, {"no port carries VLAN 4094", "tagged-vlans"})));
  EXPECT_THAT(load_vlan("[[vlan]]\nid = 7\n[[vlan]]\nid = 40\n").warnings, IsEmpty())
      << "untagged and tagged";
}

}  // namespace
}  // namespace mcswitch::config
