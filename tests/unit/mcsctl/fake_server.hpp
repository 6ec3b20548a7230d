// SPDX-License-Identifier: BSD-3-Clause
//
// FakeServer: a telemetry socket that behaves as a test says, one connection after the other.

#pragma once

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace mcswitch::mcsctl {

// A directory of its own, removed at the end with the sockets in it.
class SocketDirectory {
 public:
  SocketDirectory() {
    path_ = "/tmp/mcsctl-test-" + std::string(6, 'X');
    if (mkdtemp(path_.data()) == nullptr) {
      throw std::runtime_error{"no temporary directory"};
    }
  }
  ~SocketDirectory() {
    for (const char* file : {"/s", "/s:1", "/s:2"}) {
      unlink((path_ + file).c_str());
    }
    rmdir(path_.c_str());
  }
  SocketDirectory(const SocketDirectory&) = delete;
  SocketDirectory& operator=(const SocketDirectory&) = delete;

  [[nodiscard]] std::string socket() const { return path_ + "/s"; }

 private:
  std::string path_;
};

class FakeServer {
 public:
  // The answer to a request; nothing is sent for an empty one, and the connection is closed for kClose.
  using Answer = std::function<std::string(const std::string& request)>;
  inline static const std::string kClose = "close";
  inline static const std::string kGreeting = R"({"version":"fake","pid":1,"max_output_len":16384})";

  // `greetings`: what connections are greeted with, in their order; kClose closes one at once. The last
  // one goes for all that follow.
  FakeServer(const std::string& path, Answer answer, std::vector<std::string> greetings = {kGreeting})
      : answer_{std::move(answer)}, greetings_{std::move(greetings)} {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), address.sun_path);
    listener_ = ::socket(AF_UNIX, SOCK_SEQPACKET, 0);
    const void* generic = &address;
    if (bind(listener_, static_cast<const sockaddr*>(generic), sizeof address) != 0 ||
        listen(listener_, 4) != 0) {
      throw std::runtime_error{"cannot listen on " + path};
    }
    thread_ = std::thread{[this] { serve(); }};
  }
  // The client must be gone.
  ~FakeServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  [[nodiscard]] std::size_t connections() const { return connections_; }

 private:
  void serve() {
    while (true) {
      const int connection = accept(listener_, nullptr, nullptr);
      if (connection < 0) {
        return;
      }
      const std::string& greeting = greetings_[std::min<std::size_t>(connections_, greetings_.size() - 1)];
      ++connections_;
      if (greeting != kClose) {
        talk(connection, greeting);
      }
      close(connection);
    }
  }

  void talk(int connection, const std::string& greeting) {
    ::send(connection, greeting.data(), greeting.size(), MSG_NOSIGNAL);
    while (true) {
      std::string request(2000, '\0');
      const ssize_t length = recv(connection, request.data(), request.size(), 0);
      if (length <= 0) {
        return;
      }
      request.resize(static_cast<std::size_t>(length));
      const std::string reply = answer_(request);
      if (reply == kClose) {
        return;
      }
      if (!reply.empty()) {
        ::send(connection, reply.data(), reply.size(), MSG_NOSIGNAL);
      }
    }
  }

  Answer answer_;
  std::vector<std::string> greetings_;
  std::atomic<std::size_t> connections_{0};
  int listener_ = -1;
  std::thread thread_;
};

}  // namespace mcswitch::mcsctl
