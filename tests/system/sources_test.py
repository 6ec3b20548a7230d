# SPDX-License-Identifier: BSD-3-Clause
"""Source filters of Linux hosts: on the cable, not only at the socket, are the sources that a port asked for."""

import pytest

from conftest import LASTING, QUERIER_V3
from lab import QueryV3, eventually, filters, frames, igmpv3

GROUP = "239.85.10.12"
INTERVAL = QUERIER_V3["last-member-query-interval"]
PRUNE = {"unregistered": "router-ports"}
WANTED, OTHER = 1, 3  # the two senders


def make_v3_lab(make_lab, hosts=4):
    return make_lab(hosts=hosts, igmp_versions={number: 3 for number in range(1, hosts + 1)})


def address(number):
    return "10.77.0.%d" % number


def data_at(lab, number, sender, since=0.0):
    """Numbers of the stream of `sender` that are on a host's cable."""
    return [int(f.udp_payload) for f in lab.host(number).wire.received(
        lambda f: f.is_data(GROUP) and f.source == address(sender), since) if f.udp_payload.isdigit()]


def is_gapless(numbers):
    return numbers == list(range(numbers[0], numbers[-1] + 1))


def filter_rows(switch, group=GROUP):
    return [(row["port"], row["source"], row["filter_mode"]) for row in switch.query("groups")
            if row["group"] == group]


# R9776-25, RFC 3678 section 4: by either of the two interfaces that Linux has for it.
@pytest.mark.parametrize("any_family", [False, True], ids=["IP_ADD_SOURCE_MEMBERSHIP", "MCAST_JOIN_SOURCE_GROUP"])
def test_only_the_wanted_source_arrives(make_lab, any_family):
    lab = make_v3_lab(make_lab)
    switch = lab.switch(snooping=PRUNE, igmp=QUERIER_V3)
    receiver = lab.host(2).join_sources(GROUP, address(WANTED), any_family=any_family)
    lab.settles(WANTED, GROUP, {2})
    receiver.payloads().clear()

    stream = [b"%03d" % number for number in range(200)]
    for payload in stream:
        lab.host(WANTED).send(GROUP, payload)
        lab.host(OTHER).send(GROUP, b"unwanted")
    lab.fence(WANTED)
    lab.fence(OTHER)

    assert receiver.payloads() == stream
    assert not lab.host(2).wire.received(lambda f: f.is_data(GROUP) and f.source != address(WANTED))
    assert not lab.host(4).wire.received(lambda f: f.is_data(GROUP))
    row, = [row for row in switch.query("groups") if row["group"] == GROUP]
    assert (row["source"], row["port"], row["filter_mode"], row["protocol"]) == (
        address(WANTED), "p2", "include", "igmpv3")
    assert 0 < row["expires_ms"] <= 7000


# R9776-27, -34: the host drops a source; the port is asked for it by name, and its frames stop. The other one of
# the host does not notice, and no other port is asked.
def test_a_dropped_source_is_asked_for_and_stops_and_the_other_one_goes_on(make_lab):
    lab = make_v3_lab(make_lab)
    switch = lab.switch(snooping=PRUNE, igmp=QUERIER_V3)
    receiver = lab.host(2).join_sources(GROUP, address(WANTED))
    receiver.add_source(address(OTHER))
    for sender in WANTED, OTHER:
        lab.settles(sender, GROUP, {2})
    assert filter_rows(switch) == [("p2", address(WANTED), "include"), ("p2", address(OTHER), "include")]

    wire = lab.host(2).wire
    with lab.host(WANTED).stream(GROUP), lab.host(OTHER).stream(GROUP):
        wire.wait(lambda f: f.is_data(GROUP) and f.source == address(OTHER))
        left = receiver.drop_source(address(OTHER))
        eventually(lambda: lab.now() > left + 0.4 and not data_at(lab, 2, OTHER, lab.now() - 0.4),
                   "the stream of the dropped source ends")
    lab.fence(WANTED)

    queries = wire.received(lambda f: f.is_query(GROUP), left)
    assert len(queries) >= 2, "the host says so twice, and may be asked more often"
    assert {query.sources for query in queries} == {(address(OTHER),)}
    assert queries[0].time - left < INTERVAL
    assert any(abs(query.time - queries[0].time - INTERVAL) < INTERVAL / 3 for query in queries[1:])
    for query in queries:
        assert (query.source, query.destination, query.ttl, query.router_alert, query.max_resp_time,
                query.query_v3.suppress) == ("10.77.0.200", GROUP, 1, True, INTERVAL, False)
    last = wire.received(lambda f: f.is_data(GROUP) and f.source == address(OTHER))[-1].time
    assert 1.5 * INTERVAL < last - left < 4 * INTERVAL
    assert is_gapless(data_at(lab, 2, WANTED))
    assert not lab.host(4).wire.received(lambda f: f.is_query(GROUP))
    assert filter_rows(switch) == [("p2", address(WANTED), "include")]


# R9776-27: the last source goes, and with it the group.
def test_without_its_last_source_the_group_is_gone(make_lab):
    lab = make_v3_lab(make_lab)
    switch = lab.switch(snooping=PRUNE, igmp=LASTING)
    receiver = lab.host(2).join_sources(GROUP, address(WANTED))
    lab.settles(WANTED, GROUP, {2})
    receiver.drop_source(address(WANTED))
    lab.settles(WANTED, GROUP, set())
    eventually(lambda: filter_rows(switch) == [], "the row is gone as well")


# R9776-28: a member of all sources blocks one. The port is asked for that one, and only its frames stop.
@pytest.mark.parametrize("how", ["IP_BLOCK_SOURCE", "IP_MSFILTER", "MCAST_MSFILTER"])
def test_a_blocked_source_stops_and_comes_back(make_lab, how):
    lab = make_v3_lab(make_lab)
    switch = lab.switch(snooping=PRUNE, igmp=LASTING)
    if how == "MCAST_MSFILTER":
        receiver = lab.host(2).join_sources(GROUP, address(OTHER), any_family=True)
        receiver.set_filter(filters.EXCLUDE, [])
    else:
        receiver = lab.host(2).join(GROUP)
    for sender in WANTED, OTHER:
        lab.settles(sender, GROUP, {2})

    before = lab.now()
    if how == "IP_BLOCK_SOURCE":
        receiver.block(address(OTHER))
    else:
        receiver.set_filter(filters.EXCLUDE, [address(OTHER)])
    asked = lab.host(2).wire.wait(lambda f: f.is_source_query(GROUP), before)[0]
    assert asked.sources == (address(OTHER),) and asked.time - before < INTERVAL
    assert lab.reached(OTHER, GROUP) == {2}, "a question is not an answer"
    lab.settles(OTHER, GROUP, set())
    assert lab.now() - before > 1.5 * INTERVAL
    assert lab.reached(WANTED, GROUP) == {2}
    assert filter_rows(switch) == [("p2", "*", "exclude"), ("p2", address(OTHER), "blocked")]

    if how == "IP_BLOCK_SOURCE":
        receiver.unblock(address(OTHER))
    else:
        receiver.set_filter(filters.EXCLUDE, [])
    lab.settles(OTHER, GROUP, {2})


# R9776-27, INCLUDE () + TO_EX (B): a filter that is there from the start needs no question.
def test_a_source_that_was_excluded_from_the_start_never_arrives(make_lab):
    lab = make_v3_lab(make_lab)
    switch = lab.switch(snooping=PRUNE, igmp=QUERIER_V3)
    with lab.host(OTHER).stream(GROUP, rate=1000), lab.host(WANTED).stream(GROUP, rate=1000):
        since = lab.host(2).send_report_v3((igmpv3.CHANGE_TO_EXCLUDE, GROUP, address(OTHER)))
        lab.host(2).wire.wait(lambda f: f.is_data(GROUP) and f.source == address(WANTED), since, count=300)
    lab.fence(OTHER)
    assert data_at(lab, 2, OTHER) == []
    assert filter_rows(switch) == [("p2", "*", "exclude"), ("p2", address(OTHER), "blocked")]
    assert not lab.host(2).wire.received(lambda f: f.is_query(GROUP))


# R9776-28, -30: EXCLUDE () + TO_IN (A): the group is asked for, and what is left is A.
def test_a_member_of_all_sources_that_changes_to_one_keeps_that_one(make_lab):
    lab = make_v3_lab(make_lab)
    switch = lab.switch(snooping=PRUNE, igmp=LASTING)
    receiver = lab.host(2).join(GROUP)
    lab.settles(OTHER, GROUP, {2})
    wire = lab.host(2).wire
    with lab.host(WANTED).stream(GROUP):
        changed = receiver.set_filter(filters.INCLUDE, [address(WANTED)])
        wire.wait(lambda f: f.is_group_query(GROUP), changed)
        lab.settles(OTHER, GROUP, set())
        eventually(lambda: filter_rows(switch) == [("p2", address(WANTED), "include")], "the mode is INCLUDE")
        wire.wait(lambda f: f.is_data(GROUP) and f.source == address(WANTED), lab.now())
    lab.fence(WANTED)
    assert is_gapless(data_at(lab, 2, WANTED))


# RFC 4541 section 2.1.2(4): each port by its own filter, the router port by none.
def test_each_port_gets_what_it_asked_for(make_lab):
    lab = make_v3_lab(make_lab, hosts=6)
    switch = lab.switch(snooping=PRUNE)
    lab.host(6).send_igmp(QueryV3(max_resp_time=1), source="10.77.0.9")
    eventually(lambda: switch.query("routers"), "port 6 is a router port")
    lab.host(2).join_sources(GROUP, address(WANTED))
    lab.host(4).send_report_v3((igmpv3.MODE_IS_EXCLUDE, GROUP, address(WANTED)))
    lab.host(5).join(GROUP)
    lab.settles(WANTED, GROUP, {2, 5, 6})
    lab.settles(OTHER, GROUP, {4, 5, 6})


# Membership is by IP address: the other group has the same MAC address, 01:00:5e:55:0a:0c, and other sources.
def test_sources_of_groups_that_share_a_mac_address_stay_apart(make_lab):
    lab = make_v3_lab(make_lab)
    lab.switch(snooping=PRUNE, igmp=QUERIER_V3)
    other_group = "238.213.10.12"
    assert frames.group_mac(other_group) == frames.group_mac(GROUP)
    lab.host(2).join_sources(GROUP, address(WANTED))
    lab.host(4).join_sources(other_group, address(OTHER))
    lab.settles(WANTED, GROUP, {2})
    lab.settles(OTHER, other_group, {4})
    assert lab.reached(OTHER, GROUP) == set() and lab.reached(WANTED, other_group) == set()


# docs/forwarding.md, rule 7: a group with members of single sources is registered, so that a source that no host
# asked for does not go where unregistered groups go.
def test_a_source_that_nobody_wants_is_not_flooded(make_lab):
    lab = make_v3_lab(make_lab)
    lab.switch(snooping={"unregistered": "flood"}, igmp=QUERIER_V3)
    assert lab.reached(OTHER, GROUP) == {1, 2, 4}
    lab.host(2).join_sources(GROUP, address(WANTED))
    lab.settles(WANTED, GROUP, {2})
    assert lab.reached(OTHER, GROUP) == set()


# R9776-24: a source timer, RV * QI + 2 * QRI = 2 * 1 + 2 * 0.5 s, ends what no report renews; the group goes with it.
def test_a_silent_source_member_is_pruned_after_the_membership_interval(make_lab):
    lab = make_v3_lab(make_lab)
    igmp = dict(QUERIER_V3, **{"query-interval": 1, "startup-query-interval": 1})
    switch = lab.switch(snooping=PRUNE, igmp=igmp)
    reported = lab.host(2).send_report_v3((igmpv3.MODE_IS_INCLUDE, GROUP, address(WANTED)))
    lab.fence(2)
    assert lab.reached(WANTED, GROUP) == {2}
    with lab.host(WANTED).stream(GROUP):
        eventually(lambda: filter_rows(switch) == [], "the membership ends")
    lab.fence(WANTED)
    last = lab.host(2).wire.received(lambda f: f.is_data(GROUP))[-1].time
    assert 2.7 < last - reported < 3.7


# The same timers, but the member is a kernel that answers: three intervals go by without a gap.
def test_a_source_member_that_answers_queries_loses_nothing(make_lab):
    lab = make_v3_lab(make_lab)
    igmp = dict(QUERIER_V3, **{"query-interval": 1, "startup-query-interval": 1})
    lab.switch(snooping=PRUNE, igmp=igmp)
    lab.host(2).join_sources(GROUP, address(WANTED))
    lab.settles(WANTED, GROUP, {2})
    with lab.host(WANTED).stream(GROUP, rate=100) as stream:
        lab.host(2).wire.wait(lambda f: f.is_query(), count=10)
    lab.fence(WANTED)
    assert data_at(lab, 2, WANTED) == list(range(stream.sent))
    assert lab.reached(OTHER, GROUP) == set()
