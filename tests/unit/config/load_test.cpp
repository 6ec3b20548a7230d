// SPDX-License-Identifier: BSD-3-Clause
//
// The file as a whole: reading, syntax, unknown keys, order and form of messages.

#include "config/load.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "load_support.hpp"

namespace mcswitch::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

// A file of this test alone, removed at its end.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view content)
      : path_{std::filesystem::temp_directory_path() / ("mcswitch_load_test." + std::to_string(getpid()))} {
    std::ofstream{path_, std::ios::binary} << content;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

TEST(LoadFile, ReadsTheSameAsItsText) {
  const TemporaryFile file{std::string{"[switch]\nname = \"lab-7\"\n"} + std::string{kTwoPorts}};
  const LoadResult result = load_file(file.path());
  ASSERT_THAT(result.errors, IsEmpty());
  ASSERT_TRUE(result.config);
  EXPECT_EQ(result.config->sw.name, "lab-7");
  EXPECT_EQ(result.name, file.path());
}

TEST(LoadFile, MissingFileIsAnErrorInTheSameForm) {
  const LoadResult result = load_file("/nonexistent/mcswitch.toml");
  EXPECT_FALSE(result.config);
  ASSERT_THAT(result.errors, SizeIs(1));
  EXPECT_THAT(result.format(result.errors[0]),
              testing::StartsWith("/nonexistent/mcswitch.toml:1:1: the file cannot be read: No such file"));
}

TEST(LoadFile, DirectoryIsAnError) {
  const LoadResult result = load_file(std::filesystem::temp_directory_path().string());
  EXPECT_FALSE(result.config);
  EXPECT_THAT(result.errors, ElementsAre(Says(1, 1, {"cannot be read", "directory"})));
}

TEST(LoadFile, EndlessFileIsRefusedAtItsLimit) {
  const LoadResult result = load_file("/dev/zero");
  EXPECT_FALSE(result.config);
  EXPECT_THAT(result.errors, ElementsAre(Says(1, 1, {"longer than 1048576 bytes"})));
}

// A header of many dots would make a tree too deep for the stack.
TEST(LoadText, EndlessLineIsAnError) {
  const auto header = [](std::size_t length) { return "[a" + std::string(length - 3, '.') + "]"; };
  EXPECT_THAT(load("\n" + header(4097) + "\n").errors, ElementsAre(Says(2, 1, {"longer than 4096 bytes"})));
  EXPECT_THAT(load("\n" + header(4096) + "\n").errors, ElementsAre(Says(2, 4, {"not TOML"})));
  EXPECT_THAT(load(std::string(4097, '#')).errors, ElementsAre(Says(1, 1, {"longer than 4096 bytes"})));
}

TEST(LoadText, DeepestTreeThatLinesCanMakeIsRead) {
  std::string dotted = "a";
  while (dotted.size() + 6 < 4096) {
    dotted += ".a";
  }
  EXPECT_THAT(load_with_ports("[" + dotted + "]\n" + dotted + " = 1\n").errors,
              ElementsAre(Says(1, 2, {"unknown table \"a\""})));
}

TEST(LoadText, EmptyTextLacksPorts) {
  EXPECT_THAT(load("").errors, ElementsAre(Says(1, 1, {"no port", "[[port]]", "two are needed to switch"})));
}

TEST(LoadText, SyntaxErrorHasItsPlace) {
  const LoadResult result = load_with_ports("[igmp]\nversion = 2\nquerier-address = 10.0.0.1\n");
  EXPECT_FALSE(result.config);
  EXPECT_THAT(result.errors, ElementsAre(testing::Field(&Finding::line, 3)));
  EXPECT_THAT(result.format(result.errors[0]), HasSubstr("t.toml:3:"));
  EXPECT_THAT(result.format(result.errors[0]), HasSubstr("not TOML"));
}

TEST(LoadText, WordWithoutQuotesIsToldToHaveThem) {
  EXPECT_THAT(load_with_ports("[snooping]\nmode = prune\n").errors,
              ElementsAre(Says(2, 8, {"not TOML", "double quotes"})));
}

TEST(LoadText, TableWrittenTwiceIsAnError) {
  EXPECT_THAT(load_with_ports("[igmp]\nversion = 2\n[igmp]\nquerier = false\n").errors,
              ElementsAre(Says(3, 1, {"'igmp'", "written once"})));
}

TEST(LoadText, TextThatIsNotUtf8IsAnError) {
  // toml++ gives the place of the last good character.
  EXPECT_THAT(load("# \xff\xfe\n").errors, ElementsAre(Says(1, 2, {"UTF-8"})));
}

TEST(LoadText, ColumnsCountCharactersNotBytes) {
  // "é" is two bytes.
  EXPECT_THAT(load_with_ports("[switch]\neal-args = [\"é\", 3]\n").errors,
              ElementsAre(Says(2, 18, {"switch.eal-args", "not 3"})));
}

TEST(LoadText, UnknownKeyNamesTheNearest) {
  EXPECT_THAT(load_with_ports("[igmp]\n  querry-interval = 60\n").errors,
              ElementsAre(Says(2, 3, {"unknown key \"querry-interval\" in [igmp]", "\"query-interval\"?"})));
}

TEST(LoadText, UnderscoreAndUpperCaseAreSlipsOfThePen) {
  EXPECT_THAT(load_with_ports("[igmp]\nLAST_MEMBER_QUERY_COUNT = 2\n").errors,
              ElementsAre(Says(2, 1, {"\"last-member-query-count\"?"})));
}

TEST(LoadText, UnknownKeyThatIsNearToNothingGetsTheWholeList) {
  EXPECT_THAT(load_with_ports("[snooping]\nspanning-tree = true\n").errors,
              ElementsAre(Says(
                  2, 1, {"\"spanning-tree\"", "mode, unregistered, hold-pruning, flood-ipv6-link-local"})));
}

TEST(LoadText, UnknownTableNamesTheNearest) {
  EXPECT_THAT(load_with_ports("[snoping]\nmode = \"off\"\n[[ports]]\nname = \"p\"\n").errors,
              ElementsAre(Says(1, 2, {"unknown table \"snoping\"", "\"snooping\"?"}),
                          Says(3, 3, {"unknown table \"ports\"", "\"port\"?"})));
}

TEST(LoadText, KeyOutsideOfTheTablesIsUnknown) {
  EXPECT_THAT(
      load_with_ports("hugepages = \"off\"\n").errors,
      ElementsAre(Says(1, 1, {"\"hugepages\" outside of the tables", "switch, port, snooping, igmp"})));
}

TEST(LoadText, UnknownKeyOfAPortIsAtItsLine) {
  EXPECT_THAT(
      load("[[port]]\nname = \"a\"\ndevice = \"net_ring3\"\nmut = 1500\n"
           "[[port]]\nname = \"b\"\ndevice = \"net_ring4\"\n vlans = 3\n")
          .errors,
      ElementsAre(Says(4, 1, {"\"mut\" in [port]", "\"mtu\"?"}), Says(8, 2, {"\"vlans\"", "\"vlan\"?"})));
}

TEST(LoadText, TableOfTheWrongKindIsAnError) {
  EXPECT_THAT(load_with_ports("switch = 3\nsnooping = []\n[[igmp]]\nversion = 2\n").errors,
              ElementsAre(Says(1, 10, {"switch must be one table, written [switch], not 3"}),
                          Says(2, 12, {"snooping must be one table"}),
                          Says(3, 1, {"igmp must be one table, written [igmp]"})));
  EXPECT_THAT(load("[port]\nname = \"a\"\n").errors,
              ElementsAre(Says(1, 1, {"port must be tables, each written [[port]]"})));
}

TEST(LoadText, DottedAndInlineFormsAreTheSameFile) {
  const LoadResult result = load(
      "igmp.version = 2\nswitch = {name = \"x\"}\n"
      "port = [{name = \"a\", device = \"net_ring3\"}, {name = \"b\", device = \"net_ring4\"}]\n");
  ASSERT_THAT(result.errors, IsEmpty());
  EXPECT_EQ(result.config->igmp.intervals.version, 2);
  EXPECT_EQ(result.config->sw.name, "x");
  EXPECT_EQ(result.config->ports.at(1).device, "net_ring4");
}

// Tables are read in another order than they stand in here.
TEST(LoadText, AllErrorsAreReportedInOrderOfPosition) {
  const LoadResult result = load(R"([mld]
version = 1
[igmp]
version = 4
robustness = 0
[[port]]
name = "a b"
mtu = 100
bogus = 1
[snooping]
mode = "on"
[switch]
worker-cores = []
main-core = "zero"
)");
  EXPECT_FALSE(result.config);
  EXPECT_THAT(
      result.errors,
      ElementsAre(Says(2, 11, {"mld.version"}), Says(4, 11, {"igmp.version"}),
                  Says(5, 14, {"igmp.robustness"}), Says(6, 1, {"no device"}), Says(7, 8, {"port.name"}),
                  Says(8, 7, {"port.mtu"}), Says(9, 1, {"bogus"}), Says(11, 8, {"snooping.mode"}),
                  Says(13, 16, {"switch.worker-cores is empty"}), Says(14, 13, {"switch.main-core"})));
}

TEST(LoadText, MessageIsOneLineWhateverTheFileSays) {
  const LoadResult result = load_with_ports("[switch]\nname = \"a\\nb\\u001b[31m\"\n\"x\\ty\" = 1\n");
  ASSERT_THAT(result.errors, ElementsAre(Says(2, 8, {R"("a\x0ab\x1b[31m")"}), Says(3, 1, {R"("x\x09y")"})));
}

TEST(LoadText, GoodFileHasNoWarning) {
  const LoadResult result = load_with_ports("");
  EXPECT_THAT(result.errors, IsEmpty());
  EXPECT_THAT(result.warnings, IsEmpty());
  ASSERT_TRUE(result.config);
}

TEST(LikelyMeant, PrefersTheNearestAndGivesUpOnTheFar) {
  const std::vector<std::string_view> known{"query-interval", "query-response-interval", "querier", "mtu"};
  EXPECT_EQ(likely_meant("querie", known), "querier");
  EXPECT_EQ(likely_meant("query-intervall", known), "query-interval");
  EXPECT_EQ(likely_meant("mru", known), "mtu");
  EXPECT_EQ(likely_meant("mut", known), "mtu");
  EXPECT_EQ(likely_meant("xyz", known), "");
  EXPECT_EQ(likely_meant("", known), "");
}

TEST(InQuotes, CutsALongTextBetweenCharacters) {
  const std::string text = in_quotes(std::string(79, 'x') + "\u00e9\u00e9");
  EXPECT_EQ(text, "\"" + std::string(79, 'x') + "\u00e9\"...");
  EXPECT_EQ(in_quotes(std::string(80, 'x')), "\"" + std::string(80, 'x') + "\"");
  EXPECT_EQ(in_quotes("a\"b\\"), R"("a\"b\\")");
}

TEST(SecondsText, HasNoMoreDecimalsThanNeeded) {
  using namespace std::chrono_literals;
  EXPECT_EQ(seconds_text(31250ms), "31.25");
  EXPECT_EQ(seconds_text(270s), "270");
  EXPECT_EQ(seconds_text(300ms), "0.3");
  EXPECT_EQ(seconds_text(1ns), "0.000000001");
  EXPECT_EQ(seconds_text(-1500ms), "-1.5");
}

}  // namespace
}  // namespace mcswitch::config
