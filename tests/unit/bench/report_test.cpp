// SPDX-License-Identifier: BSD-3-Clause

#include "report/report.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "report/plot.hpp"

namespace mcswitch::bench {

// The build gives them to the program; here they are these.
std::string_view commit() { return "abc1234+"; }
std::string_view version() { return "1.2.3"; }

namespace {

using nlohmann::json;

class BenchReport : public testing::Test {
 protected:
  BenchReport() { std::filesystem::create_directories(folder_); }
  ~BenchReport() override { std::filesystem::remove_all(folder_); }

  json written() const {
    std::ifstream in{file()};
    return json::parse(in);
  }
  [[nodiscard]] std::string file() const { return folder_ + "/result.json"; }

  const std::string folder_ = testing::TempDir() + "mcswitch_bench_report";
};

TEST_F(BenchReport, SaysWhatWasMeasuredWithWhat) {
  const Report report{
      {.program = "mcsbench", .dpdk = "DPDK 22.11.0", .fast_path = "x86-64-v3", .options = {{"pairs", "21"}}},
      {}};
  const json all = json::parse(report.json());
  EXPECT_EQ(all["program"], "mcsbench");
  EXPECT_EQ(all["version"], "1.2.3");
  EXPECT_EQ(all["commit"], "abc1234+");
  EXPECT_EQ(all["dpdk"], "DPDK 22.11.0");
  EXPECT_EQ(all["fast_path"], "x86-64-v3");
  EXPECT_EQ(all["options"]["pairs"], "21");
  EXPECT_EQ(all["compiler"], __VERSION__);
  EXPECT_EQ(all["cpu"], cpu_model());
  // 2026-11-22T10:48:30Z
  EXPECT_EQ(all["date"].get<std::string>().size(), 20U);
  EXPECT_TRUE(all["results"].empty());
}

TEST_F(BenchReport, ARowIsAnObjectOfItsColumnsKeysAndTheTestsName) {
  Report report{{.program = "mcsbench"}, {}};
  Table& table = report.table("storm", "RFC 1", "about",
                              {text("name", "Name"), hidden("groups"), number("rounds", "rounds"),
                               range("rate_mps", "M/s"), interval("ratio", "ratio"), number("unknown", "x")});
  table.add({"same worker", 100.0, 7.0, summarize({3, 1, 2}), summarize({0.5}), {}});
  const json row = json::parse(report.json())["results"][0];
  EXPECT_EQ(row["test"], "storm");
  EXPECT_EQ(row["name"], "same worker");
  EXPECT_EQ(row["groups"], 100);
  EXPECT_EQ(row["rounds"], 7);
  EXPECT_EQ(row["rate_mps"]["minimum"], 1.0);
  EXPECT_EQ(row["rate_mps"]["median"], 2.0);
  EXPECT_EQ(row["rate_mps"]["maximum"], 3.0);
  EXPECT_EQ(row["rate_mps"]["low95"], 1.0);
  EXPECT_EQ(row["rate_mps"]["high95"], 3.0);
  EXPECT_EQ(row["rate_mps"]["count"], 3);
  EXPECT_EQ(row["ratio"]["median"], 0.5);
  EXPECT_TRUE(row["unknown"].is_null());
}

TEST_F(BenchReport, TheFileHasEachRowAsSoonAsItIsThere) {
  Report report{{.program = "mcsbench"}, {.json_file = file()}};
  EXPECT_EQ(written()["results"].size(), 0U);
  Table& first = report.table("first", "", "", {text("name", "")});
  first.add({"one"});
  EXPECT_EQ(written()["results"].size(), 1U);
  Table& second = report.table("second", "", "", {text("name", "")});
  second.add({"two"});
  first.add({"three"});
  const json results = written()["results"];
  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(results[0]["name"], "one");
  EXPECT_EQ(results[1]["name"], "three");
  EXPECT_EQ(results[2]["test"], "second");
  EXPECT_FALSE(std::filesystem::exists(file() + ".part"));
}

TEST_F(BenchReport, AFileThatCannotBeWrittenIsAnErrorBeforeAnythingIsMeasured) {
  const ReportOptions options{.json_file = folder_ + "/no/such/folder/x.json"};
  EXPECT_THROW((Report{{.program = "mcsbench"}, options}), std::runtime_error);
}

TEST_F(BenchReport, PlotsAreWrittenOnlyIfAFolderIsGiven) {
  Report without{{.program = "mcsbench"}, {}};
  without.plot("rates", {.title = "t"});
  Report with{{.program = "mcsbench"}, {.plots = folder_ + "/plots"}};
  with.plot("rates", {.title = "t"});
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/plots/rates.svg"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator{folder_}, {}), 1);
}

}  // namespace
}  // namespace mcswitch::bench
