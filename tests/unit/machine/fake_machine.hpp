// SPDX-License-Identifier: BSD-3-Clause
//
// A small /proc and /sys in a directory of its own, which goes with the object.

#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace mcswitch::machine {

class FakeMachine {
 public:
  FakeMachine() {
    std::string name = (std::filesystem::temp_directory_path() / "mcswitch-machine-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  ~FakeMachine() {
    std::error_code error;
    std::filesystem::remove_all(root_, error);
  }
  FakeMachine(const FakeMachine&) = delete;
  FakeMachine& operator=(const FakeMachine&) = delete;

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }

  FakeMachine& file(std::string_view path, std::string_view content) {
    const std::filesystem::path full = root_ / path;
    std::filesystem::create_directories(full.parent_path());
    std::ofstream{full} << content << '\n';
    return *this;
  }
  FakeMachine& folder(std::string_view path) {
    std::filesystem::create_directories(root_ / path);
    return *this;
  }
  FakeMachine& link(std::string_view path, std::string_view target) {
    const std::filesystem::path full = root_ / path;
    std::filesystem::create_directories(full.parent_path());
    std::filesystem::create_symlink(target, full);
    return *this;
  }

 private:
  std::filesystem::path root_;
};

}  // namespace mcswitch::machine
