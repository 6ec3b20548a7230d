// SPDX-License-Identifier: BSD-3-Clause

#include "config/restart_cost.hpp"

#include <filesystem>

#include "load_support.hpp"

namespace mcswitch::config::restart_cost_test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

constexpr Duration kGrace = membership::kAnswerGrace;

Config config_of(std::string_view text) {
  const LoadResult result = load_with_ports(text);
  EXPECT_THAT(result.errors, IsEmpty()) << text;
  return result.config.value_or(Config{});
}
RestartCost cost_of(std::string_view text) {
  const Config config = config_of(text);
  return restart_cost(config.snooping, config.igmp);
}
std::vector<std::string> lines_of(std::string_view text) { return describe_restart(config_of(text)); }

constexpr std::string_view kQuerier = "[igmp]\nquerier = true\nquerier-address = \"10.0.0.1\"\n";

TEST(RestartCost, OfAQuerierIsItsStartupQueriesAndTheAnswers) {
  const RestartCost cost = cost_of(kQuerier);
  EXPECT_EQ(cost.flooded, 31250ms + 10s + kGrace);
  EXPECT_EQ(cost.flooded_if_taken_over, 125s + 2 * (10s + kGrace));
  EXPECT_EQ(cost.dark, 10s);
}

TEST(RestartCost, BehindAnotherQuerierIsItsNextQueriesAndTheAnswers) {
  const RestartCost cost = cost_of("");
  EXPECT_EQ(cost.flooded, 2 * 125s + 10s + kGrace);
  EXPECT_EQ(cost.dark, 125s + 10s);
}

TEST(RestartCost, FollowsTheConfiguredTimesAndNumbers) {
  EXPECT_EQ(cost_of("[snooping]\nhold-pruning = 1\n" + std::string{kQuerier}).flooded, 10s + kGrace);
  EXPECT_EQ(cost_of("[snooping]\nhold-pruning = 4\n" + std::string{kQuerier}).flooded,
            31250ms + 2 * 125s + 10s + kGrace)
      << "queries after those of the startup are one query interval apart";
  EXPECT_EQ(cost_of("[snooping]\nhold-pruning = 1\n").flooded, 125s + 10s + kGrace);
  EXPECT_EQ(cost_of("[igmp]\nrobustness = 3\nquery-interval = 60\nquery-response-interval = 2\n").flooded,
            3 * 60s + 2s + kGrace);
  EXPECT_EQ(cost_of("[igmp]\nversion = 1\nquery-response-interval = 2\n").dark, 125s + 10s)
      << "a version 1 query gives 10 s, whatever is configured";
}

TEST(RestartText, HasBothTimesWhereItIsHeld) {
  EXPECT_THAT(
      lines_of(kQuerier),
      ElementsAre("VLAN 1: hold-pruning is on: after a restart all multicast is flooded for up to "
                  "41.3 s (145.1 s if another querier takes over meanwhile), and members lose nothing; "
                  "with hold-pruning = false they could be without "
                  "their streams for up to 10 s"));
  EXPECT_THAT(lines_of(""),
              ElementsAre(AllOf(HasSubstr("flooded for up to 260.1 s, and for as long as nobody queries"),
                                HasSubstr("for up to 135 s"))));
}

TEST(RestartText, HasBothTimesWhereItIsNotHeld) {
  EXPECT_THAT(
      lines_of("[snooping]\nunregistered = \"drop\"\n" + std::string{kQuerier}),
      ElementsAre("VLAN 1: hold-pruning is off: after a restart members can be without their streams "
                  "for up to 10 s, until they have answered our first query; with hold-pruning = true "
                  "all multicast would be flooded for up to 41.3 s (145.1 s if another querier takes over "
                  "meanwhile) instead"));
  EXPECT_THAT(lines_of("[snooping]\nhold-pruning = false\n"),
              ElementsAre(AllOf(HasSubstr("for up to 135 s, until they have answered the next query of "
                                          "another querier"),
                                HasSubstr("for up to 260.1 s instead"))));
}

TEST(RestartText, IsOneLineForAllVlansThatHaveTheSameToExpect) {
  Config config = config_of("[[vlan]]\nid = 1\nunregistered = \"drop\"\n");
  for (VlanId vlan = 2; vlan < 4095; ++vlan) {
    config.ports[1].tagged_vlans.push_back(vlan);
  }
  EXPECT_THAT(describe_restart(config), ElementsAre(StartsWith("VLAN 1: hold-pruning is off"),
                                                    StartsWith("VLANs 2-4094: hold-pruning is on")));
}

TEST(RestartText, SaysNothingOfVlansThatAreNotPruned) {
  EXPECT_THAT(lines_of("[snooping]\nmode = \"observe\"\n"), IsEmpty());
  EXPECT_THAT(lines_of("[snooping]\nmode = \"off\"\n"), IsEmpty());
  EXPECT_THAT(lines_of("[igmp]\nenabled = false\n"), IsEmpty());
}

// The examples decide it in so many words, and their comments have the numbers.
TEST(ExampleFile, EachSaysWhetherPruningIsHeld) {
  for (const auto& entry :
       std::filesystem::directory_iterator{std::string{MCSWITCH_CONFIG_DIR} + "/examples"}) {
    const LoadResult result = load_file(entry.path());
    ASSERT_TRUE(result.config) << entry.path();
    EXPECT_TRUE(result.config->snooping.written_hold_pruning) << entry.path();
    EXPECT_THAT(describe_restart(*result.config), Not(IsEmpty())) << entry.path();
  }
}

TEST(ExampleFile, TheCostsInTheirCommentsAreRight) {
  const auto lines = [](const char* name) {
    const LoadResult result = load_file(std::string{MCSWITCH_CONFIG_DIR} + "/examples/" + name + ".toml");
    return result.config ? describe_restart(*result.config) : std::vector<std::string>{};
  };
  for (const char* const name : {"lab-on-veth", "pci-two-workers"}) {
    EXPECT_THAT(lines(name), ElementsAre(AllOf(HasSubstr("41.3 s"), HasSubstr("for up to 10 s")))) << name;
  }
  EXPECT_THAT(lines("ssm-media"), ElementsAre(AllOf(HasSubstr("is off"), HasSubstr("for up to 2 s, until"))));
  EXPECT_THAT(
      lines("trunk-with-vlans"),
      ElementsAre(AllOf(StartsWith("VLANs 1, 10: "), HasSubstr("260.1 s"), HasSubstr("for up to 135 s")),
                  AllOf(StartsWith("VLAN 20: "), HasSubstr("25.1 s"), HasSubstr("for up to 10 s"))));
}

}  // namespace
}  // namespace mcswitch::config::restart_cost_test
