# SPDX-License-Identifier: BSD-3-Clause
"""A bond of DPDK is a port like any other. (Order, counters and limits of bonds are in tests/ports, and members that
are full in tests/unit/dataplane/bonding_test.cpp.)"""

import pytest

from lab import Wire, eventually

GROUP = "239.66.1.7"
LACP = 0x8809  # IEEE 802.1AX: slow protocols
IN_SYNC = 0x3c  # aggregation, synchronization, collecting, distributing


def test_a_bond_of_two_devices_is_one_port(lab):
    switch = lab.switch(ports=[], igmp={"version": 2}, port_tables=[
        {"name": "bond", "device": "net_bonding0,mode=1,slave=net_null5,slave=net_null6"},
        {"name": "other", "device": "net_null7"}])

    def port(name):
        row, = [row for row in switch.query("ports") if row["port"] == name]
        return row
    assert port("bond")["driver"] == "net_bonding"
    assert len(switch.query("ports")) == 2  # The members are none.
    eventually(lambda: port("bond")["link"] == "up" and port("bond")["rx_packets"] > 1000, "the bond receives")


@pytest.mark.parametrize("mode", [5, 6])
def test_modes_that_rewrite_source_addresses_are_refused(lab, mode):
    switch = lab.prepare(port_tables=[
        {"name": "bond", "device": "net_bonding0,mode=%d,slave=net_null5,slave=net_null6" % mode}])
    switch.expected_code = 1
    assert switch.start(wait=False).wait() == 1
    assert "mode=%d sends frames with other source MAC addresses" % mode in switch.stderr()


def bonded(lab, host, members):
    """A switch with one host, and a bond by LACP over these of the lab's interfaces."""
    devices = ["net_af_packet%d" % number for number in members]
    return lab.prepare(
        ports=[host], snooping={"unregistered": "drop", "hold-pruning": False},
        igmp={"version": 2, "querier": False},
        switch={"eal-args": ["--no-pci"] + ["--vdev=%s,iface=sw%d" % pair for pair in zip(devices, members)]},
        port_tables=[{"name": "bond", "multicast-router": "always",
                      "device": "net_bonding0,mode=4," + ",".join("slave=" + device for device in devices)}])


def actor_state(frame):
    """Of a LACPDU: behind the Ethernet header are subtype, version, type and length, and 14 bytes of identifiers."""
    return frame.raw[14 + 4 + 14]


# DPDK sends LACPDUs when it is asked to send, and a port without traffic sends nothing.
def test_two_switches_agree_by_lacp_without_any_traffic_and_pass_frames_then(make_lab):
    lab = make_lab(hosts=2)
    for left, right in ((11, 12), (21, 22)):
        lab.cable(left, right)
    switches = [bonded(lab, 1, (11, 21)), bonded(lab, 2, (12, 22))]
    wires = [Wire(lab.switch_namespace, "sw%d" % number) for number in (11, 12, 21, 22)]
    for switch in switches:
        switch.start()
    for wire in wires:
        wire.wait(lambda f: f.ethertype == LACP and actor_state(f) & IN_SYNC == IN_SYNC)
    rows = [row for switch in switches for row in switch.query("ports") if row["port"] == "bond"]
    assert [row["link"] for row in rows] == ["up", "up"]
    lab.host(2).join(GROUP)
    lab.settles(1, GROUP, {2})
    for wire in wires:
        wire.close()
