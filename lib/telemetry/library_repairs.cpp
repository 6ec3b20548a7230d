// SPDX-License-Identifier: BSD-3-Clause
//
// DPDK's telemetry library (22.11) lets a client disturb others, in three ways:
//
// * It splits requests with strtok(), which has one state for all threads: of two clients that ask at once
//   one can get the other's parameters, read from a stack that may be gone by then. DPDK 26.07 uses
//   strtok_r().
// * Clients that do not read what they are sent keep their places, of which there are ten, for ever
//   (connections.hpp).
// * It prints a line on stderr for a reply whose client has gone, and one client can leave hundreds behind.
//
// There are no options for these. So the program has its own strtok(), accept() and perror(), which come
// before the C library's for the libraries that are loaded into it: the first with a state for each thread,
// the second with a look at who is connected, the third without that line. This file has to be in the
// executable itself (app/meson.build).

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "telemetry/connections.hpp"

namespace {

// Is it DPDK's telemetry socket? (Other devices listen on local sockets as well: memif.)
bool is_telemetry(int listener) {
  sockaddr_un address{};
  socklen_t size = sizeof address;
  void* generic = &address;
  if (getsockname(listener, static_cast<sockaddr*>(generic), &size) != 0 || address.sun_family != AF_UNIX) {
    return false;
  }
  const std::string_view path{address.sun_path, strnlen(address.sun_path, sizeof address.sun_path)};
  return path.find("/dpdk_telemetry.v2") != std::string_view::npos;
}

}  // namespace

extern "C" char* strtok(char* __restrict text, const char* __restrict delimiters) noexcept {
  thread_local char* rest = nullptr;
  return strtok_r(text, delimiters, &rest);
}

extern "C" int accept(int listener, sockaddr* __restrict address, socklen_t* __restrict size) {
  const int descriptor = accept4(listener, address, size, 0);
  if (descriptor >= 0 && is_telemetry(listener)) {
    // The library has one thread that accepts.
    static mcswitch::telemetry::Connections connections;
    connections.arrived(descriptor);
  }
  return descriptor;
}

extern "C" void perror(const char* text) {
  if (std::string_view{text == nullptr ? "" : text} != "Error writing to socket") {
    std::fprintf(stderr, "%s: %s\n", text == nullptr ? "?" : text, std::strerror(errno));
  }
}
