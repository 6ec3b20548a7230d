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
#include "mcsctl/hosts.hpp"
#include "mcsctl/render.hpp"
#include "mcsctl/socket_paths.hpp"
#include "mcsctl/verbs.hpp"

namespace mcswitch::mcsctl {

namespace {

void print(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); }

void show(const Verb& what, const Records& records, bool json) {
  if (json) {
    write_json(records, print);
  } else {
    render(what, records, print);
  }
}

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
  if (arguments.hosts) {
    // Behind the groups, so that a host that has just come finds its group missing, and not the other way
    // round.
    const Verb& of_hosts = hosts_verb();
    Records hosts{of_hosts.keys};
    client.ask_all(of_hosts.command, arguments.params,
                   [&](Reply page) { append_page(hosts, std::move(page)); });
    hosts.sort(of_hosts.sort_keys);
    return show(groups_with_hosts_verb(), with_hosts(records, hosts), arguments.json);
  }
  show(what, records, arguments.json);
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
