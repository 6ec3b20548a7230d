# SPDX-License-Identifier: BSD-3-Clause
"""Our own queries, the election with another querier, and router ports."""

import pytest

from conftest import QUERIER
from lab import Query, eventually, frames

GROUP = "239.79.5.7"
PRUNE = {"unregistered": "router-ports"}


# R2236-14, -13, -15 and -1: the startup queries, then one each query interval; every field as it must be.
def test_startup_queries_and_then_one_each_interval(lab):
    # Longer than the response interval of 0.5 s: one that is sent before the last is over is not counted on a new port.
    timers = {"startup-query-count": 3, "startup-query-interval": 0.8, "query-interval": 1.8}
    switch = lab.switch(igmp=dict(QUERIER, **timers))
    queries = lab.host(2).wire.wait(lambda f: f.is_query(), count=5)
    gaps = [b.time - a.time for a, b in zip(queries, queries[1:])]
    for gap, wanted in zip(gaps, [0.8, 0.8, 1.8, 1.8]):
        assert abs(gap - wanted) < 0.4, gaps
    for query in queries:
        assert (query.source, query.destination, query.destination_mac, query.ttl, query.router_alert,
                query.igmp_code) == ("10.77.0.200", "224.0.0.1", "01:00:5e:00:00:01", 1, True, 5)
    assert queries[0].time - switch.became_ready < 1.2
    row = switch.query("queriers")[0]
    assert (row["vlan"], row["protocol"], row["role"], row["address"], row["version"]) == (
        1, "igmp", "querier", "10.77.0.200", 2)


# R2236-11 and -12, on two switches in a row: the lower address wins on both, and when that switch is gone the
# other one takes over after the other querier present interval, RV * QI + QRI / 2 = 2 * 1 + 0.25 s.
def test_the_lowest_address_wins_between_two_switches_and_its_end_is_noticed(make_lab):
    lab = make_lab(hosts=2)
    lab.cable("10", "20")
    timers = {"query-interval": 1, "startup-query-interval": 0.5}
    left = lab.switch(ports=["1", "10"], igmp=dict(QUERIER, **timers, **{"querier-address": "10.77.0.202"}))
    right = lab.switch(ports=["2", "20"], igmp=dict(QUERIER, **timers, **{"querier-address": "10.77.0.97"}))
    eventually(lambda: left.query("queriers")[0]["role"] == "non-querier", "the higher address gives way")
    loser, winner = left.query("queriers")[0], right.query("queriers")[0]
    assert (loser["address"], winner["role"], winner["address"]) == ("10.77.0.97", "querier", "10.77.0.97")
    assert 0 < loser["expires_ms"] <= 2250
    assert [row["port"] for row in left.query("routers")] == ["p10"]

    # A host behind the loser still hears queries, and none from the loser.
    since = lab.now()
    lab.host(1).wire.wait(lambda f: f.is_query() and f.source == "10.77.0.97", since, count=2)
    assert not lab.host(1).wire.received(lambda f: f.is_query() and f.source == "10.77.0.202", since)

    assert right.stop() == 0
    wire = lab.host(1).wire
    last = wire.received(lambda f: f.is_query() and f.source == "10.77.0.97")[-1].time
    taken_over = wire.wait(lambda f: f.is_query() and f.source == "10.77.0.202", last)[0].time
    assert abs(taken_over - last - 2.25) < 0.5
    eventually(lambda: left.query("queriers")[0]["role"] == "querier", "it says so as well")


# RFC 2236 section 3: a host of the one switch gets what a host of the other one sends, once it has joined.
def test_a_stream_crosses_two_switches_to_the_member_only(make_lab):
    lab = make_lab(hosts=4)
    lab.cable("10", "20")
    lab.switch(ports=["1", "3", "10"], snooping=PRUNE, igmp=QUERIER)
    lab.switch(ports=["2", "4", "20"], snooping=PRUNE, igmp=dict(QUERIER, **{"querier-address": "10.77.0.97"}))
    lab.host(2).join(GROUP)
    lab.settles(1, GROUP, {2})


# R2236-16: a higher address changes nothing.
def test_a_query_from_a_higher_address_does_not_end_our_role(lab):
    switch = lab.switch(igmp=QUERIER)
    since = lab.host(2).send_igmp(Query(), source="10.77.0.201")
    eventually(lambda: [row["port"] for row in switch.query("routers")] == ["p2"], "the query was seen")
    assert switch.query("queriers")[0]["role"] == "querier"
    lab.host(3).wire.wait(lambda f: f.is_query() and f.source == "10.77.0.200", since)


# RFC 4541 section 2.1.1: where a query came in, a router is; until it has been silent for its interval.
def test_a_router_port_gets_every_group_until_its_interval_is_over(lab):
    switch = lab.switch(snooping=PRUNE, igmp={"version": 2, "query-interval": 1, "query-response-interval": 0.5})
    lab.host(3).send_igmp(Query(max_resp_time=0.5), source="10.77.0.9")
    lab.settles(1, GROUP, {3})
    row, = switch.query("routers")
    assert (row["vlan"], row["port"], row["origin"], row["address"]) == (1, "p3", "query", "10.77.0.9")
    assert 0 < row["expires_ms"] <= 2250
    lab.settles(1, GROUP, set())
    assert switch.query("routers") == []


def test_a_configured_router_port_stays_one(lab):
    switch = lab.switch(snooping=PRUNE, port={3: {"multicast-router": "always"}})
    assert lab.reached(1, GROUP) == {3}
    row, = switch.query("routers")
    assert (row["port"], row["origin"], row["expires_ms"]) == ("p3", "static", None)


def test_a_port_that_blocks_queries_makes_no_querier_and_no_router(lab):
    switch = lab.switch(snooping=PRUNE, port={2: {"block-queries": True}})
    lab.host(2).send_igmp(Query(), source="10.77.0.1")
    lab.fence(2)
    assert not lab.host(3).wire.received(lambda f: f.is_query())
    assert switch.query("routers") == [] and switch.query("queriers")[0]["role"] != "non-querier"
    counted = {row["counter"]: row["value"] for row in switch.query("counters", "--port", "p2")}
    assert counted["igmp_query_blocked"] == 1


# R2236-45: in version 1 mode the queries have no max response time, and nobody can leave.
def test_version_1_mode_asks_with_0_and_ignores_leaves(lab):
    lab.switch(snooping=PRUNE, igmp=dict(QUERIER, version=1))
    query = lab.host(2).wire.wait(lambda f: f.is_query())[0]
    assert query.igmp_code == 0
    lab.host(2).join(GROUP)
    lab.settles(1, GROUP, {2})
    left = lab.host(2).send_igmp(frames.Report(GROUP, frames.LEAVE))
    lab.until(left + 3 * QUERIER["last-member-query-interval"])
    assert lab.reached(1, GROUP) == {2}
    assert not lab.host(2).wire.received(lambda f: f.is_query(GROUP), left)


@pytest.mark.parametrize("policy, reached", [("flood", {2, 3}), ("router-ports", {3}), ("drop", set())])
def test_a_group_without_members_goes_by_the_policy(lab, policy, reached):
    switch = lab.switch(snooping={"unregistered": policy})
    lab.host(3).send_igmp(Query(), source="10.77.0.9")
    eventually(lambda: switch.query("routers"), "port 3 is a router port")
    assert lab.reached(1, GROUP) == reached
