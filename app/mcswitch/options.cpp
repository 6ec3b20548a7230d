// SPDX-License-Identifier: BSD-3-Clause

#include "options.hpp"

#include <CLI/CLI.hpp>

#include "exit_codes.hpp"

namespace mcswitch::app {

std::optional<Options> parse_options(int argc, const char* const* argv, int& exit_code) {
  Options options;
  CLI::App app{"mcswitch: a multicast snooping switch"};
  app.footer("Exit codes: 0 success; 1 a device or the machine is not as needed; 2 usage or configuration.");
  app.add_option("-c,--config", options.config, "Configuration file (TOML); - is the standard input");
  app.add_flag("--check", options.check,
               "Check configuration and machine, say what would be taken, and exit");
  app.add_flag("--version", options.version, "Print version, DPDK version and build flags, and exit");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      app.exit(error);  // --help
      exit_code = kExitSuccess;
      return std::nullopt;
    }
    std::cerr << "mcswitch: error: usage: " << error.what() << " (mcswitch --help)\n";
    exit_code = kExitConfiguration;
    return std::nullopt;
  }
  if (!options.version && options.config.empty()) {
    std::cerr << "mcswitch: error: usage: --config FILE is missing (mcswitch --help)\n";
    exit_code = kExitConfiguration;
    return std::nullopt;
  }
  return options;
}

}  // namespace mcswitch::app
