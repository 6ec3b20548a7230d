// SPDX-License-Identifier: BSD-3-Clause

#include "config/load.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>
#include <utility>
#include <variant>

#include "config/document.hpp"
#include "config/sections.hpp"

namespace mcswitch::config {

namespace {

struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

// The content, or why there is none.
std::variant<std::string, Finding> read_whole(const std::string& path) {
  const auto failure = [](int error) {
    return Finding{
        1, 1,
        fmt::format("the file cannot be read: {}; a TOML file is needed, such as config/reference.toml",
                    std::generic_category().message(error))};
  };
  const bool is_stdin = path == "-";
  const std::unique_ptr<std::FILE, FileCloser> file{is_stdin ? fdopen(dup(STDIN_FILENO), "rb")
                                                             : std::fopen(path.c_str(), "rb")};
  if (!file) {
    return failure(errno);
  }
  std::string text;
  char part[4096];
  while (const std::size_t count = std::fread(part, 1, sizeof part, file.get())) {
    text.append(part, count);
    if (text.size() > kLargestFile) {
      return Finding{1, 1,
                     fmt::format("the file is longer than {} bytes; is it a configuration?", kLargestFile)};
    }
  }
  if (std::ferror(file.get()) != 0) {
    return failure(errno);
  }
  return text;
}

Config read_config(const Table& document, Places& places, Findings& findings) {
  TableReader root{document, Position{}, "", findings};
  Config config;
  config.sw = read_switch(root, places);
  config.ports = read_ports(root);
  config.snooping = read_snooping(root);
  const IgmpSection igmp = read_igmp(root);
  config.igmp = igmp.igmp;
  const bool mld = read_mld(root);
  config.vlans = read_vlans(root, config, igmp, mld);
  root.report_unknown_keys();
  return config;
}

}  // namespace

std::string LoadResult::format(const Finding& finding) const {
  return fmt::format("{}:{}:{}: {}", name, finding.line, finding.column, finding.message);
}

LoadResult load_text(std::string_view text, std::string name) {
  LoadResult result;
  result.name = std::move(name);
  const auto document = parse_document(text);
  if (const auto* failure = std::get_if<Finding>(&document)) {
    result.errors.push_back(*failure);
    return result;
  }
  Findings findings;
  Config config = read_config(std::get<Table>(document), result.places, findings);
  findings.sort();
  if (findings.errors.empty()) {
    result.config = std::move(config);
  }
  result.errors = std::move(findings.errors);
  result.warnings = std::move(findings.warnings);
  result.notices = std::move(findings.notices);
  return result;
}

LoadResult load_file(const std::string& path) {
  const auto text = read_whole(path);
  const std::string name = path == "-" ? "<stdin>" : path;
  if (const auto* failure = std::get_if<Finding>(&text)) {
    LoadResult result;
    result.name = name;
    result.errors.push_back(*failure);
    return result;
  }
  return load_text(std::get<std::string>(text), name);
}

}  // namespace mcswitch::config
