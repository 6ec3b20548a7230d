// SPDX-License-Identifier: BSD-3-Clause

#include "telemetry/records.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <random>

#include "base/net_text.hpp"
#include "unit/telemetry/made_records.hpp"

namespace mcswitch::telemetry {
namespace {

using testing::ElementsAre;

Values group_row(std::uint64_t vlan, const char* group, const char* source, const char* port,
                 std::uint64_t expires_ms = 1) {
  return {vlan, std::string{group}, std::string{source}, std::string{port}, expires_ms};
}

Records groups(const std::vector<Values>& rows) {
  return made_records({{"vlan", ColumnKind::number},
                       {"group", ColumnKind::address},
                       {"source", ColumnKind::address},
                       {"port", ColumnKind::text},
                       {"expires_ms", ColumnKind::number}},
                      rows);
}

// As text 10 comes before 9, and 239.1.1.10 before 239.1.1.9.
TEST(SortRecords, NumbersAndAddressesAreComparedByValue) {
  Records records = groups({
      group_row(10, "239.1.1.9", "*", "p0"),
      group_row(9, "239.1.1.10", "*", "p0"),
      group_row(9, "239.1.1.9", "*", "p0"),
      group_row(9, "ff05::1", "*", "p0"),
  });
  records.sort(4);
  EXPECT_THAT(rows_of(records),
              ElementsAre(group_row(9, "239.1.1.9", "*", "p0"), group_row(9, "239.1.1.10", "*", "p0"),
                          group_row(9, "ff05::1", "*", "p0"), group_row(10, "239.1.1.9", "*", "p0")));
}

TEST(SortRecords, AnySourceComesBeforeEverySource) {
  Records records = groups({
      group_row(9, "239.1.1.9", "0.0.0.1", "p0"),
      group_row(9, "239.1.1.9", "*", "p7"),
      group_row(9, "239.1.1.9", "*", "p3"),
  });
  records.sort(4);
  EXPECT_THAT(rows_of(records),
              ElementsAre(group_row(9, "239.1.1.9", "*", "p3"), group_row(9, "239.1.1.9", "*", "p7"),
                          group_row(9, "239.1.1.9", "0.0.0.1", "p0")));
}

TEST(SortRecords, NoValueComesFirst) {
  Records records = made_records({{"port", ColumnKind::text}}, {{std::string{"a"}}, {Value{}}});
  records.sort(1);
  EXPECT_THAT(rows_of(records), ElementsAre(Values{Value{}}, Values{std::string{"a"}}));
}

// It went and came back between two pages: the later row is the true one.
TEST(SortRecords, OfTwoRowsWithTheSameKeysTheLastReceivedStays) {
  Records records = groups({
      group_row(9, "239.1.1.9", "*", "p0", 100),
      group_row(9, "239.1.1.9", "*", "p1", 200),
      group_row(9, "239.1.1.9", "*", "p0", 300),
  });
  records.sort(4);
  EXPECT_THAT(rows_of(records), ElementsAre(group_row(9, "239.1.1.9", "*", "p0", 300),
                                            group_row(9, "239.1.1.9", "*", "p1", 200)));
}

// Keys stand one behind the other while they are compared: where one ends must not move.
TEST(SortRecords, AShortTextComesBeforeALongerOneWhateverStandsBehindIt) {
  const std::string with_nul{"a\0", 2};
  Records records = made_records({{"a", ColumnKind::text}, {"b", ColumnKind::text}},
                                 {{std::string{"ab"}, std::string{"0"}},
                                  {with_nul, std::string{"1"}},
                                  {std::string{"a"}, std::string{"zzz"}},
                                  {std::string{"a"}, with_nul}});
  records.sort(2);
  EXPECT_THAT(rows_of(records),
              ElementsAre(Values{std::string{"a"}, with_nul}, Values{std::string{"a"}, std::string{"zzz"}},
                          Values{with_nul, std::string{"1"}}, Values{std::string{"ab"}, std::string{"0"}}));
}

TEST(SortRecords, LargeNumbersAreComparedWhole) {
  const std::uint64_t large = 0xffff'ffff'0000'0001;
  Records records = made_records({{"n", ColumnKind::number}},
                                 {{large}, {std::uint64_t{255}}, {std::uint64_t{256}}, {large - 1}});
  records.sort(1);
  EXPECT_THAT(rows_of(records), ElementsAre(Values{std::uint64_t{255}}, Values{std::uint64_t{256}},
                                            Values{large - 1}, Values{large}));
}

// Of kinds: none, number, text, address.
bool comes_before(const Value& a, const Value& b) {
  const auto address = [](const Value& v) {
    const auto* text = std::get_if<std::string>(&v);
    return text == nullptr ? std::nullopt : parse_ip(*text);
  };
  const auto kind = [&](const Value& v) { return address(v) ? 3 : static_cast<int>(v.index()); };
  if (kind(a) != kind(b)) {
    return kind(a) < kind(b);
  }
  const auto bytes = [&](const Value& v) {
    std::array<std::uint8_t, 16> of{};
    address(v)->to_bytes(of.data());
    return of;
  };
  return address(a) ? bytes(a) < bytes(b) : a < b;
}

// Short and long, alike at the beginning or not, so that the head of a key decides, or its rest, or the row.
TEST(SortRecords, AgreesWithComparingValueByValue) {
  const std::vector<Value> values{Value{},
                                  std::uint64_t{0},
                                  std::uint64_t{255},
                                  std::uint64_t{256},
                                  ~std::uint64_t{0},
                                  std::string{},
                                  std::string{"*"},
                                  std::string{"a\0", 2},
                                  std::string{"a"},
                                  std::string{"a\0\xff", 3},
                                  std::string{"ab"},
                                  std::string(17, 'a'),
                                  std::string(16, 'a'),
                                  std::string{"\xff"},
                                  std::string{"239.1.1.9"},
                                  std::string{"239.1.1.10"},
                                  std::string{"::1"},
                                  std::string{"ff05::1"},
                                  std::string{"::fffe:ffff:ffff"}};
  std::mt19937 random{5};
  std::vector<Values> rows;
  for (std::uint64_t n = 0; n < 20'000; ++n) {
    rows.push_back({values[random() % values.size()], values[random() % values.size()],
                    values[random() % values.size()], n});
  }
  const std::vector<Column> keys{{"a", ColumnKind::address},
                                 {"b", ColumnKind::address},
                                 {"c", ColumnKind::address},
                                 {"n", ColumnKind::number}};
  Records records = made_records(keys, rows);
  records.sort(3);
  std::sort(rows.begin(), rows.end(), [](const Values& a, const Values& b) {
    for (std::size_t key = 0; key < 3; ++key) {
      if (a[key] != b[key]) {
        return comes_before(a[key], b[key]);
      }
    }
    return a[3] > b[3];
  });
  rows.erase(std::unique(rows.begin(), rows.end(),
                         [](const Values& a, const Values& b) {
                           return std::equal(a.begin(), a.begin() + 3, b.begin());
                         }),
             rows.end());
  EXPECT_EQ(rows_of(records), rows);
}

TEST(SortRecords, WithoutKeysTheOrderOfTheSwitchStaysAndSoDoesEveryRow) {
  const std::vector<Values> rows{{std::string{"b"}}, {std::string{"a"}}, {std::string{"b"}}};
  Records records = made_records({{"port", ColumnKind::text}}, rows);
  records.sort(0);
  EXPECT_EQ(rows_of(records), rows);
}

// More rows than are kept in one piece, and texts that are long, equal to the one above, or empty.
TEST(Records, GiveBackWhatWasAdded) {
  std::vector<Values> rows;
  for (std::uint64_t n = 0; n < 10'000; ++n) {
    rows.push_back({n % 3 == 0 ? Value{} : Value{n}, std::string(n % 700, static_cast<char>('a' + n / 700)),
                    n / 5 % 2 == 0 ? Value{std::string{"same"}} : Value{std::string{}}});
  }
  EXPECT_EQ(rows_of(made_records(
                {{"n", ColumnKind::number}, {"t", ColumnKind::text}, {"s", ColumnKind::text}}, rows)),
            rows);
}

}  // namespace
}  // namespace mcswitch::telemetry
