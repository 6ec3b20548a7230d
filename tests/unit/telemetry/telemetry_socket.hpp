// SPDX-License-Identifier: BSD-3-Clause
//
// DPDK's telemetry socket, started once for all tests of the program. Needs no hugepages, no device and no
// right.

#pragma once

#include <rte_eal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "mcsctl/client.hpp"
#include "mcsctl/socket_paths.hpp"
#include "telemetry/wire.hpp"

namespace mcswitch::telemetry {

class TelemetrySocket : public testing::Test {
 public:
  // EAL once for all tests of the program, with a socket in a directory of its own.
  static void SetUpTestSuite() {
    if (!path_.empty()) {
      return;
    }
    std::string directory = "/tmp/mcs-telemetry-" + std::string(6, 'X');
    ASSERT_NE(mkdtemp(directory.data()), nullptr);
    directory_ = directory;
    setenv("RUNTIME_DIRECTORY", directory.c_str(), 1);
    std::vector<std::string> words{"socket_test", "--no-huge", "--no-pci",      "--no-shconf",
                                   "-m",          "64",        "--file-prefix", kName};
    std::vector<char*> arguments;
    for (std::string& word : words) {
      arguments.push_back(word.data());
    }
    ASSERT_GE(rte_eal_init(static_cast<int>(arguments.size()), arguments.data()), 0);
    path_ = mcsctl::socket_paths(mcsctl::current_environment(), kName).front();
  }

  static void TearDownTestSuite() {
    unlink(path_.c_str());
    for (const char* folder : {"/dpdk/lab", "/dpdk", ""}) {
      rmdir((directory_ + folder).c_str());
    }
  }

  // A reply has time, and so has DPDK's thread to notice that a client has gone, on a busy machine too.
  static constexpr mcsctl::Patience kPatience{std::chrono::minutes{1}, 1200, std::chrono::milliseconds{50}};
  static mcsctl::Client new_client() { return mcsctl::Client{kName, {path_}, kPatience}; }

  // A connection to the switch that knows nothing of its protocol.
  class RawClient {
   public:
    RawClient() : socket_{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)} {
      sockaddr_un address{};
      address.sun_family = AF_UNIX;
      std::copy(path_.begin(), path_.end(), address.sun_path);
      const void* generic = &address;
      EXPECT_EQ(::connect(socket_, static_cast<const sockaddr*>(generic), sizeof address), 0);
    }
    ~RawClient() { ::close(socket_); }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    // False if it could not be sent at once.
    [[nodiscard]] bool send(const std::string& request) const {
      return ::send(socket_, request.data(), request.size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
             static_cast<ssize_t>(request.size());
    }
    // The next message; empty when the connection has ended.
    [[nodiscard]] std::string receive() const {
      std::string text(2 * kReplyBytes, '\0');
      const ssize_t length = recv(socket_, text.data(), text.size(), 0);
      text.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
      return text;
    }

   private:
    int socket_;
  };

  // The reply to one request as it comes.
  static std::string raw(const std::string& request) {
    const RawClient client;
    EXPECT_NE(client.receive(), "");  // The greeting.
    EXPECT_TRUE(client.send(request));
    return client.receive();
  }

  static constexpr const char* kName = "lab";
  inline static std::string directory_;
  inline static std::string path_;
};

}  // namespace mcswitch::telemetry
