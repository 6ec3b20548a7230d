// SPDX-License-Identifier: BSD-3-Clause
//
// [mld] and [[vlan]], which can only change nothing yet.

#include <gtest/gtest.h>

#include <utility>

#include "load_support.hpp"

namespace mcswitch::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Version 2, so that the only notice is that of MLD. Lines of `text` begin at 1.
LoadResult load_with_igmp(std::string_view text) {
  return load(std::string{text} + "\n[igmp]\nversion = 2\n" + std::string{kTwoPorts});
}

TEST(MldSection, IsNotBuiltWhichANoticeSays) {
  EXPECT_THAT(load_with_igmp("").notices,
              ElementsAre(Says(1, 1, {"MLD is not built yet: IPv6 multicast is flooded"})));
  EXPECT_THAT(load_with_igmp("\n[mld]\nquerier = false\n").notices,
              ElementsAre(Says(2, 1, {"MLD is not built yet"})));
  EXPECT_THAT(load_with_igmp("[mld]\nenabled = true\n").notices,
              ElementsAre(Says(2, 11, {"MLD is not built yet"})));
  EXPECT_THAT(load_with_igmp("[mld]\nenabled = false\n").notices, IsEmpty());
}

// Key, default, another value.
struct MldKey {
  std::string_view key;
  std::string_view standard;
  std::string_view other;
};
constexpr MldKey kMldKeys[] = {
    {"version", "2", "1"},
    {"querier", "false", "true"},
    {"querier-address", "\"auto\"", "\"fe80::1\""},
    {"proxy-address", "\"auto\"", "\"fe80::1\""},
    {"robustness", "2", "3"},
    {"query-interval", "125", "60"},
    {"query-response-interval", "10.0", "0.3"},
    {"last-member-query-interval", "1", "0.5"},
    {"last-member-query-count", "2", "4"},
    {"startup-query-interval", "31.25", "15"},
    {"startup-query-count", "2", "3"},
    {"group-membership-interval", "270", "2.5"},
    {"other-querier-present-interval", "255", "30"},
    {"router-port-interval", "255", "30"},
    {"report-mode", "\"transparent\"", "\"proxy\""},
};

TEST(MldSection, KeysAreAcceptedAtTheirDefaultsOnly) {
  for (const auto& [key, standard, other] : kMldKeys) {
    const std::string assign = "[mld]\n" + std::string{key} + " = ";
    EXPECT_THAT(load_with_igmp(assign + std::string{standard}).errors, IsEmpty()) << key;
    EXPECT_THAT(load_with_igmp(assign + std::string{other}).errors,
                ElementsAre(Says(2, static_cast<int>(key.size()) + 4,
                                 {"mld." + std::string{key} + ": MLD is not built yet; only "})))
        << key;
  }
}

TEST(MldSection, SwitchesWithoutEffectAreAccepted) {
  for (const std::string_view value : {"true", "false"}) {
    EXPECT_THAT(load_with_igmp("[mld]\nhost-tracking = " + std::string{value}).errors, IsEmpty());
    EXPECT_THAT(load_with_igmp("[mld]\nrequire-router-alert = " + std::string{value}).errors, IsEmpty());
  }
}

TEST(MldSection, DisabledTakesAnyValueOfTheRightType) {
  for (const auto& [key, standard, other] : kMldKeys) {
    const std::string assign = "[mld]\nenabled = false\n" + std::string{key} + " = ";
    EXPECT_THAT(load_with_igmp(assign + std::string{other}).errors, IsEmpty()) << key;
    EXPECT_THAT(load_with_igmp(assign + "[7]").errors,
                ElementsAre(Says(3, static_cast<int>(key.size()) + 4, {"must be ", "not an array"})))
        << key;
  }
}

TEST(MldSection, HasNoVersionOneReportsOfIgmp) {
  EXPECT_THAT(load_with_igmp("[mld]\nignore-v1-reports = false\n").errors,
              ElementsAre(Says(2, 1, {"unknown key \"ignore-v1-reports\" in [mld]"})));
  EXPECT_THAT(load_with_igmp("[mld]\nenabled = false\nversoin = 1\n").errors,
              ElementsAre(Says(3, 1, {"\"version\"?"})));
}

TEST(VlanSection, IdAndNameAreAccepted) {
  const LoadResult result = load_with_igmp("[[vlan]]\nid = 1\nname = \"office\"\n[vlan.igmp]\n[vlan.mld]\n");
  EXPECT_THAT(result.errors, IsEmpty());
  EXPECT_THAT(result.warnings, IsEmpty());
}

TEST(VlanSection, IdIsOneTo4094) {
  EXPECT_THAT(load_with_igmp("[[vlan]]\nid = 0\n").errors,
              ElementsAre(Says(2, 6, {"vlan.id must be an integer from 1 to 4094, not 0"})));
  EXPECT_THAT(load_with_igmp("[[vlan]]\nid = 4095\n").errors, ElementsAre(Says(2, 6, {"not 4095"})));
  EXPECT_THAT(load_with_igmp("[[vlan]]\nname = \"x\"\n").errors,
              ElementsAre(Says(1, 1, {"no id", "id = 10"})));
  EXPECT_THAT(load_with_igmp("[vlan]\nid = 10\n").errors, ElementsAre(Says(1, 1, {"each written [[vlan]]"})));
  EXPECT_THAT(load_with_igmp("[[vlan]]\nid = 1\nname = 10\n").errors,
              ElementsAre(Says(3, 8, {"vlan.name must be a string"})));
}

TEST(VlanSection, IdsAreUnique) {
  EXPECT_THAT(load_with_igmp("[[vlan]]\nid = 1\n[[vlan]]\nid = 1\n").errors,
              ElementsAre(Says(4, 6, {"vlan.id 1 is already taken (line 2)"})));
}

// DESIGN: a VLAN exists when a port carries it.
TEST(VlanSection, VlanWithoutAPortIsAWarning) {
  EXPECT_THAT(load_with_igmp("[[vlan]]\nid = 4094\n").warnings,
              ElementsAre(Says(2, 6, {"no port carries VLAN 4094"})));
}

TEST(VlanSection, SettingsAreNotBuilt) {
  for (const std::string_view line :
       {"unregistered = \"flood\"", "mode = \"off\"", "flood-ipv6-link-local = true", "igmp = {version = 2}",
        "mld = {enabled = false}"}) {
    EXPECT_THAT(load_with_igmp("[[vlan]]\nid = 1\n" + std::string{line}).errors,
                ElementsAre(Says(3, 1, {"settings of one VLAN are not built yet", "leave it out"})))
        << line;
  }
  EXPECT_THAT(
      load_with_igmp("[[vlan]]\nid = 1\n[[vlan.static-group]]\ngroup = \"239.1.1.1\"\nports = [\"left\"]\n")
          .errors,
      ElementsAre(Says(3, 8, {"vlan.static-group: ", "not built yet"})));
  EXPECT_THAT(load_with_igmp("[[vlan]]\nid = 1\nunregisterd = \"flood\"\n").errors,
              ElementsAre(Says(3, 1, {"\"unregistered\"?"})));
}

}  // namespace
}  // namespace mcswitch::config
