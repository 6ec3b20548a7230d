# SPDX-License-Identifier: BSD-3-Clause
"""Static groups: memberships that no host has to report, and that nothing ends."""

from conftest import LASTING, QUERIER_V3
from lab import Report, eventually, frames, igmpv3

GROUP = "239.88.13.15"
INTERVAL = QUERIER_V3["last-member-query-interval"]
QUICK = dict(QUERIER_V3, **{"query-interval": 1, "startup-query-interval": 1})
MEMBERSHIP = 3
PRUNE = {"unregistered": "router-ports"}
A, B = "10.77.1.1", "10.77.1.2"


def static(*groups):
    return [{"id": 1, "static-group": list(groups)}]


def rows_of(switch, port):
    return [(row["group"], row["source"], row["filter_mode"], row["protocol"], row["expires_ms"])
            for row in switch.query("groups") if row["port"] == port]


ANY_SOURCE = (GROUP, "*", "exclude", "static", None)


def test_a_static_group_is_forwarded_from_the_first_frame_on(make_lab):
    lab = make_lab(hosts=4)
    switch = lab.switch(snooping=PRUNE, vlan=static({"group": GROUP, "ports": ["p2", "p4"]}))
    assert lab.reached(1, GROUP) == {2, 4}
    assert lab.reached(2, GROUP) == {4}, "also between static members, never back"
    assert rows_of(switch, "p2") == rows_of(switch, "p4") == [ANY_SOURCE]
    assert rows_of(switch, "p1") == rows_of(switch, "p3") == []
    assert lab.reached(1, "239.88.13.16") == set()


# Two static groups with one MAC address on two ports.
def test_a_static_group_with_a_source_is_for_that_source(make_lab):
    lab = make_lab(hosts=4)
    other_group = "238.216.13.15"
    assert frames.group_mac(other_group) == frames.group_mac(GROUP)
    switch = lab.switch(snooping=PRUNE, vlan=static(
        {"group": GROUP, "source": A, "ports": ["p2"]}, {"group": other_group, "source": B, "ports": ["p2", "p3"]}))
    assert lab.reached(1, GROUP, A) == {2}
    assert lab.reached(1, GROUP, B) == set()
    assert lab.reached(1, other_group, A) == set()
    assert lab.reached(1, other_group, B) == {2, 3}
    assert rows_of(switch, "p3") == [(other_group, B, "include", "static", None)]
    assert rows_of(switch, "p2") == [(other_group, B, "include", "static", None),
                                     (GROUP, A, "include", "static", None)]


# For leaves of any host and any version, also where a leave prunes at once.
def test_a_static_group_survives_leaves(make_lab):
    lab = make_lab(hosts=3, igmp_versions={2: 3})
    switch = lab.switch(snooping=PRUNE, igmp=QUERIER_V3, port={2: {"fast-leave": True}},
                        vlan=static({"group": GROUP, "ports": ["p2"]}, {"group": "239.88.13.17", "source": A,
                                                                        "ports": ["p2", "p3"]}))
    host = lab.host(2)
    receiver = host.join(GROUP)
    left = receiver.leave()
    host.wire.wait_sent(lambda f: any(r.kind == igmpv3.CHANGE_TO_INCLUDE for r in f.records), left)
    host.send_igmp(Report(GROUP, frames.LEAVE))
    for number in 2, 3:
        lab.host(number).send_report_v3((igmpv3.MODE_IS_INCLUDE, "239.88.13.17", A))
        lab.host(number).send_report_v3((igmpv3.BLOCK, "239.88.13.17", A))
    lab.until(left + 4 * INTERVAL)
    assert lab.reached(1, GROUP) == {2}
    assert lab.reached(1, "239.88.13.17", A) == {2, 3}
    assert ANY_SOURCE in rows_of(switch, "p2")


# R9776-23 for the one that was reported, and not for the other: GMI is 2 * 1 + 2 * 0.5 s here.
def test_a_static_group_outlives_the_membership_interval_and_a_reported_one_does_not(make_lab):
    lab = make_lab(hosts=4)
    switch = lab.switch(snooping=PRUNE, igmp=QUICK, vlan=static({"group": GROUP, "ports": ["p2"]}))
    for number in 2, 3:
        lab.host(number).send_igmp(Report(GROUP))
        lab.fence(number)
    assert lab.reached(1, GROUP) == {2, 3}
    eventually(lambda: switch.members(GROUP) == {"p2"}, "the reported membership ends")
    assert lab.reached(1, GROUP) == {2}
    assert rows_of(switch, "p2") == [ANY_SOURCE]


# A static membership was not learned, so loss of carrier does not end it.
def test_a_static_group_is_there_again_after_loss_of_carrier(make_lab):
    lab = make_lab(hosts=4)
    switch = lab.switch(snooping=PRUNE, vlan=static({"group": GROUP, "ports": ["p2"]},
                                                    {"group": GROUP, "source": A, "ports": ["p4"]}))
    for number in 2, 3:
        lab.host(number).send_igmp(Report(GROUP))
    eventually(lambda: switch.members(GROUP) == {"p2", "p3", "p4"}, "port 3 has joined")
    for number in 2, 3, 4:
        lab.host(number).set_link(False)
    eventually(lambda: switch.members(GROUP) == {"p2", "p4"}, "what was learned went with the link")
    for number in 2, 3, 4:
        lab.host(number).set_link(True)
    eventually(lambda: all(row["link"] == "up" for row in switch.query("ports")), "the links are back")
    lab.settles(1, GROUP, {2}, source=B)
    assert lab.reached(1, GROUP, A) == {2, 4}
    assert rows_of(switch, "p2") == [ANY_SOURCE] and rows_of(switch, "p3") == []


# Static source and reported sources of one group on one port: the port has both, and when the host has gone, the one.
def test_reported_sources_come_and_go_beside_a_static_one(make_lab):
    lab = make_lab(hosts=3, igmp_versions={2: 3})
    switch = lab.switch(snooping=PRUNE, igmp=LASTING,
                        vlan=static({"group": GROUP, "source": A, "ports": ["p2"]}))
    receiver = lab.host(2).join_sources(GROUP, B)
    lab.settles(1, GROUP, {2}, source=B)
    assert lab.reached(1, GROUP, A) == {2}
    receiver.drop_source(B)
    lab.settles(1, GROUP, set(), source=B)
    assert lab.reached(1, GROUP, A) == {2}
    eventually(lambda: rows_of(switch, "p2") == [(GROUP, A, "include", "static", None)], "one row is left")
