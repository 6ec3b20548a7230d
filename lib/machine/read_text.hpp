// SPDX-License-Identifier: BSD-3-Clause
//
// Reading /proc and /sys. What is not there or not as expected is empty, or the value given for that case.
//
// Threads: any.

#pragma once

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace mcswitch::machine {

// The first line; empty if there is no such file.
inline std::string first_line(const std::filesystem::path& path) {
  std::ifstream file{path};
  std::string line;
  std::getline(file, line);
  return line;
}

template <typename T>
std::optional<T> parse_number(std::string_view text, int base = 10) {
  T value{};
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  return error == std::errc{} && rest == text.data() + text.size() ? std::optional{value} : std::nullopt;
}

template <typename T>
T number_or(const std::filesystem::path& path, T otherwise) {
  return parse_number<T>(first_line(path)).value_or(otherwise);
}

// What is in a folder, sorted.
inline std::vector<std::filesystem::path> entries(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  std::error_code error;
  for (std::filesystem::directory_iterator at{folder, error}, end; !error && at != end; at.increment(error)) {
    paths.push_back(at->path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

// The number behind a prefix: "node1", "hugepages-2048kB".
inline std::optional<unsigned> number_behind(std::string_view name, std::string_view prefix,
                                             std::string_view suffix = "") {
  if (!name.starts_with(prefix) || !name.ends_with(suffix) || name.size() < prefix.size() + suffix.size()) {
    return std::nullopt;
  }
  return parse_number<unsigned>(name.substr(prefix.size(), name.size() - prefix.size() - suffix.size()));
}

// "key:   value..." of a file of such lines.
inline std::string value_of(const std::filesystem::path& path, std::string_view key) {
  std::ifstream file{path};
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key)) {
      const std::size_t begin = line.find_first_not_of(" \t", key.size());
      return begin == std::string::npos ? "" : line.substr(begin);
    }
  }
  return {};
}

}  // namespace mcswitch::machine
