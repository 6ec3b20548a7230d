// SPDX-License-Identifier: BSD-3-Clause
//
// The one place where a Reply meets rte_telemetry.
//
// Threads: any; `data` belongs to the caller.

#pragma once

#include <cstdint>
#include <optional>

#include "telemetry/reply.hpp"

struct rte_tel_data;

namespace mcswitch::telemetry {

// Writes the reply, and the tag if there is one, into `data`. Takes one container (67 kB) for the rows
// of a list. If anything does not fit or there is no memory (an empty Reply stands for that too), the
// reply becomes an error that says so: nothing is left out in silence.
void write_reply(const Reply& reply, std::optional<std::uint64_t> tag, rte_tel_data* data) noexcept;

}  // namespace mcswitch::telemetry
