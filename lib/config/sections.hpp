// SPDX-License-Identifier: BSD-3-Clause
//
// One reader for each table of the file. Each asks for every key of its table, checks what one table can
// show, and leaves the default where a value was refused. The caller reports unknown keys of the file's own
// level (TableReader::report_unknown_keys); those of the tables are reported here.
//
// Threads: pure functions but for the findings; one thread at a time.

#pragma once

#include <vector>

#include "config/config.hpp"
#include "config/table_reader.hpp"

namespace mcswitch::config {

// switch_section.cpp
Switch read_switch(TableReader& root);
// port_section.cpp: in the order of the file, which is the order of PortId. At most kMaxPorts.
std::vector<Port> read_ports(TableReader& root);
// igmp_section.cpp
Snooping read_snooping(TableReader& root);
Igmp read_igmp(TableReader& root);
// unbuilt_sections.cpp: what only has to be refused. `ports`: for [[vlan]] that no port carries.
void read_mld(TableReader& root);
void read_vlans(TableReader& root, const std::vector<Port>& ports);

// The form of switch.name and port.name: 1 to 32 of A-Z a-z 0-9 - _ .
bool is_name(const std::string& text);
inline constexpr const char* kNameForm = "1 to 32 letters, digits, \"-\", \"_\" or \".\"";

}  // namespace mcswitch::config
