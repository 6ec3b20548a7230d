// SPDX-License-Identifier: BSD-3-Clause

#include "mcsctl/records.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <random>

#include "base/net_text.hpp"
#include "mcsctl/failure.hpp"
#include "mcsctl/verbs.hpp"
#include "unit/mcsctl/made_records.hpp"

namespace mcswitch::mcsctl {
namespace {

using testing::ElementsAre;

Row group_row(std::uint64_t vlan, const char* group, const char* source, const char* port,
              std::uint64_t expires_ms = 1) {
  return {vlan, std::string{group}, std::string{source}, std::string{port}, expires_ms};
}

Records groups(const std::vector<Row>& rows) {
  return made_records({{"vlan", KeyKind::number},
                       {"group", KeyKind::address},
                       {"source", KeyKind::address},
                       {"port", KeyKind::text},
                       {"expires_ms", KeyKind::number}},
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
  Records records = made_records({{"port", KeyKind::text}}, {{std::string{"a"}}, {Value{}}});
  records.sort(1);
  EXPECT_THAT(rows_of(records), ElementsAre(Row{Value{}}, Row{std::string{"a"}}));
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
  Records records =
      made_records({{"a", KeyKind::text}, {"b", KeyKind::text}}, {{std::string{"ab"}, std::string{"0"}},
                                                                  {with_nul, std::string{"1"}},
                                                                  {std::string{"a"}, std::string{"zzz"}},
                                                                  {std::string{"a"}, with_nul}});
  records.sort(2);
  EXPECT_THAT(rows_of(records),
              ElementsAre(Row{std::string{"a"}, with_nul}, Row{std::string{"a"}, std::string{"zzz"}},
                          Row{with_nul, std::string{"1"}}, Row{std::string{"ab"}, std::string{"0"}}));
}

TEST(SortRecords, LargeNumbersAreComparedWhole) {
  const std::uint64_t large = 0xffff'ffff'0000'0001;
  Records records = made_records({{"n", KeyKind::number}},
                                 {{large}, {std::uint64_t{255}}, {std::uint64_t{256}}, {large - 1}});
  records.sort(1);
  EXPECT_THAT(rows_of(records),
              ElementsAre(Row{std::uint64_t{255}}, Row{std::uint64_t{256}}, Row{large - 1}, Row{large}));
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
  std::vector<Row> rows;
  for (std::uint64_t n = 0; n < 20'000; ++n) {
    rows.push_back({values[random() % values.size()], values[random() % values.size()],
                    values[random() % values.size()], n});
  }
  const std::vector<Key> keys{
      {"a", KeyKind::address}, {"b", KeyKind::address}, {"c", KeyKind::address}, {"n", KeyKind::number}};
  Records records = made_records(keys, rows);
  records.sort(3);
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    for (std::size_t key = 0; key < 3; ++key) {
      if (a[key] != b[key]) {
        return comes_before(a[key], b[key]);
      }
    }
    return a[3] > b[3];
  });
  rows.erase(
      std::unique(rows.begin(), rows.end(),
                  [](const Row& a, const Row& b) { return std::equal(a.begin(), a.begin() + 3, b.begin()); }),
      rows.end());
  EXPECT_EQ(rows_of(records), rows);
}

TEST(SortRecords, WithoutKeysTheOrderOfTheSwitchStaysAndSoDoesEveryRow) {
  const std::vector<Row> rows{{std::string{"b"}}, {std::string{"a"}}, {std::string{"b"}}};
  Records records = made_records({{"port", KeyKind::text}}, rows);
  records.sort(0);
  EXPECT_EQ(rows_of(records), rows);
}

// More rows than are kept in one piece, and texts that are long, equal to the one above, or empty.
TEST(Records, GiveBackWhatWasAdded) {
  std::vector<Row> rows;
  for (std::uint64_t n = 0; n < 10'000; ++n) {
    rows.push_back({n % 3 == 0 ? Value{} : Value{n}, std::string(n % 700, static_cast<char>('a' + n / 700)),
                    n / 5 % 2 == 0 ? Value{std::string{"same"}} : Value{std::string{}}});
  }
  EXPECT_EQ(rows_of(made_records({{"n", KeyKind::number}, {"t", KeyKind::text}, {"s", KeyKind::text}}, rows)),
            rows);
}

Reply reply_with(std::vector<std::string> columns, std::vector<telemetry::Field> fields) {
  Reply reply;
  reply.columns = std::move(columns);
  reply.rows = {std::move(fields)};
  return reply;
}

// A newer switch may send more, an older one less.
TEST(AppendPage, ColumnsAreFoundByName) {
  Records records{{{"groups", KeyKind::number}, {"mode", KeyKind::text}, {"port", KeyKind::text}}};
  append_page(records, reply_with({"new", "port", "groups"}, {"x", "p3", "17"}));
  EXPECT_THAT(rows_of(records), ElementsAre(Row{std::uint64_t{17}, Value{}, std::string{"p3"}}));
}

TEST(AppendPage, RowsComeBehindThoseOfEarlierPages) {
  Records records{{{"port", KeyKind::text}}};
  append_page(records, reply_with({"port"}, {"p3"}));
  append_page(records, reply_with({"port"}, {"p1"}));
  EXPECT_THAT(rows_of(records), ElementsAre(Row{std::string{"p3"}}, Row{std::string{"p1"}}));
}

TEST(AppendPage, AnEmptyFieldIsNoValueWhateverItsKind) {
  Records records{{{"hosts", KeyKind::number}, {"address", KeyKind::address}}};
  append_page(records, reply_with({"hosts", "address"}, {std::nullopt, std::nullopt}));
  EXPECT_THAT(rows_of(records), ElementsAre(Row{Value{}, Value{}}));
}

TEST(AppendPage, TextWhereANumberBelongsIsRefused) {
  Records records{{{"groups", KeyKind::number}}};
  EXPECT_THROW(append_page(records, reply_with({"groups"}, {"many"})), Failure);
  EXPECT_THROW(append_page(records, reply_with({"groups"}, {"7 "})), Failure);
}

std::vector<std::string> keys_of(const char* name) {
  std::vector<std::string> names;
  for (const Key& key : verb(name).keys) {
    names.emplace_back(key.name);
  }
  return names;
}

// Promises to scripts: names and order.
TEST(Verbs, KeysAreThoseOfTheContract) {
  EXPECT_THAT(keys_of("groups"), ElementsAre("vlan", "group", "source", "port", "filter_mode", "protocol",
                                             "expires_ms", "hosts"));
  EXPECT_THAT(keys_of("routers"), ElementsAre("vlan", "port", "origin", "address", "expires_ms"));
  EXPECT_THAT(keys_of("queriers"),
              ElementsAre("vlan", "protocol", "role", "address", "version", "expires_ms"));
  EXPECT_THAT(keys_of("ports"),
              ElementsAre("port", "device", "driver", "link", "rx_packets", "tx_packets", "rx_bytes",
                          "tx_bytes", "tx_dropped", "groups", "speed_mbps", "mac", "vlan", "tagged_vlans",
                          "rx_queues", "tx_queues", "workers", "tx_queue_full", "tx_link_down", "tx_no_mbuf",
                          "tx_handover_full", "tx_not_linear", "tx_too_long"));
  EXPECT_THAT(keys_of("workers"),
              ElementsAre("worker", "core", "ports", "polls", "busy_polls", "frames", "queues", "replicas",
                          "control_sent", "handed_over", "taken_over", "pool_empty", "variants"));
  EXPECT_THAT(keys_of("macs"), ElementsAre("vlan", "mac", "port", "age_ms"));
  EXPECT_THAT(keys_of("counters"), ElementsAre("port", "counter", "value"));
}

}  // namespace
}  // namespace mcswitch::mcsctl
