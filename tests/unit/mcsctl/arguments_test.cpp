// SPDX-License-Identifier: BSD-3-Clause

#include "mcsctl/arguments.hpp"

#include <gmock/gmock.h>

#include <vector>

#include "mcsctl/failure.hpp"
#include "mcsctl/verbs.hpp"

namespace mcswitch::mcsctl {
namespace {

std::variant<Arguments, int> parse(const std::vector<const char*>& words) {
  std::vector<const char*> argv{"mcsctl"};
  for (const char* word : words) {
    argv.push_back(word);
  }
  return parse_arguments(static_cast<int>(argv.size()), argv.data());
}

Arguments accepted(const std::vector<const char*>& words) {
  const auto parsed = parse(words);
  const auto* arguments = std::get_if<Arguments>(&parsed);
  EXPECT_NE(arguments, nullptr) << "exit code " << (arguments == nullptr ? std::get<int>(parsed) : 0);
  return arguments == nullptr ? Arguments{} : *arguments;
}

// The exit code; what is printed or thrown with it is put into `text`.
int refused(const std::vector<const char*>& words, std::string* text = nullptr) {
  try {
    const auto parsed = parse(words);
    const int* exit_code = std::get_if<int>(&parsed);
    return exit_code == nullptr ? -1 : *exit_code;
  } catch (const Failure& failure) {
    if (text != nullptr) {
      *text = failure.what();
    }
    return failure.exit_code();
  }
}

TEST(Arguments, EveryVerbIsTakenAndTheDefaultsAreThoseOfTheManual) {
  for (const Verb& verb : verbs()) {
    const Arguments arguments = accepted({verb.name.c_str()});
    EXPECT_EQ(arguments.verb, verb.name);
    EXPECT_EQ(arguments.name, "mcswitch");
    EXPECT_FALSE(arguments.json);
    EXPECT_EQ(arguments.params, "");
  }
}

TEST(Arguments, NameAndJsonMayStandBeforeOrBehindTheCommand) {
  for (const auto& words : std::vector<std::vector<const char*>>{{"--name", "lab", "--json", "macs"},
                                                                 {"macs", "--json", "--name", "lab"},
                                                                 {"--json", "macs", "--name=lab"}}) {
    const Arguments arguments = accepted(words);
    EXPECT_EQ(arguments.name, "lab");
    EXPECT_TRUE(arguments.json);
    EXPECT_EQ(arguments.verb, "macs");
  }
}

TEST(Arguments, FiltersBecomeParametersAndAreEscaped) {
  EXPECT_EQ(accepted({"groups", "--vlan", "12"}).params, "vlan=12");
  EXPECT_EQ(accepted({"groups", "--group", "ff05::1:3"}).params, "group=ff05::1:3");
  EXPECT_EQ(accepted({"counters", "--port", "a,b=c%"}).params, "port=a%2Cb=c%25");
  // In whatever order.
  EXPECT_THAT(accepted({"groups", "--port", "p1", "--vlan", "12"}).params,
              testing::AnyOf("port=p1,vlan=12", "vlan=12,port=p1"));
}

TEST(Arguments, WrongOnesAreWrongUsage) {
  const std::vector<std::vector<const char*>> wrong{{},
                                                    {"bogus"},
                                                    {"groups", "--vlan", "0"},
                                                    {"groups", "--vlan", "4095"},
                                                    {"groups", "--vlan", "many"},
                                                    {"groups", "--group", "10.0.0.1"},
                                                    {"groups", "--group", "239.1.1"},
                                                    {"groups", "--bad"},
                                                    {"groups", "extra"},
                                                    {"groups", "macs"},
                                                    {"macs", "--port", "p1"},
                                                    {"--name"}};
  for (const auto& words : wrong) {
    EXPECT_EQ(refused(words), kExitWrongUsage) << testing::PrintToString(words);
  }
}

TEST(Arguments, HelpIsNoError) {
  EXPECT_EQ(refused({"--help"}), 0);
  EXPECT_EQ(refused({"groups", "--help"}), 0);
}

TEST(Arguments, WhatIsNotBuiltYetIsRefusedInThoseWordsWhateverFollows) {
  const std::vector<std::vector<const char*>> not_built{{"traffic"},
                                                        {"health", "--json"},
                                                        {"events", "--follow"},
                                                        {"config"},
                                                        {"top"},
                                                        {"explain", "--port", "p0", "--dst", "239.1.1.1"},
                                                        {"metrics"},
                                                        {"--json", "explain", "--help"}};
  for (const auto& words : not_built) {
    std::string text;
    EXPECT_EQ(refused(words, &text), kExitWrongUsage) << testing::PrintToString(words);
    EXPECT_THAT(text, testing::EndsWith(" is not implemented yet")) << testing::PrintToString(words);
  }
}

TEST(Arguments, GroupsAloneAreShownWithTheirHosts) {
  EXPECT_FALSE(accepted({"groups"}).hosts);
  const Arguments arguments = accepted({"groups", "--hosts", "--vlan", "12"});
  EXPECT_TRUE(arguments.hosts);
  EXPECT_EQ(arguments.verb, "groups");
  EXPECT_EQ(arguments.params, "vlan=12");
  EXPECT_EQ(refused({"macs", "--hosts"}), kExitWrongUsage);
}

}  // namespace
}  // namespace mcswitch::mcsctl
