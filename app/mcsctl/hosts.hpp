// SPDX-License-Identifier: BSD-3-Clause
//
// groups --hosts: memberships with the hosts behind them.

#pragma once

#include "mcsctl/objects.hpp"

namespace mcswitch::mcsctl {

// A row for each host of each membership; one without a host for a membership that has none. `groups` and
// `hosts` have the keys of verb("groups") and of hosts_verb(), the result those of groups_with_hosts_verb().
// Rows are in the order of `groups`, then in that of `hosts`. Hosts whose membership is not among `groups`
// are left out.
Records with_hosts(const Records& groups, const Records& hosts);

}  // namespace mcswitch::mcsctl
