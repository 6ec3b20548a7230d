// SPDX-License-Identifier: BSD-3-Clause

#include "common/interface_notes.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/rtnetlink.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <optional>
#include <sstream>

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

// Nothing if it is no address of the interface, and no route over it.
std::optional<NetlinkMessage> from_hexadecimal(const std::string& text, int index) {
  if (text.find_first_not_of("0123456789abcdef") != std::string::npos || text.size() % 2 != 0) {
    return std::nullopt;
  }
  std::vector<char> bytes;
  for (std::size_t at = 0; at < text.size(); at += 2) {
    bytes.push_back(static_cast<char>(std::stoi(text.substr(at, 2), nullptr, 16)));
  }
  nlmsghdr header{};
  if (bytes.size() < sizeof(header)) {
    return std::nullopt;
  }
  std::memcpy(&header, bytes.data(), sizeof(header));
  const NetlinkMessage message{bytes};
  const auto interface = static_cast<std::uint32_t>(index);
  const bool is_ours =
      (header.nlmsg_type == RTM_NEWADDR && message.body<ifaddrmsg>().ifa_index == interface) ||
      (header.nlmsg_type == RTM_NEWROUTE && message.number(sizeof(rtmsg), RTA_OIF) == interface);
  return is_ours && header.nlmsg_len == bytes.size() ? std::optional{message} : std::nullopt;
}

// Of a file that this user has written; the directory may be one that others can write. Empty: there is none.
std::string own_text(const std::string& name) {
  std::string text;
  const int file = open(name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  struct stat status {};
  if (file >= 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == geteuid()) {
    std::array<char, 4096> part{};
    for (ssize_t count = 0; (count = ::read(file, part.data(), part.size())) > 0;) {
      text.append(part.data(), static_cast<std::size_t>(count));
    }
  }
  if (file >= 0) {
    close(file);
  }
  return text;
}

// Into a new file, for this user only.
bool write_new(const std::string& name, const std::string& text) {
  unlink(name.c_str());
  const int file = open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) {
    return false;
  }
  const bool is_whole = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  return close(file) == 0 && is_whole;
}

}  // namespace

InterfaceNotes InterfaceNotes::read(const std::string& directory, const std::string& interface, int index) {
  InterfaceNotes notes;
  if (directory.empty()) {
    return notes;
  }
  std::istringstream file{own_text(path(directory, interface))};
  std::string whose;
  if (!(file >> whose) || whose != identity(index)) {
    return notes;
  }
  file >> notes.ipv6_was_on >> notes.promiscuous_was_off >> notes.gro_was_on >> notes.flags_off >>
      notes.master;
  for (std::string message; file >> message;) {
    if (auto known = from_hexadecimal(message, index)) {
      notes.ipv6.push_back(*std::move(known));
    }
  }
  return notes;
}

void InterfaceNotes::write(const std::string& directory, const std::string& interface, int index) const {
  if (directory.empty()) {
    return;
  }
  std::ostringstream file;
  file << identity(index) << '\n'
       << ipv6_was_on << ' ' << promiscuous_was_off << ' ' << gro_was_on << ' ' << flags_off << ' ' << master
       << '\n';
  for (const NetlinkMessage& message : ipv6) {
    file << hexadecimal(message) << '\n';
  }
  // Whole or not at all: this run may end at any moment.
  const std::string made = path(directory, interface) + ".new";
  if (!write_new(made, file.str()) || rename(made.c_str(), path(directory, interface).c_str()) != 0) {
    unlink(made.c_str());
  }
}

void InterfaceNotes::remove(const std::string& directory, const std::string& interface) {
  if (!directory.empty()) {
    unlink(path(directory, interface).c_str());
  }
}

}  // namespace mcswitch::drivers
