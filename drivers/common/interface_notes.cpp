// SPDX-License-Identifier: BSD-3-Clause

#include "common/interface_notes.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstdio>
#include <fstream>

namespace mcswitch::drivers {
namespace {

std::string path(const std::string& directory, const std::string& interface) {
  return directory + "/interface-" + interface;
}

// Two interfaces of one name: one of them is deleted, or in another network namespace.
std::string identity(int index) {
  struct stat status {};
  const bool known = stat("/proc/self/ns/net", &status) == 0;
  return fmt::format("{}:{}", known ? status.st_ino : 0, index);
}

std::string hexadecimal(const NetlinkMessage& message) {
  std::string text;
  for (const char byte : message.bytes()) {
    text += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  }
  return text;
}

NetlinkMessage from_hexadecimal(const std::string& text) {
  std::vector<char> bytes;
  for (std::size_t at = 0; at + 2 <= text.size(); at += 2) {
    bytes.push_back(static_cast<char>(std::stoi(text.substr(at, 2), nullptr, 16)));
  }
  return NetlinkMessage{bytes};
}

}  // namespace

InterfaceNotes InterfaceNotes::read(const std::string& directory, const std::string& interface, int index) {
  InterfaceNotes notes;
  std::ifstream file{path(directory, interface)};
  std::string whose;
  if (directory.empty() || !(file >> whose) || whose != identity(index)) {
    return notes;
  }
  file >> notes.ipv6_was_on >> notes.promiscuous_was_off >> notes.gro_was_on >> notes.flags_off >>
      notes.master;
  for (std::string message; file >> message;) {
    if (message.find_first_not_of("0123456789abcdef") == std::string::npos) {
      notes.ipv6.push_back(from_hexadecimal(message));
    }
  }
  return notes;
}

void InterfaceNotes::write(const std::string& directory, const std::string& interface, int index) const {
  if (directory.empty()) {
    return;
  }
  const std::string made = path(directory, interface) + ".new";
  std::ofstream file{made};
  file << identity(index) << '\n'
       << ipv6_was_on << ' ' << promiscuous_was_off << ' ' << gro_was_on << ' ' << flags_off << ' ' << master
       << '\n';
  for (const NetlinkMessage& message : ipv6) {
    file << hexadecimal(message) << '\n';
  }
  file.close();
  // Whole or not at all: this run may end at any moment.
  if (!file || rename(made.c_str(), path(directory, interface).c_str()) != 0) {
    unlink(made.c_str());
  }
}

void InterfaceNotes::remove(const std::string& directory, const std::string& interface) {
  if (!directory.empty()) {
    unlink(path(directory, interface).c_str());
  }
}

}  // namespace mcswitch::drivers
