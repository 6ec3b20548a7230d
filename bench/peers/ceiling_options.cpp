// SPDX-License-Identifier: BSD-3-Clause

#include "peers/ceiling_options.hpp"

#include <CLI/CLI.hpp>

namespace mcswitch::bench {

std::optional<int> parse_ceiling_options(int argc, const char* const* argv, CeilingOptions& options) {
  CLI::App app{"mcsceiling: replicates from one DPDK device to others without parsing or lookup"};
  app.add_option("--from", options.from, "device string of the source")->required();
  app.add_option("--to", options.to, "device string of a sink; once for each")->required();
  app.add_option("--main-core", options.main_core);
  app.add_option("--worker-core", options.worker_core);
  app.add_option("--mbufs", options.mbufs, "packet buffers; more than the source's capture has frames")
      ->check(CLI::Range(2048U, 1U << 24));
  app.add_option("--room", options.room, "bytes of a packet buffer, headroom included")
      ->check(CLI::Range(2176U, 16384U));
  app.add_option("--warm-up", options.warm_up, "seconds")->check(CLI::Range(0.0, 60.0));
  app.add_option("--seconds", options.seconds)->check(CLI::Range(0.05, 3600.0));
  app.add_flag("--hugepages", options.hugepages, "take huge pages instead of plain memory");
  app.add_flag("--listen", options.listen, "ask the sinks for frames as well, as a switch does");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  return std::nullopt;
}

}  // namespace mcswitch::bench
