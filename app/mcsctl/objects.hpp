// SPDX-License-Identifier: BSD-3-Clause
//
// What mcsctl prints: objects. Those of a list are records, whose keys are the columns of the switch's list.

#pragma once

#include <string>
#include <utility>
#include <vector>

#include "telemetry/columns.hpp"
#include "telemetry/records.hpp"

namespace mcswitch::mcsctl {

using Key = telemetry::Column;
using KeyKind = telemetry::ColumnKind;
using telemetry::Records;
using telemetry::Value;
using telemetry::ValueView;

// An object that is not a list.
using Object = std::vector<std::pair<std::string, Value>>;

}  // namespace mcswitch::mcsctl
