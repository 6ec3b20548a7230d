// SPDX-License-Identifier: BSD-3-Clause

#include "mcsctl/json.hpp"

#include <gmock/gmock.h>

namespace mcswitch::mcsctl {
namespace {

using testing::ElementsAre;

TEST(ParseGreeting, TakesTheLengthOfReplies) {
  const auto greeting = parse_greeting(R"({"version":"DPDK 22.11.11","pid":7,"max_output_len":16384})");
  ASSERT_TRUE(greeting.has_value());
  EXPECT_EQ(greeting->max_output_len, 16384U);
}

TEST(ParseGreeting, RefusesWhatIsNone) {
  for (const char* text : {"", "hello", "[]", "{}", R"({"max_output_len":0})", R"({"max_output_len":-5})",
                           R"({"max_output_len":"16384"})"}) {
    EXPECT_FALSE(parse_greeting(text).has_value()) << text;
  }
}

TEST(ParseReply, TakesAPageOfAList) {
  const auto reply = parse_reply(
      R"({"/x/y":{"total":9,"next":33,"tag":5,"columns":"a,b","rows":["1|%7C","2|","3|long ","+tail"]}})",
      "/x/y");
  ASSERT_TRUE(reply.has_value());
  EXPECT_TRUE(reply->known);
  EXPECT_EQ(reply->tag, 5U);
  EXPECT_EQ(reply->next, 33U);
  EXPECT_THAT(reply->columns, ElementsAre("a", "b"));
  ASSERT_EQ(reply->rows.size(), 3U);
  EXPECT_THAT(reply->rows[0], ElementsAre(telemetry::Field{"1"}, telemetry::Field{"|"}));
  EXPECT_THAT(reply->rows[1], ElementsAre(telemetry::Field{"2"}, std::nullopt));
  EXPECT_THAT(reply->rows[2], ElementsAre(telemetry::Field{"3"}, telemetry::Field{"long tail"}));
}

// What does not fit into one string of the library.
TEST(ParseReply, MoreColumnsComeBehindTheFirst) {
  const auto reply =
      parse_reply(R"({"/x":{"columns":"a,b","more_columns":["c,d","e"],"rows":["1|2|3|4|5"]}})", "/x");
  ASSERT_TRUE(reply.has_value());
  EXPECT_THAT(reply->columns, ElementsAre("a", "b", "c", "d", "e"));
  EXPECT_EQ(reply->rows.at(0).at(4), telemetry::Field{"5"});
}

TEST(ParseReply, TakesAnObjectInItsOrderWithoutTheTag) {
  const auto reply = parse_reply(R"({"/x":{"z":"last","tag":5,"a":18446744073709551615}})", "/x");
  ASSERT_TRUE(reply.has_value());
  EXPECT_THAT(reply->object, ElementsAre(std::pair<std::string, Value>{"z", std::string{"last"}},
                                         std::pair<std::string, Value>{"a", 18'446'744'073'709'551'615U}));
}

TEST(ParseReply, AnErrorHasTextKindAndTag) {
  const auto reply = parse_reply(R"({"/x":{"error":"no port p9","kind":"usage","tag":8}})", "/x");
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->error, "no port p9");
  EXPECT_EQ(reply->error_kind, "usage");
  EXPECT_EQ(reply->tag, 8U);
}

TEST(ParseReply, NullMeansThatNobodyKnowsTheCommand) {
  const auto reply = parse_reply(R"({"/x":null})", "/x");
  ASSERT_TRUE(reply.has_value());
  EXPECT_FALSE(reply->known);
}

TEST(ParseReply, WhatGotGarbledIsRefused) {
  for (const char* text :
       {"", R"({"/x":{"a":1)", R"({"/other":{"a":1}})", R"({"/x":{"a":1},"/y":2})", R"({"/x":[1,2]})",
        R"({"/x":{"a":-1}})", R"({"/x":{"a":[1]}})", R"({"/x":{"tag":"5"}})",
        R"({"/x":{"columns":"a,b","rows":["1|2|3"]}})", R"({"/x":{"columns":"a,b","rows":[1]}})",
        R"({"/x":{"columns":"a,b","rows":"1|2"}})",
        R"({"/x":{"columns":"a","more_columns":"b","rows":["1|2"]}})",
        R"({"/x":{"columns":"a","more_columns":[2],"rows":["1|2"]}})", R"({"/x":{"columns":"a,b"}})"}) {
    EXPECT_FALSE(parse_reply(text, "/x").has_value()) << text;
  }
}

TEST(ToJson, KeysStayInTheirOrderAndNoValueIsNull) {
  const Records records{
      {{"z", KeyKind::number}, {"a", KeyKind::text}, {"m", KeyKind::number}},
      {{std::uint64_t{12'345'678'901}, std::string{"q\"\n"}, Value{}}, {Value{}, Value{}, Value{}}}};
  EXPECT_EQ(to_json(records),
            "[\n"
            "  {\"z\":12345678901,\"a\":\"q\\\"\\n\",\"m\":null},\n"
            "  {\"z\":null,\"a\":null,\"m\":null}\n"
            "]\n");
}

TEST(ToJson, AnEmptyListIsAnEmptyArray) { EXPECT_EQ(to_json(Records{{{"a"}}, {}}), "[]\n"); }

TEST(ToJson, ADeviceNameThatIsNoUtf8DoesNotEndTheProgram) {
  EXPECT_EQ(to_json(Records{{{"a"}}, {{std::string{"\xff"}}}}), "[\n  {\"a\":\"\xef\xbf\xbd\"}\n]\n");
}

}  // namespace
}  // namespace mcswitch::mcsctl
