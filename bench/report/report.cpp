// SPDX-License-Identifier: BSD-3-Clause

#include "report/report.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cassert>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "report/plot.hpp"

namespace mcswitch::bench {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Cell& cell) {
  if (const auto* s = std::get_if<Summary>(&cell)) {
    return {{"minimum", s->minimum}, {"low95", s->low},       {"median", s->median},
            {"high95", s->high},     {"maximum", s->maximum}, {"count", s->count}};
  }
  if (const auto* words = std::get_if<std::string>(&cell)) {
    return *words;
  }
  if (const auto* value = std::get_if<double>(&cell)) {
    const auto whole = static_cast<std::int64_t>(*value);
    return static_cast<double>(whole) == *value ? Json(whole) : Json(*value);
  }
  return nullptr;
}

std::string text_of(const Cell& cell, const Column& column) {
  const int decimals = column.decimals;
  if (const auto* s = std::get_if<Summary>(&cell)) {
    return column.shape == Column::Shape::interval
               ? fmt::format("{:.{}f} ({:.{}f} to {:.{}f})", s->median, decimals, s->low, decimals, s->high,
                             decimals)
               : fmt::format("{:.{}f} {:.{}f} {:.{}f}", s->minimum, decimals, s->median, decimals, s->maximum,
                             decimals);
  }
  if (const auto* words = std::get_if<std::string>(&cell)) {
    return *words;
  }
  if (const auto* value = std::get_if<double>(&cell)) {
    return fmt::format("{:.{}f}", *value, decimals);
  }
  return "-";
}

std::size_t width_of(const Column& column, bool is_first) {
  constexpr std::size_t kWidths[] = {8, 8, 20, 24, 0};
  const std::size_t width = is_first ? 30 : kWidths[static_cast<std::size_t>(column.shape)];
  return std::max(width, column.heading.size());
}

std::string padded(const std::string& words, std::size_t width, bool is_first) {
  return is_first ? fmt::format("{:<{}}", words, width) : fmt::format("  {:>{}}", words, width);
}

std::string date_now() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::now()));
}

}  // namespace

std::string cpu_model() {
  std::ifstream in{"/proc/cpuinfo"};
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("model name")) {
      return line.substr(line.find(':') + 2);
    }
  }
  return "unknown";
}

void Table::add(Row row) {
  assert(row.size() == columns_.size());
  rows_.push_back(std::move(row));
  report_.print_row(*this, rows_.back());
  report_.write();
}

Report::Report(Facts facts, ReportOptions options)
    : facts_{std::move(facts)}, options_{std::move(options)}, date_{date_now()} {
  if (!options_.plots.empty()) {
    std::error_code error;
    std::filesystem::create_directories(options_.plots, error);
    if (error) {
      throw std::runtime_error{
          fmt::format("--plots {}: no folder can be made there: {}", options_.plots, error.message())};
    }
  }
  write();
  fmt::print("{} {} ({}), {}{}{}\n", facts_.program, version(), commit(),
             facts_.dpdk.empty() ? "" : facts_.dpdk + ", ", cpu_model(),
             facts_.fast_path.empty() ? "" : ", fast path " + facts_.fast_path);
}

Table& Report::table(std::string test, std::string_view section, std::string_view about,
                     std::vector<Column> columns) {
  progress_.clear();
  fmt::print("\n{}{}{}: {}\n", test, section.empty() ? "" : ", ", section, about);
  std::string heading;
  for (const Column& column : columns) {
    if (column.shape != Column::Shape::hidden) {
      const bool is_first = &column == columns.data();
      heading += padded(column.heading, width_of(column, is_first), is_first);
    }
  }
  fmt::print("{}\n", heading);
  std::fflush(stdout);
  tables_.push_back(Table{*this, std::move(test), std::move(columns)});
  return tables_.back();
}

void Report::print_row(const Table& table, const Table::Row& row) {
  progress_.clear();
  std::string line;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const Column& column = table.columns()[i];
    if (column.shape != Column::Shape::hidden) {
      line += padded(text_of(row[i], column), width_of(column, i == 0), i == 0);
    }
  }
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

void Report::note(std::string_view line) {
  progress_.clear();
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

void Report::plot(std::string_view name, const Plot& plot) {
  if (wants_plots()) {
    const auto file = std::filesystem::path{options_.plots} / fmt::format("{}.svg", name);
    std::ofstream out{file};
    out << svg_of(plot);
    if (!out.flush()) {
      throw std::runtime_error{fmt::format("cannot write {}", file.string())};
    }
  }
}

std::string Report::json() const {
  const auto or_null = [](const std::string& words) { return words.empty() ? Json(nullptr) : Json(words); };
  Json all = {{"program", facts_.program},    {"version", version()},
              {"commit", commit()},           {"date", date_},
              {"compiler", __VERSION__},      {"cpu", cpu_model()},
              {"dpdk", or_null(facts_.dpdk)}, {"fast_path", or_null(facts_.fast_path)},
              {"options", facts_.options},    {"results", Json::array()}};
  for (const Table& table : tables_) {
    for (const Table::Row& row : table.rows()) {
      Json object = {{"test", table.test()}};
      for (std::size_t i = 0; i < row.size(); ++i) {
        object[table.columns()[i].key] = json_of(row[i]);
      }
      all["results"].push_back(std::move(object));
    }
  }
  return all.dump(2) + "\n";
}

void Report::write() const {
  if (options_.json_file.empty()) {
    return;
  }
  // In one step, so that a reader, or the end of this program, never meets half a file.
  const std::string unfinished = options_.json_file + ".part";
  std::ofstream out{unfinished};
  out << json();
  out.close();
  std::error_code error;
  if (out) {
    std::filesystem::rename(unfinished, options_.json_file, error);
  }
  if (!out || error) {
    throw std::runtime_error{fmt::format("--json {}: cannot be written", options_.json_file)};
  }
}

}  // namespace mcswitch::bench
