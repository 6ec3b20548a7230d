// SPDX-License-Identifier: BSD-3-Clause

#include "config/describe.hpp"

#include <gtest/gtest.h>

#include "load_support.hpp"

namespace mcswitch::config {
namespace {

// The keys of lib/config/whose_messages_count.cpp at their defaults.
std::string whose_messages_count(const std::string& table) {
  return table + "ignore-v1-reports = false\n" + table + "ignore-v2-reports = false\n" + table +
         "allowed-queriers = []\n" + table + "report-sources = []\n";
}

constexpr std::string_view kConfiguration = R"([switch]
worker-cores = [3, 2]
mbufs = 4096
eal-args = ["--no-pci", "a\"b"]
[[port]]
name = "left"
device = "net_af_packet0,iface=veth0"
vlan = 30
tagged-vlans = ["100-102", 7, 9, 10, 4094]
rx-queues = 1
fast-leave = true
max-groups = 12
[[port]]
name = "right"
device = "net_ring8"
multicast-router = "never"
[snooping]
unregistered = "router-ports"
[igmp]
version = 2
querier = true
querier-address = "10.0.0.9"
query-interval = 60
query-response-interval = 0.3
router-port-interval = 77
ssm-range = ["232.0.0.0/8", "239.232.0.0/16"]
)";

TEST(Describe, ShowsTheConfigurationInForceWithDerivedTimes) {
  const LoadResult result = load(kConfiguration);
  ASSERT_TRUE(result.config);
  EXPECT_EQ(describe(*result.config), R"(switch.name = "mcswitch"
switch.main-core = 0
switch.worker-cores = [3, 2]
switch.hugepages = "auto"
switch.mbufs = 4096
switch.max-groups = 65536
switch.max-sources-per-group = 1024
switch.max-hosts = "auto"
switch.max-macs = 65536
switch.mac-aging-time = 300
switch.log-level = "info"
switch.eal-args = ["--no-pci", "a\"b"]
port.left.device = "net_af_packet0,iface=veth0"
port.left.vlan = 30
port.left.tagged-vlans = [7, "9-10", "100-102", 4094]
port.left.mtu = 1500
port.left.rx-queues = 1
port.left.rx-descriptors = "auto"
port.left.tx-descriptors = "auto"
port.left.multicast-router = "auto"
port.left.fast-leave = true
port.left.max-groups = 12
port.left.block-queries = false
port.left.flood-unregistered = false
port.left.all-multicast = false
port.left.take-over = false
port.right.device = "net_ring8"
port.right.vlan = 1
port.right.tagged-vlans = []
port.right.mtu = 1500
port.right.rx-queues = "auto"
port.right.rx-descriptors = "auto"
port.right.tx-descriptors = "auto"
port.right.multicast-router = "never"
port.right.fast-leave = false
port.right.max-groups = 0
port.right.block-queries = false
port.right.flood-unregistered = false
port.right.all-multicast = false
port.right.take-over = false
snooping.mode = "prune"
snooping.unregistered = "router-ports"
snooping.hold-pruning = false
igmp.enabled = true
igmp.version = 2
igmp.querier = true
igmp.querier-address = "10.0.0.9"
igmp.proxy-address = "0.0.0.0"
igmp.robustness = 2
igmp.query-interval = 60
igmp.query-response-interval = 0.3
igmp.last-member-query-interval = 1
igmp.last-member-query-count = 2
igmp.startup-query-interval = 15
igmp.startup-query-count = 2
igmp.group-membership-interval = 120.3
igmp.other-querier-present-interval = 120.15
igmp.router-port-interval = 77
igmp.require-router-alert = false
)" + whose_messages_count("igmp.") + R"(igmp.report-mode = "transparent"
igmp.host-tracking = true
igmp.ssm-range = ["232.0.0.0/8", "239.232.0.0/16"]
)");
}

TEST(Describe, ShowsAVlanWithWhatItTakesFromTheGeneralTables) {
  const LoadResult result = load(R"([[vlan]]
id = 7
name = "cameras"
mode = "observe"
[vlan.igmp]
query-interval = 60
report-mode = "proxy"
proxy-address = "10.7.0.2"
host-tracking = false
[[vlan.static-group]]
group = "239.1.1.1"
source = "10.7.0.5"
ports = ["p2"]
[[vlan.static-group]]
group = "239.1.1.1"
ports = ["p2", "p1"]
[[port]]
name = "p1"
device = "net_ring5"
vlan = 7
[[port]]
name = "p2"
device = "net_ring6"
tagged-vlans = [7]
[igmp]
version = 2
robustness = 3
)");
  ASSERT_TRUE(result.config);
  const std::string text = describe(*result.config);
  const std::size_t begin = text.find("vlan.7.name");
  ASSERT_NE(begin, std::string::npos);
  EXPECT_EQ(text.substr(begin), R"(vlan.7.name = "cameras"
vlan.7.mode = "observe"
vlan.7.unregistered = "auto"
vlan.7.hold-pruning = true
vlan.7.igmp.enabled = true
vlan.7.igmp.version = 2
vlan.7.igmp.querier = false
vlan.7.igmp.querier-address = "0.0.0.0"
vlan.7.igmp.proxy-address = "10.7.0.2"
vlan.7.igmp.robustness = 3
vlan.7.igmp.query-interval = 60
vlan.7.igmp.query-response-interval = 10
vlan.7.igmp.last-member-query-interval = 1
vlan.7.igmp.last-member-query-count = 3
vlan.7.igmp.startup-query-interval = 15
vlan.7.igmp.startup-query-count = 3
vlan.7.igmp.group-membership-interval = 190
vlan.7.igmp.other-querier-present-interval = 185
vlan.7.igmp.router-port-interval = 185
vlan.7.igmp.require-router-alert = false
)" + whose_messages_count("vlan.7.igmp.") +
                                    R"(vlan.7.igmp.report-mode = "proxy"
vlan.7.igmp.host-tracking = false
vlan.7.igmp.ssm-range = []
vlan.7.static-group = [{ group = "239.1.1.1", ports = ["p1", "p2"] }, { group = "239.1.1.1", source = "10.7.0.5", ports = ["p2"] }]
)");
}

TEST(Describe, IsTheSettingsLineByLine) {
  const LoadResult result = load_with_ports("");
  ASSERT_TRUE(result.config);
  std::string lines;
  for (const auto& [key, value] : effective_settings(*result.config)) {
    lines += key + " = " + value + "\n";
  }
  EXPECT_EQ(describe(*result.config), lines);
}

}  // namespace
}  // namespace mcswitch::config
