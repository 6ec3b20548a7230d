// SPDX-License-Identifier: BSD-3-Clause

#include "mcsctl/socket_paths.hpp"

#include <gmock/gmock.h>

namespace mcswitch::mcsctl {
namespace {

using testing::ElementsAre;

TEST(SocketPaths, RuntimeDirectoryIsTheOnlyOneEvenForRoot) {
  for (const bool root : {false, true}) {
    EXPECT_THAT(socket_paths({"/lab/run", "/run/user/7", root}, "one"),
                ElementsAre("/lab/run/dpdk/one/dpdk_telemetry.v2"));
  }
}

TEST(SocketPaths, RootLooksInTheSystemDirectoryAndNotInItsOwn) {
  EXPECT_THAT(socket_paths({std::nullopt, "/run/user/0", true}, "one"),
              ElementsAre("/var/run/dpdk/one/dpdk_telemetry.v2", "/run/one/dpdk/one/dpdk_telemetry.v2"));
}

TEST(SocketPaths, AUserLooksInTheirOwnDirectoryFirst) {
  EXPECT_THAT(socket_paths({std::nullopt, "/run/user/7", false}, "one"),
              ElementsAre("/run/user/7/dpdk/one/dpdk_telemetry.v2", "/var/run/dpdk/one/dpdk_telemetry.v2",
                          "/run/one/dpdk/one/dpdk_telemetry.v2"));
}

TEST(SocketPaths, AUserWithoutOneLooksInTheTemporaryDirectory) {
  EXPECT_EQ(socket_paths({std::nullopt, std::nullopt, false}, "one").front(),
            "/tmp/dpdk/one/dpdk_telemetry.v2");
}

TEST(SocketPaths, SuffixesBeginAtOne) {
  EXPECT_EQ(with_suffix("/a/b", 0), "/a/b");
  EXPECT_EQ(with_suffix("/a/b", 3), "/a/b:3");
}

}  // namespace
}  // namespace mcswitch::mcsctl
