// SPDX-License-Identifier: BSD-3-Clause
//
// mcsctl: reads a running switch over its telemetry socket.

#include <cstdio>
#include <exception>
#include <string_view>
#include <utility>

#include "mcsctl/arguments.hpp"
#include "mcsctl/client.hpp"
#include "mcsctl/failure.hpp"
#include "mcsctl/render.hpp"
#include "mcsctl/socket_paths.hpp"
#include "mcsctl/verbs.hpp"

namespace mcswitch::mcsctl {

namespace {

void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void answer(const Arguments& arguments) {
  const Verb& what = verb(arguments.verb);
  Client client{arguments.name, socket_paths(current_environment(), arguments.name)};
  if (what.keys.empty()) {
    const Reply reply = client.ask(what.command, arguments.params);
    print(arguments.json ? to_json(reply.object) : render(reply.object));
    return;
  }
  Records records{what.keys};
  client.ask_all(what.command, arguments.params, [&](Reply page) { append_page(records, std::move(page)); });
  records.sort(what.sort_keys);
  if (arguments.json) {
    write_json(records, print);
  } else {
    render(what, records, print);
  }
}

}  // namespace

}  // namespace mcswitch::mcsctl

int main(int argc, char** argv) {
  using namespace mcswitch::mcsctl;
  try {
    const auto parsed = parse_arguments(argc, argv);
    if (const int* exit_code = std::get_if<int>(&parsed)) {
      return *exit_code;
    }
    answer(std::get<Arguments>(parsed));
    return 0;
  } catch (const Failure& failure) {
    std::fprintf(stderr, "mcsctl: %s\n", failure.what());
    return failure.exit_code();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "mcsctl: %s\n", error.what());
    return kExitNoSwitch;
  }
}
