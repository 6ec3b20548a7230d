// SPDX-License-Identifier: BSD-3-Clause
//
// What the command line of `mcsbench interfaces` says.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "report/report.hpp"

namespace mcswitch::bench::interfaces {

struct Options {
  std::string source;
  std::vector<std::string> receivers;  // 1 to 31
  std::vector<std::string> tests;
  bool list = false;

  unsigned rounds = 40;
  unsigned repeats = 3;
  std::optional<std::uint32_t> groups;  // each test has its own default
  std::vector<std::size_t> fan_outs;    // empty: all receivers
  std::vector<unsigned> sizes = {64};   // bytes with FCS
  double rate = 50'000;                 // frames a second
  bool background = false;
  double duration = 3;   // seconds
  double timeout = 5;    // seconds
  double join_rate = 0;  // messages a second; 0: as fast as possible
  double loss = 0;       // share of frames that throughput tolerates

  unsigned igmp = 2;
  std::string filter = "any";  // any, include, exclude
  std::uint32_t sources = 1;   // with a filter
  std::uint32_t hosts = 1;
  unsigned robustness = 1;
  bool querier = false;
  double max_response = 1;       // seconds
  double query_interval = 10;    // seconds
  std::optional<double> settle;  // seconds
  std::string first_group = "239.64.0.0";

  std::optional<unsigned> core;
  bool busy = false;
  std::size_t ring = 32768;
  ReportOptions report;
};

// What the hosts speak and want, in words for the head of a table.
inline std::string host_words(const Options& options) {
  const std::string version = "IGMPv" + std::to_string(options.igmp);
  return options.filter == "any" ? version
                                 : version + " " + options.filter + " of " + std::to_string(options.sources);
}

}  // namespace mcswitch::bench::interfaces
