// SPDX-License-Identifier: BSD-3-Clause

#include "memif/memif_socket.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>

#include "config/device_string.hpp"

namespace mcswitch::drivers {
namespace {

// DPDK's default (rte_eth_memif.h of 22.11).
constexpr std::string_view kDefaultPath = "/run/memif.sock";

// A socket of that file exists in some process. It is asked for a connection of a type that it is not of,
// which the kernel refuses by itself (unix(7), EPROTOTYPE): another server of DPDK 22.11 could come to its
// end by a connection that is closed at once (greeting_of_the_gone.cpp).
bool is_in_use(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const bool is_refused = connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
                          errno == ECONNREFUSED;
  close(socket);
  return !is_refused;
}

}  // namespace

MemifSocket::MemifSocket(std::string_view device)
    : path_{config::device_argument(device, "socket").value_or(std::string{kDefaultPath})},
      is_abstract_{config::device_argument(device, "socket-abstract").value_or("yes") != "no"} {
  const std::string role = config::device_argument(device, "role").value_or("client");
  is_server_ = role == "server" || role == "master";
}

void MemifSocket::remove_stale() const {
  struct stat status {};
  if (!is_abstract_ && lstat(path_.c_str(), &status) == 0 && S_ISSOCK(status.st_mode) && !is_in_use(path_)) {
    unlink(path_.c_str());
  }
}

}  // namespace mcswitch::drivers
