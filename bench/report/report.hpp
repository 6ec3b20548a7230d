// SPDX-License-Identifier: BSD-3-Clause
//
// Report: what a benchmark has found, for people and for programs. Tests make tables and add rows; each row
// is printed when it is there, and the JSON file is rewritten after each, so that an interrupted run keeps
// what it had. Plots go to a folder as SVG (plot.hpp).
//
//     Report report{{.program = "mcsbench", .dpdk = rte_version()}, options};
//     Table& table = report.table("aggregated", "RFC 3918 section 4.3", "64 bytes, 100 groups",
//                                 {text("name", ""), number("fan_out", "F"), range("sent_mpps", "Mpps")});
//     table.add({"F=4", 4.0, summarize(rates)});
//
// JSON: an object with what is known of the run (version, commit, compiler, cpu, dpdk, fast_path, date,
// options), and `results`: a list with an object for each row, of the columns' keys and `test`. A Summary is
// an object of minimum, low95, median, high95, maximum and count; what is not known is null.
//
// Threads: one.

#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "report/progress.hpp"
#include "report/statistics.hpp"

namespace mcswitch::bench {

struct Plot;

// monostate: not known, or does not apply.
using Cell = std::variant<std::monostate, std::string, double, Summary>;

struct Column {
  enum class Shape : std::uint8_t {
    text,
    number,
    range,     // minimum median maximum
    interval,  // median (its 95 % interval)
    hidden,    // in the JSON only
  };
  std::string key;      // in the JSON; ends in the unit where there is one: "added_ns"
  std::string heading;  // in the table, with the unit
  Shape shape = Shape::text;
  int decimals = 1;
};

inline Column text(std::string key, std::string heading) {
  return {std::move(key), std::move(heading), Column::Shape::text, 0};
}
inline Column number(std::string key, std::string heading, int decimals = 0) {
  return {std::move(key), std::move(heading), Column::Shape::number, decimals};
}
inline Column range(std::string key, std::string heading, int decimals = 1) {
  return {std::move(key), std::move(heading), Column::Shape::range, decimals};
}
inline Column interval(std::string key, std::string heading, int decimals = 3) {
  return {std::move(key), std::move(heading), Column::Shape::interval, decimals};
}
inline Column hidden(std::string key) { return {std::move(key), "", Column::Shape::hidden, 0}; }

class Report;

class Table {
 public:
  using Row = std::vector<Cell>;

  // One cell for each column, in their order. Prints it, and writes the JSON.
  void add(Row row);

  [[nodiscard]] const std::string& test() const { return test_; }
  [[nodiscard]] const std::vector<Column>& columns() const { return columns_; }
  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }

 private:
  friend class Report;
  Table(Report& report, std::string test, std::vector<Column> columns)
      : report_{report}, test_{std::move(test)}, columns_{std::move(columns)} {}

  Report& report_;
  const std::string test_;
  const std::vector<Column> columns_;
  std::vector<Row> rows_;
};

struct ReportOptions {
  std::string json_file = {};  // empty: none
  std::string plots = {};      // folder, made if it is not there; empty: none
};

struct Facts {
  std::string program;
  std::string dpdk = {};       // version; empty: does not apply
  std::string fast_path = {};  // variant; empty: does not apply
  // As given on the command line, by name.
  std::map<std::string, std::string> options = {};
};

class Report {
 public:
  // Prints the facts. Throws std::runtime_error if the JSON file or the folder cannot be written: before
  // anything was measured.
  Report(Facts facts, ReportOptions options);
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;

  // A table to be filled, which stays the report's. Prints its heading. `section`: of the RFC, or empty.
  Table& table(std::string test, std::string_view section, std::string_view about,
               std::vector<Column> columns);
  // A line for people between tables.
  void note(std::string_view line);
  // `name`.svg, if plots are wanted.
  void plot(std::string_view name, const Plot& plot);
  [[nodiscard]] bool wants_plots() const { return !options_.plots.empty(); }

  [[nodiscard]] Progress& progress() { return progress_; }
  // All of it.
  [[nodiscard]] std::string json() const;

 private:
  friend class Table;
  void write() const;
  void print_row(const Table& table, const Table::Row& row);

  const Facts facts_;
  const ReportOptions options_;
  const std::string date_;
  std::deque<Table> tables_;
  Progress progress_;
};

// The processor's name in /proc/cpuinfo, or "unknown".
std::string cpu_model();
// That this was built from, "+" behind it if the tree had changes; "unknown" outside of a repository.
std::string_view commit();
// Of the project.
std::string_view version();

}  // namespace mcswitch::bench
