// SPDX-License-Identifier: BSD-3-Clause
//
// Commands: puts the switch on DPDK's telemetry socket. README.md has the form of requests and replies.
//
// Threads
//   The constructor and the destructor run on the main thread, after rte_eal_init(). Between them DPDK
//   calls the commands, each client on a thread of its own, at most 10 at once.
//
// Shutdown
//   DPDK cannot forget a command. After the destructor has begun, a command answers "stopping", and the
//   destructor returns when the last one that was under way has finished, so that what SwitchView refers
//   to may then be destroyed. A command takes milliseconds.

#pragma once

#include <span>

#include "telemetry/reply.hpp"
#include "telemetry/request.hpp"
#include "telemetry/switch_view.hpp"

namespace mcswitch::telemetry {

using Handler = Reply (*)(const SwitchView&, const Request&);

struct Command {
  const char* name;     // /mcswitch/ and a noun: at most 55 characters of [A-Za-z0-9_/]
  unsigned parameters;  // an OR of param::k*
  Handler handler;
  const char* help;  // less than 128 characters
};

// All commands: info and lists.hpp.
std::span<const Command> commands();

// What `command` answers to `params` (null or empty: none), and the tag of the request if it has one.
Reply run(const Command& command, const SwitchView& view, const char* params,
          std::optional<std::uint64_t>& tag);

class Commands {
 public:
  // Registers the commands and begins to answer from `view`. One at a time in a process. Throws
  // std::runtime_error naming the command if DPDK refuses one.
  explicit Commands(const SwitchView& view);
  ~Commands();
  Commands(const Commands&) = delete;
  Commands& operator=(const Commands&) = delete;
};

}  // namespace mcswitch::telemetry
