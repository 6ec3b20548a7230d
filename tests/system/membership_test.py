# SPDX-License-Identifier: BSD-3-Clause
"""Linux hosts join; exactly the members get the stream; a member that falls silent loses it in time."""

import pytest

from conftest import QUERIER
from lab import Query, Report, eventually, frames

GROUP = "239.77.3.5"


# RFC 2236 sections 3 to 5, RFC 9776 section 4.2: whatever version the host's kernel speaks, a join is a join.
@pytest.mark.parametrize("version", [1, 2, 3])
def test_exactly_the_members_receive_the_stream(make_lab, version):
    lab = make_lab(hosts=5, igmp_versions={n: version for n in range(1, 6)})
    switch = lab.switch(snooping={"unregistered": "router-ports"})
    members = {n: lab.host(n).join(GROUP) for n in (2, 5)}
    lab.settles(3, GROUP, {2, 5})
    for receiver in members.values():
        receiver.payloads().clear()

    for number in range(300):
        lab.host(3).send(GROUP, b"%03d" % number)
    lab.fence(3)

    stream = [b"%03d" % number for number in range(300)]
    for number, receiver in members.items():
        assert receiver.payloads() == stream, "host %d" % number
        assert [f.udp_payload for f in lab.host(number).wire.received(lambda f: f.is_data(GROUP))][-300:] == stream
    for number in 1, 4:
        assert not lab.host(number).wire.received(lambda f: f.is_data(GROUP)), "host %d" % number
    rows = [row for row in switch.query("groups") if row["group"] == GROUP]
    assert [(row["port"], row["protocol"], row["filter_mode"], row["source"]) for row in rows] == [
        ("p2", "igmpv%d" % version, "exclude", "*"), ("p5", "igmpv%d" % version, "exclude", "*")]


# docs/forwarding.md: membership is kept by IP address. These two have one MAC address, 01:00:5e:4d:03:05.
def test_groups_that_share_a_mac_address_stay_apart(lab):
    lab.switch(snooping={"unregistered": "router-ports"})
    other = "238.205.3.5"
    assert frames.group_mac(other) == frames.group_mac(GROUP)
    lab.host(2).join(GROUP)
    lab.host(3).join(other)
    lab.settles(1, GROUP, {2})
    lab.settles(1, other, {3})


# RFC 4541 section 2.1.2: 224.0.0.0/24 is for every port, also for those that have not joined.
def test_link_local_groups_reach_every_host(lab):
    lab.switch(snooping={"unregistered": "router-ports"})
    assert lab.reached(1, "224.0.0.251") == {2, 3}
    assert lab.reached(2, "224.0.0.5") == {1, 3}


# RFC 4541 section 2.1.1: hosts must not hear each other's reports.
def test_reports_and_leaves_go_to_router_ports_only(make_lab):
    lab = make_lab(hosts=4)
    switch = lab.switch(snooping={"unregistered": "router-ports"})
    router = lab.host(4)
    router.send_igmp(Query(), source="10.77.0.100")
    eventually(lambda: switch.query("routers"), "port 4 is a router port")
    receiver = lab.host(2).join(GROUP)
    router.wire.wait(lambda f: f.is_igmp(frames.REPORT_V2, GROUP))
    receiver.leave()
    router.wire.wait(lambda f: f.is_igmp(frames.LEAVE, GROUP))
    lab.fence(2)
    for number in 1, 3:
        heard = lab.host(number).wire.received(lambda f: f.igmp_group == GROUP)
        assert not heard, "host %d heard %s" % (number, [f.describe() for f in heard])


# R2236-21: the membership interval, RV * QI + QRI = 2 * 1 + 0.5 s, ends what no report renews.
def test_a_silent_member_is_pruned_after_the_membership_interval(lab):
    igmp = dict(QUERIER, **{"query-interval": 1, "startup-query-interval": 1})
    switch = lab.switch(snooping={"unregistered": "router-ports"}, igmp=igmp)
    reported = lab.host(2).send_igmp(Report(GROUP))
    lab.fence(2)
    assert lab.reached(1, GROUP) == {2}
    with lab.host(1).stream(GROUP):
        eventually(lambda: not switch.members(GROUP), "the membership ends")
    lab.fence(1)
    last = lab.host(2).wire.received(lambda f: f.is_data(GROUP))[-1].time
    assert 2.2 < last - reported < 3.2


# The same timers, but the member is a kernel that answers: three intervals go by without a gap.
def test_a_member_that_answers_queries_loses_nothing(lab):
    igmp = dict(QUERIER, **{"query-interval": 1, "startup-query-interval": 1})
    lab.switch(snooping={"unregistered": "router-ports"}, igmp=igmp)
    receiver = lab.host(2).join(GROUP)
    lab.settles(1, GROUP, {2})
    receiver.payloads().clear()
    with lab.host(1).stream(GROUP, rate=100) as stream:
        lab.host(2).wire.wait(lambda f: f.is_query(), count=8)
    lab.fence(1)
    assert receiver.payloads() == [b"%08d" % number for number in range(stream.sent)]


# docs/forwarding.md, "Held pruning": nothing is pruned until hosts had the time to answer as many queries as a querier
# sends at its start, here two, 0.7 s apart.
def test_pruning_is_held_until_hosts_had_time_to_answer_the_startup_queries(lab):
    igmp = dict(QUERIER, **{"query-response-interval": 1.5, "startup-query-interval": 0.7, "startup-query-count": 2})
    switch = lab.switch(igmp=igmp)
    assert lab.reached(1, GROUP) == {2, 3}
    lab.settles(1, GROUP, set())
    first_query = lab.host(1).wire.received(lambda f: f.is_query())[0].time
    with_all = lab.host(3).wire.received(lambda f: f.is_data(GROUP))
    assert 1.9 < with_all[-1].time - first_query < 3.2
    assert switch.query("queriers")[0]["role"] == "querier"


def test_without_a_querier_nothing_is_pruned(lab):
    lab.switch()
    lab.host(2).join(GROUP)
    assert lab.reached(1, GROUP) == {2, 3}


# docs/choices.md, "Links": loss of carrier ends what was learned on a port at once.
def test_loss_of_carrier_ends_memberships(lab):
    switch = lab.switch(snooping={"unregistered": "router-ports"})
    lab.host(2).send_igmp(Report(GROUP))
    lab.host(3).send_igmp(Report(GROUP))
    eventually(lambda: switch.members(GROUP) == {"p2", "p3"}, "both are members")
    lab.host(2).set_link(False)
    eventually(lambda: switch.members(GROUP) == {"p3"}, "the membership went with the link")
    assert {row["port"]: row["link"] for row in switch.query("ports")} == {"p1": "up", "p2": "down", "p3": "up"}
    lab.host(2).set_link(True)
    eventually(lambda: switch.query("ports")[1]["link"] == "up", "the link is back")
    assert lab.reached(1, GROUP) == {3}


# The kernel reports a change of carrier at most once a second, and not at all if it is back by then; polled, it
# knows at once. A cable that is plugged into another host within that second must not keep the old one's
# memberships. Host 1 is the one to look at: both ends of its cable have the same interface number, and to such a
# pair the kernel gives no priority.
def test_a_short_loss_of_carrier_ends_memberships_too(lab):
    switch = lab.switch(snooping={"unregistered": "router-ports"})
    assert lab.switch_namespace.interface_index("sw1") == lab.host(1).index

    def link():
        return switch.query("ports")[0]["link"]
    lab.host(1).set_link(False)
    eventually(lambda: link() == "down", "the link is down")
    lab.host(1).set_link(True)
    eventually(lambda: link() == "up", "the link is back, and the kernel's second begins")
    for number in 1, 2:
        lab.host(number).send_igmp(Report(GROUP))
    eventually(lambda: switch.members(GROUP) == {"p1", "p2"}, "both are members")
    lab.host(1).set_link(False)
    lab.until(lab.now() + 0.2)
    lab.host(1).set_link(True)
    eventually(lambda: switch.members(GROUP) == {"p2"}, "the loss was noticed")
