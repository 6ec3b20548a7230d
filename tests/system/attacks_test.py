# SPDX-License-Identifier: BSD-3-Clause
"""RFC 2236 section 10: what a host on one port can forge, and what it costs a member on another one."""

import dataclasses

import pytest

from conftest import QUERIER
from lab import Query, Report, eventually, frames, igmpv3

GROUP, OTHER_GROUP = "239.88.7.9", "239.88.7.10"
SENDER, MEMBER, ATTACKER = 1, 2, 3
PRUNE = {"unregistered": "router-ports"}
INTERVAL = QUERIER["last-member-query-interval"]
# The switch is 10.77.0.200: a lower address wins an election, a higher one does not.
LOWER, HIGHER = "10.77.0.7", "10.77.0.201"
# Memberships that outlive every wait.
LASTING_V2 = dict(QUERIER, **{"query-interval": 60})


@dataclasses.dataclass
class LeaveToTheGroup(Report):
    """As earlier implementations addressed it (RFC 2236 section 3)."""
    kind: int = frames.LEAVE

    def destination(self):
        return self.group


@pytest.fixture
def identities(lab):
    """Keys of a forged message: whom it pretends to be from. The attacker itself, the member, nobody, a host of another
    network, a host without an address."""
    member = lab.host(MEMBER)
    return [{}, {"source": member.address, "mac": member.mac}, {"source": "10.77.0.99", "mac": "02:00:00:00:00:99"},
            {"source": "192.0.2.1"}, {"source": "0.0.0.0"}]


def whole(lab, since):
    """Every datagram that was sent since then has reached the member."""
    journeys = [(moment, arrived) for moment, arrived in lab.journeys(SENDER, MEMBER, GROUP) if moment >= since]
    lost = ["%.3f" % (moment - since) for moment, arrived in journeys if not arrived]
    assert not lost, "%d of %d datagrams are lost, sent after %s s" % (len(lost), len(journeys), ", ".join(lost[:5]))
    return len(journeys) > 50


def groups_asked_for(lab, number, since=0.0):
    return [f.igmp_group for f in lab.host(number).wire.received(lambda f: f.igmp_type == frames.QUERY, since)]


def forge_leaves(attacker, keys):
    attacker.send_igmp(Report(GROUP, frames.LEAVE), **keys)
    attacker.send_igmp(LeaveToTheGroup(GROUP), **keys)
    attacker.send_report_v3((igmpv3.CHANGE_TO_INCLUDE, GROUP), **keys)
    attacker.send_report_v3((igmpv3.BLOCK, GROUP, "10.77.0.1"), **keys)


def port_of(number):
    return "p%d" % number


# R2236-85: "A forged Leave message will cause the Querier to send out Group-Specific Queries", and they go to the port
# of the leave. "Forged Report messages from the local subnet are meaningless": they make the attacker's port a member.
# R2236-84: forged version 1 reports keep leaves from being heard; on the attacker's port, where the host is.
def test_forged_reports_and_leaves_stay_on_the_port_they_come_in(lab, identities):
    switch = lab.switch(snooping=PRUNE, igmp=LASTING_V2)
    receiver, attacker = lab.host(MEMBER).join(GROUP), lab.host(ATTACKER)
    lab.settles(SENDER, GROUP, {MEMBER})
    with lab.host(SENDER).stream(GROUP, rate=100):
        since = lab.now()
        for keys in identities:
            forge_leaves(attacker, keys)  # nobody is a member there
        for keys in identities:
            attacker.send_igmp(Report(GROUP), **keys)
            attacker.send_report_v3((igmpv3.CHANGE_TO_EXCLUDE, GROUP, "10.77.0.1"), **keys)
        eventually(lambda: switch.members(GROUP) == {port_of(MEMBER), port_of(ATTACKER)}, "the attacker has joined")
        for keys in identities:
            forge_leaves(attacker, keys)
        eventually(lambda: switch.members(GROUP) == {port_of(MEMBER)}, "and is asked, and pruned")
        for keys in identities:
            attacker.send_igmp(Report(GROUP, frames.REPORT_V1), **keys)
        eventually(lambda: switch.members(GROUP) == {port_of(MEMBER), port_of(ATTACKER)}, "and has joined again")
        assert whole(lab, since)
        assert GROUP in groups_asked_for(lab, ATTACKER, since)
        assert GROUP not in groups_asked_for(lab, MEMBER, since)

        # The member's own leave counts nevertheless, and so does nobody's on the port of the version 1 host.
        left = receiver.leave()
        forge_leaves(attacker, {})
        eventually(lambda: switch.members(GROUP) == {port_of(ATTACKER)}, "the member's leave was heard")
        assert lab.now() - left >= 2 * INTERVAL
        assert groups_asked_for(lab, MEMBER, left).count(GROUP) == 2


# R2236-81: "A forged Query message sent to a group with members will cause the hosts which are members of the group to
# report their memberships", and nothing else. From a higher address, so that the querier stays what it is.
def test_a_forged_query_for_a_group_costs_its_members_a_report(lab):
    switch = lab.switch(snooping=PRUNE, igmp=LASTING_V2)
    lab.host(MEMBER).join(GROUP)
    attacker = lab.host(ATTACKER)
    lab.settles(SENDER, GROUP, {MEMBER})
    with lab.host(SENDER).stream(GROUP, rate=100):
        since = lab.now()
        attacker.send_igmp(Query(max_resp_time=0.5), source=HIGHER)
        eventually(lambda: switch.query("routers"), "the attacker is taken for a router")
        asked = attacker.send_igmp(Query(GROUP, INTERVAL), source=HIGHER)
        lab.host(MEMBER).wire.wait(lambda f: f.is_query(GROUP) and f.source == HIGHER, asked)
        lab.host(MEMBER).wire.wait_sent(lambda f: f.is_igmp(frames.REPORT_V2, GROUP), asked)
        lab.until(asked + 3 * INTERVAL)
        assert whole(lab, since)
    assert switch.members(GROUP) == {port_of(MEMBER)}
    assert switch.query("queriers")[0]["role"] == "querier"
    # One query, one answer; and the member has not joined anew, so nothing is repeated.
    assert len(lab.host(MEMBER).wire.sent(lambda f: f.is_igmp(frames.REPORT_V2, GROUP), asked)) <= 2


# R2236-80: "A forged Query message from a machine with a lower IP address than the current Querier will cause Querier
# duties to be assigned to the forger. If the forger then sends no more Query messages, other routers' Other Querier
# Present timer will time out and one will resume the role of Querier. During this time, if the forger ignores Leave
# Messages, traffic might flow to groups with no members for up to [Group Membership Interval]." To members as well.
def test_a_forged_querier_that_falls_silent_costs_leaves_but_no_stream(lab):
    # Other Querier Present Interval: 2 * 1.2 + 0.5 / 2 s.
    switch = lab.switch(snooping=PRUNE, igmp=dict(QUERIER, **{"query-interval": 1.2, "group-membership-interval": 8}))
    lab.host(MEMBER).join(GROUP)
    leaver = lab.host(MEMBER).join(OTHER_GROUP)
    lab.settles(SENDER, GROUP, {MEMBER})
    with lab.host(SENDER).stream(GROUP, rate=100):
        since = lab.host(ATTACKER).send_igmp(Query(max_resp_time=0.5), source=LOWER)
        eventually(lambda: switch.query("queriers")[0]["role"] == "non-querier", "the forger is believed")
        taken_over = lab.now()
        left = leaver.leave()
        lab.host(MEMBER).wire.wait_sent(lambda f: f.is_igmp(frames.LEAVE, OTHER_GROUP), left)
        query = lab.host(MEMBER).wire.wait(lambda f: f.is_query() and f.source == "10.77.0.200", taken_over)[0]
        assert 2.6 < query.time - since < 2.65 + 2
        assert not lab.host(MEMBER).wire.received(lambda f: f.is_query(OTHER_GROUP), since)
        assert switch.members(OTHER_GROUP) == {port_of(MEMBER)}
        eventually(lambda: switch.query("queriers")[0]["role"] == "querier", "and forgotten")

        # From here on leaves count.
        leaver.rejoin()
        lab.host(MEMBER).wire.wait_sent(lambda f: f.is_igmp(frames.REPORT_V2, OTHER_GROUP), query.time)
        left = leaver.leave()
        eventually(lambda: switch.members(OTHER_GROUP) == set(), "the member's leave was heard")
        assert len(lab.host(MEMBER).wire.received(lambda f: f.is_query(OTHER_GROUP), left)) == 2
        assert whole(lab, since)


# The defences of section 10 that there are: messages without Router Alert are ignored (R2236-83), version 1 reports are
# (R2236-84), and a port of hosts has nothing to ask (R2236-80, -81). Fast leave does not open a way (R2236-85).
def test_with_the_defences_set_a_neighbour_changes_nothing(lab, identities):
    switch = lab.switch(snooping=PRUNE,
                        igmp=dict(LASTING_V2, **{"require-router-alert": True, "ignore-v1-reports": True}),
                        port={ATTACKER: {"block-queries": True, "fast-leave": True}, MEMBER: {"fast-leave": True}})
    lab.host(MEMBER).join(GROUP)
    attacker, wire = lab.host(ATTACKER), lab.host(MEMBER).wire
    lab.settles(SENDER, GROUP, {MEMBER})
    with lab.host(SENDER).stream(GROUP, rate=100):
        since = lab.now()
        for keys in identities:
            forge_leaves(attacker, dict(keys, options=b""))
            forge_leaves(attacker, keys)
            # Behind the leaves, by which a fast-leave port would lose again what these give it.
            attacker.send_igmp(Report(GROUP), **keys, options=b"")
            attacker.send_igmp(Report(GROUP, frames.REPORT_V1), **keys)
            for group in "0.0.0.0", GROUP:
                for source in keys.get("source", attacker.address), LOWER, HIGHER:
                    attacker.send_igmp(Query(group, INTERVAL), source=source)
        lab.fence(ATTACKER)
        lab.until(lab.now() + 2.5 * INTERVAL)
        assert whole(lab, since)
    assert switch.members(GROUP) == {port_of(MEMBER)}
    assert switch.query("routers") == []
    querier, = switch.query("queriers")
    assert (querier["role"], querier["address"]) == ("querier", "10.77.0.200")
    assert not wire.received(lambda f: f.igmp_type == frames.QUERY and f.source != "10.77.0.200")
    assert groups_asked_for(lab, MEMBER, since).count(GROUP) == 0
