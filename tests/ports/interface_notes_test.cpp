// SPDX-License-Identifier: BSD-3-Clause
//
// What a killed run leaves in a file is believed only as far as it can be its own.

#include "common/interface_notes.hpp"

#include <gtest/gtest.h>
#include <linux/rtnetlink.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

namespace mcswitch::drivers {
namespace {

namespace interface_notes {

constexpr int kIndex = 7;
constexpr const char* kInterface = "eth7";

class Notes : public testing::Test {
 protected:
  Notes() {
    std::string name = (std::filesystem::temp_directory_path() / "mcswitch-notes-XXXXXX").string();
    directory_ = mkdtemp(name.data());
  }
  ~Notes() override { std::filesystem::remove_all(directory_); }

  [[nodiscard]] InterfaceNotes read(int index = kIndex) const {
    return InterfaceNotes::read(directory_, kInterface, index);
  }
  [[nodiscard]] std::string file() const { return directory_ + "/interface-" + kInterface; }

  std::string directory_;
};

// A message of this type about the interface, as the kernel lists it.
NetlinkMessage address_of(int index, std::uint16_t type = RTM_NEWADDR) {
  struct {
    nlmsghdr header{};
    ifaddrmsg body{};
  } message;
  message.header.nlmsg_len = sizeof message;
  message.header.nlmsg_type = type;
  message.body.ifa_index = static_cast<std::uint32_t>(index);
  std::string bytes(sizeof message, '\0');
  std::memcpy(bytes.data(), &message, sizeof message);
  return NetlinkMessage{bytes};
}

InterfaceNotes notes_with_ipv6() {
  InterfaceNotes notes;
  notes.ipv6_was_on = true;
  return notes;
}

TEST_F(Notes, AreReadAsTheyWereWritten) {
  const InterfaceNotes notes{.ipv6_was_on = true,
                             .promiscuous_was_off = true,
                             .gro_was_on = true,
                             .flags_off = 0x180,
                             .master = 12,
                             .ipv6 = {address_of(kIndex)}};
  notes.write(directory_, kInterface, kIndex);
  const InterfaceNotes found = read();
  EXPECT_TRUE(found.ipv6_was_on && found.promiscuous_was_off && found.gro_was_on);
  EXPECT_EQ(found.flags_off, 0x180U);
  EXPECT_EQ(found.master, 12U);
  ASSERT_EQ(found.ipv6.size(), 1U);
  EXPECT_EQ(found.ipv6[0].body<ifaddrmsg>().ifa_index, 7U);
  EXPECT_FALSE(read(kIndex + 1).ipv6_was_on) << "another interface of that name";
  InterfaceNotes::remove(directory_, kInterface);
  EXPECT_FALSE(read().ipv6_was_on);
}

TEST_F(Notes, GiveNoMessageThatIsNotAboutTheInterface) {
  InterfaceNotes{.ipv6_was_on = true,
                 .ipv6 = {address_of(kIndex + 1), address_of(kIndex, RTM_DELLINK), address_of(kIndex)}}
      .write(directory_, kInterface, kIndex);
  // Too short for a header, not of whole bytes, no digits.
  std::ofstream{file(), std::ios::app} << "0010\n001\nzz\n";
  const InterfaceNotes found = read();
  EXPECT_TRUE(found.ipv6_was_on);
  ASSERT_EQ(found.ipv6.size(), 1U);
  EXPECT_EQ(found.ipv6[0].body<ifaddrmsg>().ifa_index, 7U);
}

TEST_F(Notes, AreNotReadThroughALinkAndNotWrittenThroughOne) {
  notes_with_ipv6().write(directory_, kInterface, kIndex);
  const std::string elsewhere = directory_ + "/elsewhere";
  std::filesystem::rename(file(), elsewhere);
  std::filesystem::create_symlink(elsewhere, file());
  EXPECT_FALSE(read().ipv6_was_on);
  std::filesystem::create_symlink(directory_ + "/victim", file() + ".new");
  InterfaceNotes gro;
  gro.gro_was_on = true;
  gro.write(directory_, kInterface, kIndex);
  EXPECT_FALSE(std::filesystem::exists(directory_ + "/victim"));
  EXPECT_TRUE(read().gro_was_on);
}

TEST_F(Notes, OfAnotherUserAreNotBelieved) {
  notes_with_ipv6().write(directory_, kInterface, kIndex);
  if (chown(file().c_str(), geteuid() + 1, static_cast<gid_t>(-1)) != 0) {
    GTEST_SKIP() << "only root can give a file to another user";
  }
  EXPECT_FALSE(read().ipv6_was_on);
}

}  // namespace interface_notes
}  // namespace
}  // namespace mcswitch::drivers
