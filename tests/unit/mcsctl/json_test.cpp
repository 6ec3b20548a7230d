// SPDX-License-Identifier: BSD-3-Clause

#include "mcsctl/json.hpp"

#include <gmock/gmock.h>

#include "unit/telemetry/made_records.hpp"

namespace mcswitch::mcsctl {
namespace {

using telemetry::made_records;
using telemetry::Values;
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

std::string written(const Records& records) {
  std::string text;
  write_json(records, [&](std::string_view piece) { text += piece; });
  return text;
}

TEST(WriteJson, KeysStayInTheirOrderAndNoValueIsNull) {
  const Records records = made_records(
      {{"z", KeyKind::number}, {"a", KeyKind::text}, {"m", KeyKind::number}},
      {{std::uint64_t{12'345'678'901}, std::string{"q\"\n"}, Value{}}, {Value{}, Value{}, Value{}}});
  EXPECT_EQ(written(records),
            "[\n"
            "  {\"z\":12345678901,\"a\":\"q\\\"\\n\",\"m\":null},\n"
            "  {\"z\":null,\"a\":null,\"m\":null}\n"
            "]\n");
}

TEST(WriteJson, AnEmptyListIsAnEmptyArray) { EXPECT_EQ(written(Records{{{"a"}}}), "[]\n"); }

TEST(WriteJson, ADeviceNameThatIsNoUtf8DoesNotEndTheProgram) {
  EXPECT_EQ(written(made_records({{"a"}}, {{std::string{"\xff"}}})), "[\n  {\"a\":\"\xef\xbf\xbd\"}\n]\n");
}

TEST(WriteJson, ALongListComesInPiecesThatFitTogether) {
  std::vector<Values> rows;
  std::string expected = "[";
  for (std::uint64_t n = 0; n < 20'000; ++n) {
    rows.push_back({n});
    expected += (n == 0 ? "\n  {\"n\":" : ",\n  {\"n\":") + std::to_string(n) + "}";
  }
  std::string text;
  std::size_t pieces = 0;
  write_json(made_records({{"n", KeyKind::number}}, rows), [&](std::string_view piece) {
    text += piece;
    ++pieces;
  });
  EXPECT_EQ(text, expected + "\n]\n");
  EXPECT_GT(pieces, 1U);
}

}  // namespace
}  // namespace mcswitch::mcsctl
