// SPDX-License-Identifier: BSD-3-Clause
//
// `mcsbench interfaces`: the tests of RFC 3918 on any multicast switch, over network interfaces.

#pragma once

namespace CLI {
class App;
}

namespace mcswitch::bench {

// Adds the subcommand; it runs when the command line is parsed, without DPDK. Ends by CLI::RuntimeError with
// the exit code of failure.hpp if that is not 0; the error has then been printed on stderr.
void add_interfaces_command(CLI::App& app);

}  // namespace mcswitch::bench
