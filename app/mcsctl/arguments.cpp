// SPDX-License-Identifier: BSD-3-Clause

#include "mcsctl/arguments.hpp"

#include <CLI/CLI.hpp>

#include "base/net_text.hpp"
#include "mcsctl/client.hpp"
#include "mcsctl/failure.hpp"
#include "mcsctl/verbs.hpp"
#include "telemetry/request.hpp"

namespace mcswitch::mcsctl {

namespace {

// Named in the manual, refused until they exist.
constexpr const char* kNotBuilt[] = {"traffic", "health", "events", "config", "explain", "top", "metrics"};

[[noreturn]] void refuse(const std::string& what) {
  throw Failure{kExitWrongUsage, what + " is not implemented yet"};
}

std::string not_multicast(const std::string& text) {
  const auto address = parse_ip(text);
  const bool multicast = address && address->is_multicast();
  return multicast ? "" : text + " is not a multicast address";
}

// Adds `--option VALUE` that becomes the parameter of the same name.
CLI::Option* add_filter(CLI::App& command, Arguments& arguments, const std::string& name,
                        const std::string& help) {
  return command.add_option_function<std::string>(
      "--" + name,
      [&arguments, name](const std::string& value) {
        arguments.params = with_param(arguments.params, name, value);
      },
      help);
}

void declare(CLI::App& app, Arguments& arguments) {
  app.name("mcsctl");
  app.add_option("--name", arguments.name, "name of the switch, as in its configuration")
      ->capture_default_str();
  app.add_flag("--json", arguments.json, "JSON for programs in place of tables");
  app.fallthrough();
  app.require_subcommand(0, 1);

  for (const Verb& verb : verbs()) {
    CLI::App* command = app.add_subcommand(verb.name, verb.help);
    command->callback([&arguments, &verb] { arguments.verb = verb.name; });
    if ((verb.parameters & telemetry::param::kVlan) != 0) {
      add_filter(*command, arguments, "vlan", "only this VLAN")->check(CLI::Range(1, 4094));
    }
    if ((verb.parameters & telemetry::param::kGroup) != 0) {
      add_filter(*command, arguments, "group", "only this group")->check(not_multicast);
    }
    if (verb.name == "groups") {
      command->add_flag("--hosts", arguments.hosts, "with the hosts that are members");
    }
    if ((verb.parameters & telemetry::param::kPort) != 0) {
      add_filter(*command, arguments, "port", "only this port");
    }
  }
  for (const std::string name : kNotBuilt) {
    CLI::App* command = app.add_subcommand(name, "not implemented yet");
    // Arguments after it are not looked at.
    command->group("")->fallthrough(false)->prefix_command()->set_help_flag();
    command->callback([name] { refuse(name); });
  }
}

}  // namespace

std::variant<Arguments, int> parse_arguments(int argc, const char* const* argv) {
  CLI::App app{"Reads a running mcswitch over its telemetry socket."};
  Arguments arguments;
  declare(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitWrongUsage;
  }
  if (arguments.verb.empty()) {
    throw Failure{kExitWrongUsage, "which command? --help lists them"};
  }
  return arguments;
}

}  // namespace mcswitch::mcsctl
