// SPDX-License-Identifier: BSD-3-Clause
//
// One reader for each table of the file. Each asks for every key of its table, checks what one table can
// show, and leaves the default where a value was refused. The caller reports unknown keys of the file's own
// level (TableReader::report_unknown_keys); those of the tables are reported here.
//
// Threads: pure functions but for the findings; one thread at a time.

#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "config/config.hpp"
#include "config/table_reader.hpp"

namespace mcswitch::config {

// switch_section.cpp
Switch read_switch(TableReader& root, Places& places);
// port_section.cpp: in the order of the file, which is the order of PortId. At most kMaxPorts.
std::vector<Port> read_ports(TableReader& root);
// snooping_section.cpp
Snooping read_snooping(TableReader& root);
// The keys of [snooping] in `table`; keys that are absent leave `snooping` as it was.
void read_snooping_keys(TableReader& table, Snooping& snooping);

// igmp_section.cpp: [igmp], and what a table that starts from it has to know.
struct IgmpSection {
  Igmp igmp;
  // False: a key that times are derived from was refused, so the others cannot be checked.
  bool has_usable_timers = true;
  bool names_querier_address = false;
};
IgmpSection read_igmp(TableReader& root);
// [vlan.igmp] of one [[vlan]]: absent keys are as in `base`, and derived times follow the resulting values.
// What has been reported about [igmp] is not reported again.
Igmp read_vlan_igmp(TableReader& vlan, const IgmpSection& base);

// ssm_range.cpp: "ssm-range" of [igmp] or [vlan.igmp]; absent or refused: `target` is as it was.
void read_ssm_range(TableReader& table, std::vector<Ipv4Prefix>& target);

// whose_messages_count.cpp: "allowed-queriers", "report-sources", "ignore-v1-reports", "ignore-v2-reports",
// likewise.
void read_whose_messages_count(TableReader& table, Igmp& igmp);

// mld_section.cpp: nothing of it has an effect yet. Returns whether MLD is asked for.
bool read_mld(TableReader& root);
void read_vlan_mld(TableReader& vlan, bool enabled_by_default);

// static_groups.cpp: [[vlan.static-group]] of all VLANs, one after the other, and then the limits of the
// switch and of its ports, which they must not go beyond.
class StaticGroupReader {
 public:
  // `config`: has the ports and [switch]; outlives this.
  StaticGroupReader(const Config& config, Findings& findings) : config_{config}, findings_{findings} {}
  // Of a [[vlan]] whose other keys have been read into `settings`. `id` is 0 if no port carries the VLAN or
  // its id is not known. Either has been reported by then, so ports that do not carry it are not reported.
  // Refused entries are left out.
  std::vector<StaticGroup> read(TableReader& vlan, VlanId id, const Vlan& settings);
  // When all VLANs have been read.
  void check_limits() const;

 private:
  std::optional<StaticGroup> read_one(TableReader& table, VlanId id, const Igmp& igmp) const;
  PortSet read_ports(TableReader& table, VlanId id) const;
  void check_sources(const std::vector<StaticGroup>& groups, const StaticGroup& added, Position at) const;
  void count(const StaticGroup& added, bool is_first_of_group, Position at);

  const Config& config_;
  Findings& findings_;
  std::size_t entries_ = 0;
  Position first_entry_beyond_;
  std::array<std::size_t, kMaxPorts> memberships_{};
  std::array<Position, kMaxPorts> first_beyond_{};
};

// vlan_section.cpp: rising by id. `config` has everything else; its ports are for a [[vlan]] that none
// carries.
std::vector<Vlan> read_vlans(TableReader& root, const Config& config, const IgmpSection& igmp, bool mld);

// Whether frames of `id` are forwarded there, with a tag or without.
bool is_carried(VlanId id, const Port& port);

// The form of switch.name and port.name: 1 to 32 of A-Z a-z 0-9 - _ .
bool is_name(const std::string& text);
inline constexpr const char* kNameForm = "1 to 32 letters, digits, \"-\", \"_\" or \".\"";

}  // namespace mcswitch::config
