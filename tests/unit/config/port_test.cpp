// SPDX-License-Identifier: BSD-3-Clause
//
// [[port]]

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/port_set.hpp"
#include "load_support.hpp"

namespace mcswitch::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;
using testing::SizeIs;

// One line in a port; it is line 4.
LoadResult load_port(std::string_view line) {
  return load("[[port]]\nname = \"under-test\"\ndevice = \"net_ring2\"\n" + std::string{line} +
              std::string{kTwoPorts});
}

// `count` ports of three lines each; port n begins at line 3 * n + 1.
std::string many_ports(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += fmt::format("[[port]]\nname = \"p{}\"\ndevice = \"net_ring{}\"\n", i, i);
  }
  return text;
}

TEST(PortSection, DefaultsAreThoseOfTheContract) {
  const LoadResult result = load_with_ports("");
  ASSERT_TRUE(result.config);
  ASSERT_THAT(result.config->ports, SizeIs(2));
  const Port& port = result.config->ports[1];
  EXPECT_EQ(port.name, "right");
  EXPECT_EQ(port.device, "net_ring8");
  EXPECT_EQ(port.vlan, 1);
  EXPECT_THAT(port.tagged_vlans, IsEmpty());
  EXPECT_EQ(port.mtu, 1500);
  EXPECT_EQ(port.rx_queues, std::nullopt);
  EXPECT_EQ(port.rx_descriptors, std::nullopt);
  EXPECT_EQ(port.tx_descriptors, std::nullopt);
  EXPECT_EQ(port.multicast_router, MulticastRouter::automatic);
  EXPECT_FALSE(port.fast_leave);
  EXPECT_FALSE(port.block_queries);
  EXPECT_FALSE(port.flood_unregistered);
  EXPECT_FALSE(port.all_multicast);
  EXPECT_FALSE(port.take_over);
}

TEST(PortSection, EveryKeyIsReadIntoItsOwnPort) {
  const LoadResult result = load_port(R"(vlan = 4094
mtu = 9000
rx-queues = 1
rx-descriptors = 512
tx-descriptors = 1024
multicast-router = "always"
fast-leave = true
block-queries = true
flood-unregistered = true
all-multicast = true
take-over = true
)");
  ASSERT_THAT(result.errors, IsEmpty());
  EXPECT_THAT(result.warnings, IsEmpty());
  ASSERT_THAT(result.config->ports, SizeIs(3));
  const Port& port = result.config->ports[0];
  EXPECT_EQ(port.vlan, 4094);
  EXPECT_EQ(port.mtu, 9000);
  EXPECT_THAT(port.rx_queues, Optional(1));
  EXPECT_THAT(port.rx_descriptors, Optional(512));
  EXPECT_THAT(port.tx_descriptors, Optional(1024));
  EXPECT_EQ(port.multicast_router, MulticastRouter::always);
  EXPECT_TRUE(port.fast_leave);
  EXPECT_TRUE(port.block_queries);
  EXPECT_TRUE(port.flood_unregistered);
  EXPECT_TRUE(port.all_multicast);
  EXPECT_TRUE(port.take_over);
  EXPECT_FALSE(result.config->ports[1].fast_leave);
  EXPECT_EQ(result.config->ports[2].vlan, 1);
}

TEST(PortSection, OneSwitchOfManyIsNotAnother) {
  EXPECT_FALSE(load_port("fast-leave = true\n").config->ports[0].block_queries);
  EXPECT_FALSE(load_port("block-queries = true\n").config->ports[0].flood_unregistered);
  EXPECT_FALSE(load_port("flood-unregistered = true\n").config->ports[0].all_multicast);
  EXPECT_FALSE(load_port("all-multicast = true\n").config->ports[0].fast_leave);
  EXPECT_EQ(load_port("multicast-router = \"never\"\n").config->ports[0].multicast_router,
            MulticastRouter::never);
}

TEST(PortSection, NameAndDeviceMustBeWritten) {
  EXPECT_THAT(load("\n[[port]]\n").errors, ElementsAre(Says(2, 1, {"no name", "name = \"p0\""}),
                                                       Says(2, 1, {"no device", "0000:03:00.0"})));
}

TEST(PortSection, NameIsOfLettersDigitsAndThreeSigns) {
  for (const std::string_view name : {"", "p/0", "p 0", "p:0", "123456789012345678901234567890123"}) {
    EXPECT_THAT(load(fmt::format("[[port]]\nname = \"{}\"\ndevice = \"net_ring2\"\n", name)).errors,
                ElementsAre(Says(2, 8, {"port.name must be 1 to 32 letters, digits"})))
        << name;
  }
  EXPECT_THAT(load("[[port]]\nname = \"Eth_0.100-b\"\ndevice = \"net_ring2\"\n").errors, IsEmpty());
}

TEST(PortSection, NamesAreUnique) {
  EXPECT_THAT(load("[[port]]\nname = \"x\"\ndevice = \"net_ring2\"\n"
                   "[[port]]\nname = \"y\"\ndevice = \"net_ring3\"\n"
                   "[[port]]\nname = \"x\"\ndevice = \"net_ring4\"\n")
                  .errors,
              ElementsAre(Says(8, 8, {"port.name \"x\" is already taken (line 2)", "a name of its own"})));
}

std::vector<Finding> errors_of_devices(std::string_view first, std::string_view second) {
  return load(
             fmt::format("[[port]]\nname = \"x\"\ndevice = \"{}\"\n[[port]]\nname = \"y\"\ndevice = \"{}\"\n",
                         first, second))
      .errors;
}

TEST(PortSection, DevicesAreUnique) {
  EXPECT_THAT(
      errors_of_devices("net_ring3", "net_ring3"),
      ElementsAre(Says(
          6, 10, {"device \"net_ring3\" is already taken by port \"x\" (line 3)", "a device of its own"})));
  // DPDK knows a virtual device by the name before the comma.
  EXPECT_THAT(errors_of_devices("net_af_packet0,iface=a", "net_af_packet0,iface=b"),
              ElementsAre(Says(6, 10, {"device \"net_af_packet0\" is already taken"})));
  EXPECT_THAT(errors_of_devices("net_af_packet0,iface=a", "net_af_packet1,iface=b"), IsEmpty());
}

TEST(PortSection, PciAddressIsTheSameInEveryForm) {
  EXPECT_THAT(errors_of_devices("0000:0A:00.1", "0a:00.1,some=arg"),
              ElementsAre(Says(6, 10, {"device \"0000:0a:00.1\" is already taken by port \"x\""})));
  EXPECT_THAT(errors_of_devices("0000:0a:00.1", "0a:00.0"), IsEmpty());
  EXPECT_THAT(errors_of_devices("0000:0a:00.1", "0001:0a:00.1"), IsEmpty());
}

TEST(PortSection, InterfaceOfTwoDevicesIsRefused) {
  EXPECT_THAT(errors_of_devices("net_af_packet0,iface=veth3", "net_af_xdp1,start_queue=0,iface=veth3,x=1"),
              ElementsAre(Says(6, 10, {"interface \"veth3\" is already taken by port \"x\" (line 3)"})));
  EXPECT_THAT(errors_of_devices("net_af_packet0,iface=veth3", "net_af_packet1,iface=veth33"), IsEmpty());
}

TEST(PortSection, DeviceIsText) {
  for (const std::string_view device : {"", ",iface=veth0", "net_ring 3", "net_ring\\n3"}) {
    EXPECT_THAT(load(fmt::format("[[port]]\nname = \"x\"\ndevice = \"{}\"\n", device)).errors,
                ElementsAre(Says(3, 10, {"port.device must be a PCI address or a DPDK virtual device"})))
        << device;
  }
  EXPECT_THAT(load("[[port]]\nname = \"x\"\ndevice = 3\n").errors,
              ElementsAre(Says(3, 10, {"port.device must be a string, not 3"})));
}

TEST(PortSection, NoPortIsAnErrorAndOneIsAWarning) {
  EXPECT_THAT(load("port = []\n").errors, ElementsAre(Says(1, 1, {"no port", "two are needed to switch"})));
  const LoadResult one = load("\n" + many_ports(1));
  EXPECT_THAT(one.errors, IsEmpty());
  EXPECT_THAT(one.warnings, ElementsAre(Says(2, 1, {"one port only", "two are needed to switch"})));
  EXPECT_THAT(load(many_ports(2)).warnings, IsEmpty());
}

TEST(PortSection, PortsAreAtMostWhatDpdkWasBuiltFor) {
  const LoadResult full = load(many_ports(kMaxPorts));
  EXPECT_THAT(full.errors, IsEmpty());
  EXPECT_THAT(full.config->ports, SizeIs(32));
  // Later ones are still read.
  EXPECT_THAT(load(many_ports(35) + "mtu = 1\n").errors,
              ElementsAre(Says(97, 1, {"there are 35 ports", "DPDK was built for at most 32"}),
                          Says(106, 7, {"port.mtu"})));
}

TEST(PortSection, RangesIncludeTheirEnds) {
  EXPECT_EQ(load_port("mtu = 576\n").config->ports[0].mtu, 576);
  EXPECT_EQ(load_port("mtu = 16000\n").config->ports[0].mtu, 16000);
  EXPECT_THAT(load_port("mtu = 575\n").errors,
              ElementsAre(Says(4, 7, {"port.mtu must be an integer from 576 to 16000 bytes, not 575"})));
  EXPECT_THAT(load_port("mtu = 16001\n").errors, ElementsAre(Says(4, 7, {"not 16001"})));
  // 67036 is 1500 in 16 bits.
  EXPECT_THAT(load_port("mtu = 67036\n").errors, ElementsAre(Says(4, 7, {"not 67036"})));
  EXPECT_THAT(load_port("vlan = 4095\n").errors,
              ElementsAre(Says(4, 8, {"port.vlan must be an integer from 0 to 4094, not 4095"})));
  EXPECT_THAT(load_port("vlan = -1\n").errors, ElementsAre(Says(4, 8, {"not -1"})));
  EXPECT_THAT(
      load_port("rx-descriptors = 31\n").errors,
      ElementsAre(Says(4, 18, {"port.rx-descriptors must be \"auto\" or an integer from 32 to 32768"})));
  EXPECT_THAT(load_port("tx-descriptors = 32769\n").errors,
              ElementsAre(Says(4, 18, {"port.tx-descriptors"})));
  EXPECT_THAT(load_port("multicast-router = \"yes\"\n").errors,
              ElementsAre(Says(4, 20, {"\"auto\", \"always\" or \"never\", not the string \"yes\""})));
  EXPECT_THAT(load_port("fast-leave = 1\n").errors,
              ElementsAre(Says(4, 14, {"port.fast-leave must be true or false, not 1"})));
  EXPECT_THAT(load_port("take-over = 1\n").errors,
              ElementsAre(Says(4, 13, {"port.take-over must be true or false, not 1"})));
  EXPECT_THAT(load_port("all-multicast = \"yes\"\n").errors,
              ElementsAre(Says(4, 17, {"port.all-multicast must be true or false, not the string \"yes\""})));
}

TEST(PortSection, PortWithoutAnyVlanIsAWarning) {
  const LoadResult result = load_port("vlan = 0\n");
  ASSERT_THAT(result.errors, IsEmpty());
  EXPECT_EQ(result.config->ports[0].vlan, 0);
  EXPECT_THAT(result.warnings, ElementsAre(Says(4, 8, {"tagged-vlans is empty", "forwards nothing"})));
}

TEST(PortSection, TaggedVlansAreIdsAndRanges) {
  const LoadResult result = load_port("vlan = 0\ntagged-vlans = [4094, \"100-103\", 10, \"7-7\", 1]\n");
  ASSERT_THAT(result.errors, IsEmpty());
  EXPECT_THAT(result.warnings, IsEmpty());
  EXPECT_THAT(result.config->ports[0].tagged_vlans, ElementsAre(1, 7, 10, 100, 101, 102, 103, 4094));
  EXPECT_THAT(result.config->ports[1].tagged_vlans, IsEmpty());
  EXPECT_THAT(load_port("vlan = 0\ntagged-vlans = [\"1-4094\"]").config->ports[0].tagged_vlans, SizeIs(4094));
}

TEST(PortSection, TaggedVlanOutOfRangeOrMalformedIsNamedWithItsPlace) {
  const auto refused = [](std::string_view item) {
    return load_port("vlan = 0\ntagged-vlans = [10, " + std::string{item} + "]").errors;
  };
  for (const std::string_view bad :
       {"0", "4095", "-5", "65546", "2.0", "true", "\"\"", "\"20\"", "\"20-\"", "\"-20\"", "\"20-30-40\"",
        "\"20 - 30\"", "\"0-5\"", "\"4000-4095\"", "\"a-b\"", "\"20-+30\"", "\"20-65566\"", "[20]"}) {
    EXPECT_THAT(refused(bad),
                ElementsAre(Says(5, 21,
                                 {"each of port.tagged-vlans must be a VLAN from 1 to 4094 or a "
                                  "range of them such as \"100-199\", not "})))
        << bad;
  }
  EXPECT_THAT(refused("\"199-100\""), ElementsAre(Says(5, 21, {"\"199-100\"", "backwards", "\"100-199\""})));
  EXPECT_THAT(
      load_port("tagged-vlans = 10\n").errors,
      ElementsAre(Says(4, 16, {"port.tagged-vlans must be an array, written with brackets, not 10"})));
}

TEST(PortSection, VlanIsEitherTaggedOrUntagged) {
  EXPECT_THAT(load_port("vlan = 30\ntagged-vlans = [10, \"25-35\"]\n").errors,
              ElementsAre(Says(5, 21, {"VLAN 30 in port.tagged-vlans is also port.vlan:", "vlan = 0"})));
  EXPECT_THAT(load_port("tagged-vlans = [1]\n").errors,
              ElementsAre(Says(4, 17, {"VLAN 1", "port.vlan (by default)"})));
  EXPECT_THAT(load_port("vlan = 4095\ntagged-vlans = [1]\n").errors, ElementsAre(Says(4, 8, {"not 4095"})))
      << "a refused vlan accuses nobody";
}

TEST(PortSection, TaggedVlanThatIsListedTwiceIsAWarningAndCarriedOnce) {
  const LoadResult result = load_port("vlan = 0\ntagged-vlans = [\"10-12\", 12, \"11-14\"]\n");
  ASSERT_THAT(result.errors, IsEmpty());
  EXPECT_THAT(result.warnings, ElementsAre(Says(5, 26, {"VLAN 12 is listed twice"}),
                                           Says(5, 30, {"VLAN 11 is listed twice"})));
  EXPECT_THAT(result.config->ports[0].tagged_vlans, ElementsAre(10, 11, 12, 13, 14));
}

TEST(PortSection, ReceiveQueuesAreAutoOrOneTo64) {
  EXPECT_EQ(load_port("rx-queues = \"auto\"\n").config->ports[0].rx_queues, std::nullopt);
  EXPECT_THAT(load_port("rx-queues = 1\n").config->ports[0].rx_queues, Optional(1));
  EXPECT_THAT(load_port("rx-queues = 64\n").config->ports[0].rx_queues, Optional(64));
  for (const std::string_view bad : {"0", "65", "true", "\"all\""}) {
    EXPECT_THAT(
        load_port("rx-queues = " + std::string{bad}).errors,
        ElementsAre(Says(4, 13, {"port.rx-queues must be \"auto\" or an integer from 1 to 64, not "})))
        << bad;
  }
}

// A key whose feature is not built is accepted at its default.
TEST(PortSection, UnbuiltFeaturesAreAcceptedWhereTheyChangeNothing) {
  const LoadResult result = load_port("filter = []\ncontrol-rate = 0\n");
  EXPECT_THAT(result.errors, IsEmpty());
  EXPECT_THAT(result.warnings, IsEmpty());
}

TEST(PortSection, UnbuiltFeaturesAreRefusedInThoseWords) {
  EXPECT_THAT(load_port("filter = [\"deny any\"]\n").errors,
              ElementsAre(Says(4, 10, {"port.filter: ", "not implemented yet; only [] is possible"})));
  EXPECT_THAT(load_port("control-rate = 100\n").errors,
              ElementsAre(Says(4, 16, {"port.control-rate: ", "not implemented yet; only 0 is possible"})));
}

TEST(PortSection, UnbuiltFeaturesHaveTypes) {
  EXPECT_THAT(load_port("filter = 10\n").errors,
              ElementsAre(Says(4, 10, {"port.filter must be an array, not 10"})));
}

TEST(PortSection, MaxGroupsIsNoMoreThanTheTableCanHave) {
  EXPECT_EQ(load_port("").config->ports[0].max_groups, 0U) << "no limit of its own";
  EXPECT_EQ(load_port("max-groups = 5\n").config->ports[0].max_groups, 5U);
  EXPECT_EQ(load_port("max-groups = 5\n").config->ports[1].max_groups, 0U);
  EXPECT_THAT(load_port("max-groups = 16777214\n").errors, IsEmpty());
  EXPECT_THAT(load_port("max-groups = 16777215\n").errors,
              ElementsAre(Says(4, 14, {"port.max-groups must be an integer from 0 to 16777214"})));
  EXPECT_THAT(load_port("max-groups = -1\n").errors, ElementsAre(Says(4, 14, {"not -1"})));
  EXPECT_THAT(load_port("max-groups = \"auto\"\n").errors,
              ElementsAre(Says(4, 14, {"port.max-groups", "not the string \"auto\""})));
}

}  // namespace
}  // namespace mcswitch::config
