// SPDX-License-Identifier: BSD-3-Clause

#include "telemetry/commands.hpp"

#include <rte_telemetry.h>

#include <atomic>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string>

#include "telemetry/handlers.hpp"
#include "telemetry/tel_data.hpp"

namespace mcswitch::telemetry {

namespace {

#define X(noun, Row, parameters, sort_columns, summary, nothing, help) \
  {"/mcswitch/" #noun, parameters, list_##noun, help},
constexpr Command kCommands[] = {
    {"/mcswitch/info", 0, show_info, "Version, size and fill of the switch. Takes no parameters"},
    MCSWITCH_LISTS(X)};
#undef X

constexpr std::size_t length(const char* text) { return std::char_traits<char>::length(text); }
constexpr bool table_is_fit_for_dpdk() {
  for (const Command& command : kCommands) {
    if (length(command.name) > 55 || length(command.help) > 127) {
      return false;
    }
  }
  return true;
}
static_assert(table_is_fit_for_dpdk());

// DPDK's callbacks get no pointer of ours, so the way to the view is global. A command adds itself to
// `g_running` and then loads `g_view`; the destructor clears `g_view` and then loads `g_running`.
// All four are sequentially consistent: either the command sees null, or the destructor sees it run.
std::atomic<const SwitchView*> g_view{nullptr};
std::atomic<unsigned> g_running{0};

class Running {
 public:
  Running() { g_running.fetch_add(1, std::memory_order_seq_cst); }
  ~Running() {
    if (g_running.fetch_sub(1, std::memory_order_seq_cst) == 1) {
      g_running.notify_all();
    }
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
};

const Command* find_command(const char* name) {
  for (const Command& command : kCommands) {
    if (name != nullptr && std::strcmp(name, command.name) == 0) {
      return &command;
    }
  }
  return nullptr;
}

Reply answer(const char* name, const char* params, std::optional<std::uint64_t>& tag) noexcept {
  try {
    const SwitchView* view = g_view.load(std::memory_order_seq_cst);
    const Command* command = find_command(name);
    if (command == nullptr) {
      return Reply::error(ErrorKind::busy, "garbled request, try again");
    }
    if (view == nullptr) {
      return Reply::error(ErrorKind::stopping, "the switch is stopping");
    }
    return run(*command, *view, params, tag);
  } catch (const std::exception&) {
    // No memory, practically; write_reply() says so without any.
    return Reply{};
  }
}

int on_request(const char* name, const char* params, rte_tel_data* data) {
  const Running running;
  std::optional<std::uint64_t> tag;
  write_reply(answer(name, params, tag), tag, data);
  return 0;
}

}  // namespace

std::span<const Command> commands() { return kCommands; }

Reply run(const Command& command, const SwitchView& view, const char* params,
          std::optional<std::uint64_t>& tag) {
  const ParsedRequest parsed = parse_request(params, command.parameters);
  tag = parsed.request.tag;
  return parsed.error ? Reply::error(ErrorKind::usage, *parsed.error) : command.handler(view, parsed.request);
}

Commands::Commands(const SwitchView& view) {
  g_view.store(&view, std::memory_order_seq_cst);
  static bool registered = false;
  if (registered) {
    return;
  }
  for (const Command& command : kCommands) {
    if (rte_telemetry_register_cmd(command.name, on_request, command.help) != 0) {
      g_view.store(nullptr, std::memory_order_seq_cst);
      throw std::runtime_error{std::string{"telemetry: DPDK refuses the command "} + command.name};
    }
  }
  registered = true;
}

Commands::~Commands() {
  g_view.store(nullptr, std::memory_order_seq_cst);
  unsigned running = g_running.load(std::memory_order_seq_cst);
  while (running != 0) {
    g_running.wait(running);
    running = g_running.load(std::memory_order_seq_cst);
  }
}

}  // namespace mcswitch::telemetry
