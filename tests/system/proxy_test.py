# SPDX-License-Identifier: BSD-3-Clause
"""report-mode = "proxy": the router ports see one host, the switch, with what all hosts of the VLAN want together, and
nothing of the hosts themselves (RFC 4541 section 2.1.1, RFC 4605 section 4)."""

import pytest

from conftest import LASTING
from lab import Query, QueryV3, eventually, filters, frames, igmpv3

GROUP = "239.92.17.19"
INTERVAL = LASTING["last-member-query-interval"]
PRUNE = {"unregistered": "router-ports"}
PROXY = "10.77.0.210"
ROUTER = 4  # the host that is the router
UPSTREAM = "10.77.0.220"  # above our own querier's address: it asks, and is not the querier
A, B = "10.77.0.1", "10.77.1.2"
# The switch is the querier of its hosts.
IGMP = dict(LASTING, **{"report-mode": "proxy", "proxy-address": PROXY})

IS_IN, IS_EX, TO_IN, TO_EX = (igmpv3.MODE_IS_INCLUDE, igmpv3.MODE_IS_EXCLUDE, igmpv3.CHANGE_TO_INCLUDE,
                              igmpv3.CHANGE_TO_EXCLUDE)


def make_v3_lab(make_lab):
    return make_lab(hosts=4, igmp_versions={number: 3 for number in range(1, 5)})


def proxy_switch(lab, **igmp):
    """Host 4 is the router, by configuration."""
    return lab.switch(snooping=PRUNE, igmp=dict(IGMP, **igmp), port={ROUTER: {"multicast-router": "always"}})


def is_message(f):
    """What a host says of its memberships."""
    return f.igmp_type in (*frames.REPORTS, frames.LEAVE)


def said(lab, since=0.0):
    """(type, sources) of what the router hears of the group, repetitions left out."""
    found = []
    for frame in lab.host(ROUTER).wire.received(is_message, since):
        for record in frame.records:
            word = record.kind, tuple(sorted(record.sources))
            if record.group == GROUP and word not in found:
                found.append(word)
    return found


def changes(lab, since=0.0):
    """The same without the answers to queries, which the switch gives to its own ones too."""
    return [word for word in said(lab, since) if word[0] not in (IS_IN, IS_EX)]


def check_only_the_proxy_speaks(lab, switch):
    """Every message of a host that the router has heard is the switch's own, and right; no other host hears any."""
    heard = lab.host(ROUTER).wire.received(is_message)
    macs = {row["mac"] for row in switch.query("ports")}
    for frame in heard:
        assert (frame.source, frame.ttl, frame.router_alert) == (PROXY, 1, True), frame.describe()
        assert frame.source_mac in macs, frame.describe()
        if frame.igmp_type == frames.REPORT_V3:
            assert (frame.destination, frame.destination_mac) == ("224.0.0.22", "01:00:5e:00:00:16")
    for number in 1, 2, 3:
        others = lab.host(number).wire.received(is_message)
        assert not others, "host %d heard %s" % (number, [f.describe() for f in others])
    return heard


# R4605-1: of the two members of different ports, the router hears one join and, when the last has gone, one leave.
def test_the_router_hears_one_join_and_when_the_last_member_has_gone_one_leave(make_lab):
    lab = make_v3_lab(make_lab)
    switch = proxy_switch(lab)
    first = lab.host(2).join(GROUP)
    eventually(lambda: changes(lab) == [(TO_EX, ())], "the router hears of the group")
    second = lab.host(3).join(GROUP)
    lab.settles(1, GROUP, {2, 3, ROUTER})

    left = first.leave()
    lab.settles(1, GROUP, {3, ROUTER})
    lab.until(left + 1.2 + 3 * INTERVAL)  # Until the kernel has said it twice, and nobody has answered twice.
    assert set(changes(lab, left)) <= {(TO_EX, ())}, "the group has a member still"

    left = second.leave()
    lab.fence(3)
    assert changes(lab, left) == [], "whether somebody else is there is not known yet"
    eventually(lambda: changes(lab, left) == [(TO_IN, ())], "the router hears that nobody is left")
    is_end = lambda f: any(r.group == GROUP and r.kind == TO_IN for r in f.records)
    gone = lab.host(ROUTER).wire.received(is_end, left)[0]
    assert gone.time - left > 1.5 * INTERVAL
    check_only_the_proxy_speaks(lab, switch)


# RFC 9776 section 5.1: a change is reported robustness times.
def test_each_change_is_said_as_often_as_robustness_wants(make_lab):
    lab = make_v3_lab(make_lab)
    proxy_switch(lab, robustness=3)
    lab.host(2).send_report_v3((TO_EX, GROUP))
    lab.host(ROUTER).wire.wait(lambda f: is_message(f) and f.concerns(GROUP), count=3)
    assert not lab.host(ROUTER).wire.received(lambda f: f.records and len(f.records) != 1)


# R4541-19 and R9776, section 4.2: INCLUDE (A) and EXCLUDE (B) together are EXCLUDE (B - A).
def test_the_router_hears_the_merged_filter(make_lab):
    lab = make_v3_lab(make_lab)
    switch = proxy_switch(lab)
    lab.host(2).join_sources(GROUP, A)
    eventually(lambda: said(lab) in ([(igmpv3.ALLOW, (A,))], [(TO_IN, (A,))]), "the router hears of the source")

    before = lab.now()
    both = lab.host(3).join_sources(GROUP, A, B)
    eventually(lambda: (igmpv3.ALLOW, (B,)) in said(lab, before), "a further source")

    # Sources that were requested are asked for before they count as excluded (RFC 9776 section 6.4.2).
    before = lab.now()
    both.set_filter(filters.EXCLUDE, [A, B])
    eventually(lambda: (igmpv3.BLOCK, (B,)) in said(lab, before), "all sources but one")
    # What was reported before may be reported again, and the switch answers its own queries; but host 2 wants A.
    assert (TO_EX, ()) in said(lab, before)
    assert not [kind for kind, sources in said(lab, before) if A in sources and kind not in (igmpv3.ALLOW, IS_IN)]

    asked = lab.host(ROUTER).send_igmp(QueryV3(max_resp_time=0.5), source=UPSTREAM)
    eventually(lambda: (IS_EX, (B,)) in said(lab, asked), "the current state")
    check_only_the_proxy_speaks(lab, switch)


# RFC 9776 section 5.2: one answer within the response time, with all groups; a question for a group has its answer.
def test_queries_of_the_router_are_answered(make_lab):
    lab = make_v3_lab(make_lab)
    switch = proxy_switch(lab)
    other_group = "238.220.17.19"
    assert frames.group_mac(other_group) == frames.group_mac(GROUP)
    lab.host(2).join(GROUP)
    lab.host(3).join(GROUP)
    lab.host(3).join_sources(other_group, A)
    eventually(lambda: lab.host(ROUTER).wire.received(lambda f: f.concerns(other_group)), "both groups are reported")
    lab.until(lab.now() + 2.5)  # Repetitions of the changes.

    router = lab.host(ROUTER)
    asked = router.send_igmp(QueryV3(max_resp_time=1), source=UPSTREAM)
    lab.until(asked + 1.3)
    answers = router.wire.received(is_message, asked)
    assert sorted((r.kind, r.group, r.sources) for f in answers for r in f.records) == [
        (IS_IN, other_group, (A,)), (IS_EX, GROUP, ())]

    asked = router.send_igmp(QueryV3(GROUP, max_resp_time=1), source=UPSTREAM)
    lab.until(asked + 1.3)
    answers = router.wire.received(is_message, asked)
    assert [(r.kind, r.group, r.sources) for f in answers for r in f.records] == [(IS_EX, GROUP, ())]

    asked = router.send_igmp(QueryV3(other_group, (A, B), max_resp_time=1), source=UPSTREAM)
    lab.until(asked + 1.3)
    answers = router.wire.received(is_message, asked)
    assert [(r.kind, r.group, r.sources) for f in answers for r in f.records] == [(IS_IN, other_group, (A,))]
    check_only_the_proxy_speaks(lab, switch)


# RFC 9776 section 7.2.1: to a version 2 querier the switch is a version 2 host. The switch is not the querier here, and
# the members have ports of their own.
def test_to_a_version_2_querier_the_switch_speaks_version_2(make_lab):
    lab = make_v3_lab(make_lab)
    switch = lab.switch(snooping=PRUNE, igmp=dict(IGMP, querier=False),
                        port={2: {"fast-leave": True}, 3: {"fast-leave": True}})
    router = lab.host(ROUTER)
    router.send_igmp(Query(max_resp_time=0.5), source="10.77.0.9")
    eventually(lambda: switch.query("routers"), "port 4 is a router port")
    lab.host(1).wire.wait(lambda f: f.is_query())
    first, second = lab.host(2).join(GROUP), lab.host(3).join(GROUP)
    report = router.wire.wait(lambda f: f.is_igmp(frames.REPORT_V2, GROUP))[0]
    assert report.destination == GROUP
    lab.settles(1, GROUP, {2, 3, ROUTER})

    left = first.leave()
    lab.settles(1, GROUP, {3, ROUTER})
    lab.until(left + 1.2)
    assert not router.wire.received(lambda f: f.is_igmp(frames.LEAVE))
    second.leave()
    leave = router.wire.wait(lambda f: f.is_igmp(frames.LEAVE, GROUP))[0]
    assert leave.destination == "224.0.0.2"

    asked = router.send_igmp(Query(max_resp_time=0.5), source="10.77.0.9")
    lab.until(asked + 0.8)
    assert not router.wire.received(is_message, asked), "nothing is left to report"
    assert not router.wire.received(lambda f: f.igmp_type == frames.REPORT_V3)
    check_only_the_proxy_speaks(lab, switch)


# A router that speaks version 3 hears of version 2 hosts in version 3 reports.
@pytest.mark.parametrize("version", [1, 2])
def test_an_older_host_is_told_in_the_version_of_the_router(make_lab, version):
    lab = make_lab(hosts=4, igmp_versions={2: version})
    switch = proxy_switch(lab)
    lab.host(2).join(GROUP)
    eventually(lambda: said(lab) == [(TO_EX, ())], "the router hears of the group")
    heard = check_only_the_proxy_speaks(lab, switch)
    assert {frame.igmp_type for frame in heard} == {frames.REPORT_V3}


# Loss of carrier ends what was learned on a port at once, and the router hears of it.
def test_a_port_that_loses_its_link_takes_its_membership_with_it(make_lab):
    lab = make_v3_lab(make_lab)
    switch = proxy_switch(lab)
    lab.host(2).join(GROUP)
    eventually(lambda: said(lab) == [(TO_EX, ())], "the router hears of the group")
    lost = lab.host(2).set_link(False)
    eventually(lambda: said(lab, lost) == [(TO_IN, ())], "the router hears that nobody is left")
    check_only_the_proxy_speaks(lab, switch)


# With several routers, each one hears it.
def test_every_router_port_is_told(make_lab):
    lab = make_v3_lab(make_lab)
    lab.switch(snooping=PRUNE, igmp=IGMP, port={number: {"multicast-router": "always"} for number in (1, ROUTER)})
    lab.host(2).join(GROUP)
    for number in 1, ROUTER:
        frame = lab.host(number).wire.wait(lambda f: is_message(f) and f.concerns(GROUP))[0]
        assert frame.source == PROXY
    assert not lab.host(3).wire.received(is_message)


# A static member is one of the hosts that the switch speaks for, from the start on, and for good.
def test_a_static_group_is_reported_as_if_a_host_had_joined(make_lab):
    lab = make_v3_lab(make_lab)
    lab.switch(snooping=PRUNE, igmp=IGMP, port={ROUTER: {"multicast-router": "always"}},
               vlan=[{"id": 1, "static-group": [{"group": GROUP, "source": A, "ports": ["p2"]}]}])
    asked = lab.host(ROUTER).send_igmp(QueryV3(max_resp_time=0.5), source=UPSTREAM)
    eventually(lambda: (IS_IN, (A,)) in said(lab, asked), "the current state has it")
    before = lab.now()
    receiver = lab.host(3).join_sources(GROUP, A)
    receiver.drop_source(A)
    lab.until(before + 4 * INTERVAL)
    asked = lab.host(ROUTER).send_igmp(QueryV3(max_resp_time=0.5), source=UPSTREAM)
    eventually(lambda: (IS_IN, (A,)) in said(lab, asked), "it is still there")
    assert not [kind for kind, _ in said(lab, before) if kind in (igmpv3.BLOCK, TO_IN)]
