// SPDX-License-Identifier: BSD-3-Clause

#include "mcsctl/render.hpp"

#include <gmock/gmock.h>

namespace mcswitch::mcsctl {
namespace {

// Values as the switch sends them, in the order of the verb's keys; "" is no value.
std::string rendered(const Verb& what, const std::vector<std::vector<std::string>>& rows) {
  Records records{what.keys};
  Reply reply;
  for (const Key& key : records.keys()) {
    reply.columns.emplace_back(key.name);
  }
  for (const auto& row : rows) {
    std::vector<telemetry::Field> fields;
    for (const std::string& value : row) {
      fields.push_back(value.empty() ? telemetry::Field{} : telemetry::Field{value});
    }
    reply.rows.push_back(std::move(fields));
  }
  append_page(records, std::move(reply));
  std::string text;
  render(what, records, [&](std::string_view piece) { text += piece; });
  return text;
}
std::string rendered(const char* name, const std::vector<std::vector<std::string>>& rows) {
  return rendered(verb(name), rows);
}

TEST(Render, Groups) {
  EXPECT_EQ(rendered(verb("groups"), {{"10", "239.1.2.3", "*", "uplink", "exclude", "igmpv2", "259876", "2"},
                                      {"10", "239.1.2.30", "*", "p1", "exclude", "igmpv1", "2000", ""},
                                      {"11", "239.1.2.3", "*", "p1", "exclude", "static", "", "0"},
                                      {"11", "239.1.2.3", "10.0.0.7", "p1", "blocked", "igmpv3", "", ""}}),
            "vlan  group       source    port    mode     protocol  expires in  hosts\n"
            "  10  239.1.2.3   *         uplink  exclude  igmpv2        4m 19s      2\n"
            "  10  239.1.2.30  *         p1      exclude  igmpv1         2.0 s      -\n"
            "  11  239.1.2.3   *         p1      exclude  static             -      0\n"
            "  11  239.1.2.3   10.0.0.7  p1      blocked  igmpv3             -      -\n");
}

TEST(Render, GroupsWithTheirHosts) {
  EXPECT_EQ(
      rendered(groups_with_hosts_verb(),
               {{"10", "232.1.2.3", "10.0.0.7", "hall", "include", "igmpv3", "259876", "1", "10.0.0.91",
                 "02:00:00:00:00:5b", "7200000", "125"},
                {"10", "232.1.2.3", "10.0.0.8", "hall", "include", "igmpv3", "2000", "0", "", "", "", ""}}),
      "vlan  group      source    port  mode     host       mac                member for  last report\n"
      "  10  232.1.2.3  10.0.0.7  hall  include  10.0.0.91  02:00:00:00:00:5b      2h 00m        0.1 s\n"
      "  10  232.1.2.3  10.0.0.8  hall  include  -          -                           -            -\n");
}

std::vector<std::string> port_row(std::vector<std::string> first_keys, const char* speed, const char* vlan,
                                  const char* tagged, const char* rx_queues, const char* tx_queues) {
  for (const char* value : {speed, "02:00:00:00:00:07", vlan, tagged, rx_queues, tx_queues, "0:3"}) {
    first_keys.emplace_back(value);
  }
  first_keys.resize(verb("ports").keys.size(), "0");
  return first_keys;
}

// rx_dropped 10, rx_missed to rx_too_long 2 to 5, tx_errors 15: the last columns.
std::vector<std::string> with_losses(std::vector<std::string> row) {
  constexpr std::size_t kLosses = 6;
  const char* values[kLosses] = {"10", "2", "3", "4", "5", "15"};
  std::copy_n(values, kLosses, row.end() - kLosses);
  return row;
}

TEST(Render, PortsWithWideNumbersStayWithin120Columns) {
  const std::string text = rendered(
      "ports", {with_losses(port_row({"p0", "net_af_packet0,iface=veth-to-the-hall", "net_af_packet", "up",
                                      "123456789", "1234567890", "2345678901", "23456789012", "0", "1200"},
                                     "10000", "7", "10 100-199", "1", "1")),
                port_row({"p1", "0000:3b:00.1", "net_ice", "down", "0", "0", "0", "0", "7", "0"}, "", "0",
                         "4000-4094", "16", "9"),
                port_row({"p2", "0000:3b:00.2", "net_ice", "up", "0", "0", "0", "0", "0", "0"}, "", "0", "",
                         "4", "2")});
  EXPECT_EQ(
      text,
      "port  device                    link     vlans  rx packets   rx MB  lost  rx drop  tx packets    tx MB"
      "  tx drop  groups\n"
      "p0    net_af_packet0,iface=...  up 10G  7 +101   123456789  2345.6    14       10  1234567890  23456.7"
      "       15    1200\n"
      "p1    0000:3b:00.1              down       +95           0     0.0     0        0           0      0.0"
      "        7       0\n"
      "p2    0000:3b:00.2              up           -           0     0.0     0        0           0      0.0"
      "        0       0\n");
  EXPECT_LE(text.find('\n'), 120U);
}

TEST(Render, CountersThatAre0AreLeftOutAndOthersExplained) {
  EXPECT_EQ(rendered("counters", {{"p0", "rx_packets", "12"},
                                  {"p0", "broadcast", "0"},
                                  {"p1", "igmp_checksum_wrong", "3"},
                                  {"", "leaves_fast", "1"},
                                  {"p1", "of_a_newer_switch", "4"}}),
            "port  counter              value  meaning\n"
            "p0    rx_packets              12  frames received\n"
            "p1    igmp_checksum_wrong      3  IGMP checksum wrong (RFC 2236 section 2.3)\n"
            "-     leaves_fast              1  leaves that pruned at once (fast-leave)\n"
            "p1    of_a_newer_switch        4\n");
}

TEST(Render, Routers) {
  EXPECT_EQ(rendered("routers", {{"1", "p3", "static", "", ""}, {"1", "p4", "query", "10.0.0.1", "254999"}}),
            "vlan  port  origin  address   expires in\n"
            "   1  p3    static  -                  -\n"
            "   1  p4    query   10.0.0.1      4m 14s\n");
}

TEST(Render, Queriers) {
  EXPECT_EQ(rendered("queriers",
                     {{"1", "igmp", "off", "", "", ""}, {"20", "igmp", "querier", "10.0.0.2", "2", ""}}),
            "vlan  protocol  role     address   version  expires in\n"
            "   1  igmp      off      -               -           -\n"
            "  20  igmp      querier  10.0.0.2        2           -\n");
}

TEST(Render, Macs) {
  EXPECT_EQ(rendered("macs", {{"1", "02:00:00:00:00:0a", "p2", "61000"}}),
            "vlan  mac                port     age\n"
            "   1  02:00:00:00:00:0a  p2    1m 01s\n");
}

TEST(Render, Workers) {
  EXPECT_EQ(rendered("workers",
                     {{"0", "3", "p0 p1", "2000", "5", "40", "p0:0 p0:3 p1:0", "80", "2", "6", "0", "1", "5"},
                      {"1", "4", "", "0", "0", "0", "", "6", "0", "0", "6", "0", "0"}}),
            "worker  core  port:queue      polls   busy  frames  replicas  handed over  taken over\n"
            "     0     3  p0:0 p0:3 p1:0   2000  0.2 %      40        80            6           0\n"
            "     1     4  -                   0      -       0         6            0           6\n");
}

TEST(Render, AnEmptyListSaysSo) {
  EXPECT_EQ(rendered("groups", {}), "no groups\n");
  EXPECT_EQ(rendered("counters", {{"p0", "broadcast", "0"}}), "all counters are 0\n");
}

TEST(Render, AnObjectIsAlignedAndItsTimesReadable) {
  EXPECT_EQ(render(Object{{"name", std::string{"lab"}},
                          {"uptime_ms", std::uint64_t{61'000}},
                          {"mbufs_free", std::uint64_t{5}}}),
            "name        lab\n"
            "uptime      1m 01s\n"
            "mbufs free  5\n");
}

}  // namespace
}  // namespace mcswitch::mcsctl
