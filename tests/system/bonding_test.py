# SPDX-License-Identifier: BSD-3-Clause
"""A bond of DPDK is a port like any other. (Order, counters and limits of bonds are in tests/ports.)"""

from lab import eventually


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
