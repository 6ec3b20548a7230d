// SPDX-License-Identifier: BSD-3-Clause
//
// [mld], which can only change nothing yet.

#include <gtest/gtest.h>

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
              ElementsAre(Says(1, 1, {"MLD is not implemented yet: IPv6 multicast is flooded"})));
  EXPECT_THAT(load_with_igmp("\n[mld]\nquerier = false\n").notices,
              ElementsAre(Says(2, 1, {"MLD is not implemented yet"})));
  EXPECT_THAT(load_with_igmp("[mld]\nenabled = true\n").notices,
              ElementsAre(Says(2, 11, {"MLD is not implemented yet"})));
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
                                 {"mld." + std::string{key} + ": MLD is not implemented yet; only "})))
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

}  // namespace
}  // namespace mcswitch::config
