// SPDX-License-Identifier: BSD-3-Clause

#include "telemetry/wire.hpp"

#include <gmock/gmock.h>

namespace mcswitch::telemetry {
namespace {

using testing::ElementsAre;
using testing::Optional;

TEST(WireField, PlainTextIsWrittenAsItIs) {
  EXPECT_EQ(escape_field("net_ring0 (a:b=c)"), "net_ring0 (a:b=c)");
}

TEST(WireField, SeparatorsEscapesAndWhatJsonMustEscapeAreEscaped) {
  EXPECT_EQ(escape_field("a|b+c,d%e\"f\\g\n"), "a%7Cb%2Bc%2Cd%25e%22f%5Cg%0A");
}

// rte_telemetry 22.11 indexes a table of 32 with a signed char: bytes above 127 must not reach it.
TEST(WireField, BytesAbove127AreEscaped) { EXPECT_EQ(escape_field("\xc3\xa9"), "%C3%A9"); }

TEST(WireField, EveryByteSurvivesTheRoundTrip) {
  std::string all;
  for (int i = 0; i < 256; ++i) {
    all += static_cast<char>(i);
  }
  EXPECT_THAT(unescape_field(escape_field(all)), Optional(all));
}

TEST(WireField, BrokenEscapesAreRefused) {
  EXPECT_EQ(unescape_field("%"), std::nullopt);
  EXPECT_EQ(unescape_field("a%2"), std::nullopt);
  EXPECT_EQ(unescape_field("%2g"), std::nullopt);
  EXPECT_EQ(unescape_field("%zz"), std::nullopt);
  EXPECT_THAT(unescape_field("%2c"), Optional(std::string{","}));
}

TEST(WireRow, FieldsStandBetweenSeparatorsAndNoneIsEmpty) {
  Row row;
  row.none().number(18'446'744'073'709'551'615U).text("*").none();
  EXPECT_EQ(row.str(), "|18446744073709551615|*|");
}

TEST(WireRow, TooLongATextIsCutAndSaysSo) {
  Row row;
  row.text(std::string(Row::kMaxText + 1, 'd'));
  EXPECT_EQ(row.str(), std::string(Row::kMaxText, 'd') + "...");
}

Row row_of_length(std::size_t length) {
  Row row;
  row.text(std::string(length, 'x'));
  return row;
}

TEST(WirePage, ARowOfOneStringIsNotCut) {
  Page page;
  ASSERT_TRUE(page.add(row_of_length(kStringLength)));
  EXPECT_THAT(page.strings(), ElementsAre(std::string(127, 'x')));
  EXPECT_EQ(page.bytes(), 127U + 3U);
}

TEST(WirePage, OneCharacterMoreIsContinued) {
  Page page;
  ASSERT_TRUE(page.add(row_of_length(kStringLength + 1)));
  EXPECT_THAT(page.strings(), ElementsAre(std::string(127, 'x'), "+x"));
}

TEST(WirePage, NoStringIsLongerThanTheLibraryTakes) {
  Page page;
  ASSERT_TRUE(page.add(row_of_length(1000)));
  // 127 characters, then 126 to a string: 873 are seven more.
  EXPECT_EQ(page.strings().size(), 8U);
  for (const std::string& s : page.strings()) {
    EXPECT_LE(s.size(), kStringLength);
  }
}

// The size must be what a JSON printer makes of it: quotes, commas, no escapes.
TEST(WirePage, BytesAreThoseOfTheJsonArray) {
  Page page;
  for (int i = 0; i < 20; ++i) {
    Row row;
    row.text("a\"|\\").number(static_cast<std::uint64_t>(i) * 1'000'000).text(std::string(200, 'y'));
    ASSERT_TRUE(page.add(row));
  }
  std::string json;
  for (const std::string& s : page.strings()) {
    json += '"' + s + "\",";
  }
  EXPECT_EQ(page.bytes(), json.size());
}

TEST(WirePage, StopsBeforeTheReplyIsFullAndNotLongBefore) {
  Page page;
  Row row;
  row.text(std::string(96, 'z'));
  std::size_t count = 0;
  while (page.add(row)) {
    ++count;
  }
  EXPECT_EQ(page.bytes(), count * 99);
  EXPECT_LE(page.bytes() + Page::kRestBytes, kReplyBytes);
  EXPECT_GT(page.bytes() + Page::kRestBytes + 99, kReplyBytes);
}

TEST(WirePage, ShortRowsStopAtTheLengthOfAnArray) {
  Page page;
  Row row;
  row.number(1);
  while (page.add(row)) {
  }
  EXPECT_EQ(page.strings().size(), 512U);
}

TEST(WirePage, ARowWhoseContinuationDoesNotFitIsLeftOutWhole) {
  Page page;
  Row small;
  small.number(1);
  for (int i = 0; i < 511; ++i) {
    ASSERT_TRUE(page.add(small));
  }
  const std::size_t before = page.bytes();
  EXPECT_FALSE(page.add(row_of_length(128)));
  EXPECT_EQ(page.bytes(), before);
  EXPECT_EQ(page.row_count(), 511U);
  EXPECT_TRUE(page.add(small));
}

TEST(WirePage, TheLongestRowThereCanBeFitsIntoAPage) {
  Page page;
  Row row;
  // Four texts, each byte of which takes three.
  for (int i = 0; i < 4; ++i) {
    row.text(std::string(5000, '|'));
  }
  for (int i = 0; i < 10; ++i) {
    row.number(18'446'744'073'709'551'615U);
  }
  EXPECT_TRUE(page.add(row));
}

TEST(WirePage, LimitCountsRowsAndNotStrings) {
  Page page{2};
  EXPECT_TRUE(page.add(row_of_length(500)));
  EXPECT_TRUE(page.add(row_of_length(500)));
  EXPECT_FALSE(page.add(row_of_length(1)));
}

TEST(WireDecode, GivesBackWhatAPageWasMadeOf) {
  Page page;
  Row first;
  first.text("p|1").none().number(5);
  Row second;
  second.text(std::string(300, '+')).text("x").none();
  ASSERT_TRUE(page.add(first));
  ASSERT_TRUE(page.add(second));
  const auto rows = decode_rows(page.strings(), 3);
  ASSERT_TRUE(rows.has_value());
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_THAT((*rows)[0], ElementsAre(Field{"p|1"}, std::nullopt, Field{"5"}));
  EXPECT_THAT((*rows)[1], ElementsAre(Field{std::string(300, '+')}, Field{"x"}, std::nullopt));
}

TEST(WireDecode, RefusesWhatNoPageWrites) {
  EXPECT_EQ(decode_rows({"+a|b"}, 2), std::nullopt);
  EXPECT_EQ(decode_rows({"a|b", "a|b|c"}, 2), std::nullopt);
  EXPECT_EQ(decode_rows({"a%|b"}, 2), std::nullopt);
}

TEST(WireColumns, AreSplitAtCommas) {
  EXPECT_THAT(split_columns("vlan,group,port"), ElementsAre("vlan", "group", "port"));
  EXPECT_THAT(split_columns("vlan"), ElementsAre("vlan"));
  EXPECT_TRUE(split_columns("").empty());
}

TEST(CutColumns, EachPartFitsIntoAStringAndNoNameIsCut) {
  std::string names = "n0";
  for (int i = 1; i < 100; ++i) {
    names += ",name" + std::to_string(i);
  }
  std::vector<std::string> together;
  for (const std::string& part : cut_columns(names)) {
    EXPECT_LE(part.size(), kStringLength);
    for (const std::string& name : split_columns(part)) {
      together.push_back(name);
    }
  }
  EXPECT_EQ(together, split_columns(names));
}

TEST(CutColumns, WhatFitsStaysOnePart) {
  const std::string fits = "a," + std::string(kStringLength - 2, 'b');
  EXPECT_THAT(cut_columns(fits), ElementsAre(fits));
  EXPECT_THAT(cut_columns(fits + ",c"), ElementsAre(fits, "c"));
  EXPECT_THAT(cut_columns(fits + "b"), ElementsAre("a", std::string(kStringLength - 1, 'b')));
}

}  // namespace
}  // namespace mcswitch::telemetry
