// SPDX-License-Identifier: BSD-3-Clause
//
// Client: asks a running switch over its telemetry socket. Form: lib/telemetry/README.md.
//
// What can go wrong on the way, and is tried again: a server with its 10 clients closes a new connection
// without an answer; two clients at once can garble each other's requests (each request has a tag, and only
// the reply with that tag is taken); the switch may have no reader slot for the moment.
//
// Threads: one.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "mcsctl/json.hpp"

namespace mcswitch::mcsctl {

struct Patience {
  std::chrono::milliseconds reply_timeout{3000};
  int attempts = 20;                    // of each thing that can be tried again
  std::chrono::milliseconds pause{50};  // between two of them
};

class Client {
 public:
  // Connects to the first of `paths` (each also with its suffixes) where a switch answers. Throws
  // Failure(kExitNoSwitch) that names all paths and what was wrong with each.
  Client(const std::string& name, const std::vector<std::string>& paths, Patience patience = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // The reply to `command` with `params` (key=value,key=value, or empty). Throws Failure: what the
  // switch says against the request (kExitWrongUsage), or that it does not answer (kExitNoSwitch).
  Reply ask(const std::string& command, const std::string& params);

  // All pages of a list, one after the other, to `take_page`.
  void ask_all(const std::string& command, const std::string& params,
               const std::function<void(Reply)>& take_page);

 private:
  // Empty: connected, and a switch answers. Else what is wrong.
  std::string connect(const std::string& path);
  std::string open(const std::string& path);
  void close();
  // One message. False: time-out or end of the connection.
  bool receive(std::string& text);
  bool send(const std::string& text);
  // The reply with our tag, after as many attempts as it takes. Throws Failure.
  Reply exchange(const std::string& command, const std::string& params);
  void pause() const;

  Patience patience_;
  int socket_ = -1;
  std::size_t max_output_len_ = 0;
  std::uint64_t tag_;
};

// `params` with one more `key=value`; the value is escaped.
std::string with_param(const std::string& params, const std::string& key, const std::string& value);

}  // namespace mcswitch::mcsctl
