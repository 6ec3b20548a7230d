// SPDX-License-Identifier: BSD-3-Clause

#include "machine/device_claims.hpp"

#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <thread>

#include "config/device_string.hpp"
#include "machine/read_text.hpp"

namespace mcswitch::machine {
namespace {

// What is shared with other processes: an interface or a PCI device.
std::optional<std::string> shared_name(std::string_view device) {
  if (auto address = config::device_pci_address(device)) {
    return address;
  }
  return config::device_interface(device);
}

struct Address {
  sockaddr_un name{};
  socklen_t size = 0;
};

Address address_of(const std::string& shared) {
  Address address;
  address.name.sun_family = AF_UNIX;
  // The leading zero makes it abstract: a name without a file.
  const std::string text = "mcswitch/port/" + shared;
  const std::size_t length = text.copy(address.name.sun_path + 1, sizeof address.name.sun_path - 1);
  address.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + length);
  return address;
}

const sockaddr* generic(const Address& address) {
  return reinterpret_cast<const sockaddr*>(&address.name);  // As the socket interface wants it.
}

int unix_socket() { return socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0); }

// Any user can bind the name. Only a process that may use interfaces can be a switch that has one.
bool can_be_a_switch(const ucred& peer) {
  if (peer.uid == 0 || peer.uid == geteuid()) {
    return true;
  }
  const std::string capabilities =
      value_of(std::filesystem::path{"/proc"} / std::to_string(peer.pid) / "status", "CapEff:");
  return (parse_number<std::uint64_t>(capabilities, 16).value_or(0) >> CAP_NET_RAW & 1) != 0;
}

constexpr int kTries = 10;
constexpr std::chrono::milliseconds kPause{2};

std::optional<std::string> holder_of(const Address& address) {
  const int client = unix_socket();
  if (client < 0) {
    return std::nullopt;
  }
  std::optional<std::string> holder;
  // Another switch that starts now has the name for a moment before it listens.
  int result = connect(client, generic(address), address.size);
  for (int n = 0; n < kTries && result != 0 && errno == ECONNREFUSED; ++n) {
    std::this_thread::sleep_for(kPause);
    result = connect(client, generic(address), address.size);
  }
  if (result == 0) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
      holder = "a port of another mcswitch that runs";
    } else if (can_be_a_switch(peer)) {
      holder = fmt::format("a port of the mcswitch that runs as process {}", peer.pid);
    }
  } else if (errno != ECONNREFUSED) {
    holder = "a port of another mcswitch that runs";  // EAGAIN: more of us have asked than it keeps.
  }
  close(client);
  return holder;
}

}  // namespace

DeviceClaims::~DeviceClaims() {
  for (const int socket : sockets_) {
    close(socket);
  }
}

std::optional<std::string> DeviceClaims::take(std::string_view device) {
  const auto shared = shared_name(device);
  if (!shared) {
    return std::nullopt;
  }
  const Address address = address_of(*shared);
  const int claim = unix_socket();
  if (claim < 0) {
    return std::nullopt;  // What else is wrong will show where it matters.
  }
  if (bind(claim, generic(address), address.size) == 0) {
    constexpr int kAsked = 16;
    listen(claim, kAsked);
    sockets_.push_back(claim);
    return std::nullopt;
  }
  const bool is_taken = errno == EADDRINUSE;
  close(claim);
  if (!is_taken) {
    return std::nullopt;
  }
  return holder_of(address);
}

std::optional<std::string> DeviceClaims::holder(std::string_view device) {
  const auto shared = shared_name(device);
  return shared ? holder_of(address_of(*shared)) : std::nullopt;
}

}  // namespace mcswitch::machine
