# SPDX-License-Identifier: BSD-3-Clause
"""Version 3 queries on the cable: what they say of the querier, whom they ask for what, and what a switch that is not
the querier learns from them."""

import pytest

from conftest import LASTING, QUERIER_V3
from lab import QueryV3, eventually, frames, igmpv3, wait_until

GROUP = "239.87.12.14"
INTERVAL = QUERIER_V3["last-member-query-interval"]
PRUNE = {"unregistered": "router-ports"}
A, B, C = "10.77.1.1", "10.77.1.2", "10.77.1.3"
OWN = {"source": "10.77.0.52", "mac": "02:00:00:00:00:52"}  # another host of the port


# RFC 9776 sections 4.1 and 8: values whose codes are not the numbers themselves, and the default ones.
@pytest.mark.parametrize("keys, robustness, interval, response", [
    ({"query-interval": 3, "query-response-interval": 0.5}, 2, 3, 0.5),
    ({"query-interval": 125, "query-response-interval": 10, "startup-query-interval": 31.25}, 2, 125, 10),
    ({"query-interval": 992, "query-response-interval": 25.6, "robustness": 7}, 7, 992, 25.6)])
def test_a_general_query_says_the_values_of_the_querier(lab, keys, robustness, interval, response):
    switch = lab.switch(igmp=dict(QUERIER_V3, **keys))
    query = lab.host(2).wire.wait(lambda f: f.is_query())[0]
    assert (query.source, query.destination, query.destination_mac, query.ttl, query.router_alert) == (
        "10.77.0.200", "224.0.0.1", "01:00:5e:00:00:01", 1, True)
    assert query.raw[15] == 0xc0, "precedence: internetwork control"
    assert query.query_v3 == igmpv3.QueryFields(suppress=False, robustness=robustness, query_interval=interval)
    assert query.max_resp_time == response
    row = switch.query("queriers")[0]
    assert (row["role"], row["address"], row["version"]) == ("querier", "10.77.0.200", 3)


# R9776-33: a host answers, so that the group timer is long again; the next transmission must not shorten those of
# other routers, and says so by its S flag.
def test_the_question_after_an_answer_has_the_s_flag(lab):
    switch = lab.switch(snooping=PRUNE, igmp=QUERIER_V3)
    host = lab.host(2)
    host.send_report_v3((igmpv3.MODE_IS_EXCLUDE, GROUP), **OWN)
    left = host.send_report_v3((igmpv3.CHANGE_TO_INCLUDE, GROUP))
    first, = host.wire.wait(lambda f: f.is_query(GROUP), left)
    assert (first.sources, first.query_v3.suppress, first.max_resp_time) == ((), False, INTERVAL)
    host.send_report_v3((igmpv3.MODE_IS_EXCLUDE, GROUP), **OWN)
    lab.until(left + 3 * INTERVAL)
    queries = host.wire.received(lambda f: f.is_query(GROUP), left)
    assert [query.query_v3.suppress for query in queries] == [False, True]
    assert abs(queries[1].time - queries[0].time - INTERVAL) < INTERVAL / 3
    assert lab.reached(1, GROUP) == {2}
    assert switch.query("groups")[0]["expires_ms"] > 3000


def test_without_an_answer_no_question_has_the_s_flag(lab):
    lab.switch(snooping=PRUNE, igmp=dict(LASTING, **{"last-member-query-count": 3}))
    host = lab.host(2)
    host.send_report_v3((igmpv3.MODE_IS_EXCLUDE, GROUP))
    left = host.send_report_v3((igmpv3.CHANGE_TO_INCLUDE, GROUP))
    lab.fence(2)
    assert lab.reached(1, GROUP) == {2}
    lab.settles(1, GROUP, set())
    queries = host.wire.received(lambda f: f.is_query(GROUP), left)
    assert [query.query_v3.suppress for query in queries] == [False] * 3
    for earlier, later in zip(queries, queries[1:]):
        assert abs(later.time - earlier.time - INTERVAL) < INTERVAL / 3


# R9776-34: both blocked sources in one query; one of them is answered for, and the repetition is two queries.
def test_sources_that_were_answered_for_are_asked_for_apart_with_the_s_flag(lab):
    switch = lab.switch(snooping=PRUNE, igmp=QUERIER_V3)
    host = lab.host(2)
    host.send_report_v3((igmpv3.MODE_IS_INCLUDE, GROUP, A, B, C))
    left = host.send_report_v3((igmpv3.BLOCK, GROUP, A, B))
    first, = host.wire.wait(lambda f: f.is_query(GROUP), left)
    assert (set(first.sources), first.query_v3.suppress) == ({A, B}, False)
    host.send_report_v3((igmpv3.MODE_IS_INCLUDE, GROUP, A), **OWN)
    lab.until(left + 3 * INTERVAL)
    later = host.wire.received(lambda f: f.is_query(GROUP), left)[1:]
    assert {(query.sources, query.query_v3.suppress) for query in later} == {((A,), True), ((B,), False)}
    assert len(later) == 2
    for query in later:
        assert abs(query.time - first.time - INTERVAL) < INTERVAL / 3
    assert {row["source"] for row in switch.query("groups")} == {A, C}
    for source, reached in (A, {2}), (B, set()), (C, {2}):
        assert lab.reached(1, GROUP, source) == reached, source


# R9776-28: TO_IN in EXCLUDE mode asks for the group, and for the requested sources that it does not name.
def test_a_change_to_include_asks_for_the_group_and_for_the_sources_it_does_not_name(lab):
    switch = lab.switch(snooping=PRUNE, igmp=LASTING)
    host = lab.host(2)
    host.send_report_v3((igmpv3.MODE_IS_EXCLUDE, GROUP))
    host.send_report_v3((igmpv3.ALLOW, GROUP, A, B))  # They are requested sources from now on.
    left = host.send_report_v3((igmpv3.CHANGE_TO_INCLUDE, GROUP, A))
    host.wire.wait(lambda f: f.is_group_query(GROUP), left)
    asked, = host.wire.wait(lambda f: f.is_source_query(GROUP), left)
    assert asked.sources == (B,)
    lab.settles(1, GROUP, set(), source=C)
    eventually(lambda: [(row["source"], row["filter_mode"]) for row in switch.query("groups")] == [(A, "include")],
               "only the named source is left")
    assert lab.reached(1, GROUP, A) == {2} and lab.reached(1, GROUP, B) == set()


# RFC 9776 section 6.6.3: only the port of the host that spoke is asked, and only its timers are lowered.
def test_another_port_with_the_same_source_is_not_asked(lab):
    switch = lab.switch(snooping=PRUNE, igmp=LASTING)
    for number in 2, 3:
        lab.host(number).send_report_v3((igmpv3.MODE_IS_INCLUDE, GROUP, A))
        lab.fence(number)
    lab.host(2).send_report_v3((igmpv3.BLOCK, GROUP, A))
    lab.settles(1, GROUP, {3}, source=A)
    assert not lab.host(3).wire.received(lambda f: f.is_query(GROUP))
    row, = switch.query("groups")
    assert row["port"] == "p3" and row["expires_ms"] > 3000


def expires(switch):
    return [row["expires_ms"] for row in switch.query("groups") if row["group"] == GROUP]


# R9776-6 and -7: the querier's robustness and interval are taken where they are larger, and only while it is there.
# Own: 2 * 1 + 2 * 0.5 = 3 s; with the querier's: 3 * 2 + 2 * 0.5 = 7 s.
def test_the_values_of_another_querier_count_while_it_is_there(lab):
    own = dict(QUERIER_V3, **{"query-interval": 1, "startup-query-interval": 1})
    switch = lab.switch(snooping=PRUNE, igmp=own)
    host, querier = lab.host(2), lab.host(3)
    host.send_report_v3((igmpv3.MODE_IS_INCLUDE, GROUP, A))
    lab.fence(2)
    assert 0 < expires(switch)[0] <= 3000

    asked = querier.send_igmp(QueryV3(max_resp_time=0.5, robustness=3, query_interval=2), source="10.77.0.9")
    eventually(lambda: switch.query("queriers")[0]["role"] == "non-querier", "the lower address has won")
    host.send_report_v3((igmpv3.MODE_IS_INCLUDE, GROUP, A))
    lab.fence(2)
    assert 3000 < expires(switch)[0] <= 7000

    # The other querier present interval is its as well, 3 * 2 + 0.25 s, and then ours is the word again.
    lab.until(asked + 4)
    assert switch.query("queriers")[0]["role"] == "non-querier"
    assert lab.reached(1, GROUP, A) == {2, 3}, "the membership lives on as well"
    eventually(lambda: switch.query("queriers")[0]["role"] == "querier", "its time is over")
    back = lab.now()
    assert 2 in lab.reached(1, GROUP, A), "who was asked seldom is asked before it counts as silent"

    def is_own_interval():
        host.send_report_v3((igmpv3.MODE_IS_INCLUDE, GROUP, A))
        lab.fence(2)
        return 0 < expires(switch)[0] <= 3000
    eventually(is_own_interval, "the own interval is back")
    assert lab.now() - back > 2


def test_smaller_values_of_another_querier_shorten_nothing(lab):
    switch = lab.switch(snooping=PRUNE, igmp=QUERIER_V3)
    lab.host(3).send_igmp(QueryV3(max_resp_time=0.5, robustness=1, query_interval=1), source="10.77.0.9")
    eventually(lambda: switch.query("queriers")[0]["role"] == "non-querier", "the lower address has won")
    lab.host(2).send_report_v3((igmpv3.MODE_IS_EXCLUDE, GROUP))
    lab.fence(2)
    assert 3000 < expires(switch)[0] <= 7000


# R9776-31: not the querier, so a BLOCK means nothing; the querier's own question lowers the timers of those sources.
def test_as_non_querier_only_the_queriers_question_ends_a_source(lab):
    switch = lab.switch(snooping=PRUNE, igmp=LASTING)
    host, querier = lab.host(2), lab.host(3)
    querier.send_igmp(QueryV3(max_resp_time=1), source="10.77.0.9")
    eventually(lambda: switch.query("queriers")[0]["role"] == "non-querier", "the lower address has won")
    host.send_report_v3((igmpv3.MODE_IS_INCLUDE, GROUP, A, B))
    host.send_report_v3((igmpv3.BLOCK, GROUP, B))
    # It gets the report as it is.
    querier.wire.wait(lambda f: any(r.kind == igmpv3.BLOCK for r in f.records))
    lab.fence(2)
    assert min(expires(switch)) > 2 * INTERVAL * 1000

    # A question with the S flag lowers nothing.
    querier.send_igmp(QueryV3(GROUP, (B,), INTERVAL, suppress=True), source="10.77.0.9")
    lab.fence(3)
    assert not wait_until(lambda: min(expires(switch)) < 2 * INTERVAL * 1000 + 100, 0.5)

    asked = querier.send_igmp(QueryV3(GROUP, (B,), INTERVAL), source="10.77.0.9")
    lab.settles(1, GROUP, {3}, source=B)
    assert lab.now() - asked > 1.5 * INTERVAL
    assert lab.reached(1, GROUP, A) == {2, 3}
    assert not host.wire.received(lambda f: f.is_query(GROUP) and f.source == "10.77.0.200")


# R9776-36: as version 2 querier it cannot ask for sources; it asks for the group, and who answers keeps his sources.
def test_a_version_2_querier_asks_for_the_group_when_a_source_is_blocked(lab):
    lab.switch(snooping=PRUNE, igmp=dict(LASTING, version=2))
    host = lab.host(2)
    host.send_report_v3((igmpv3.MODE_IS_INCLUDE, GROUP, A, B))
    left = host.send_report_v3((igmpv3.BLOCK, GROUP, B))
    first, = host.wire.wait(lambda f: f.is_query(GROUP), left)
    assert first.query_v3 is None and first.igmp_code == round(INTERVAL * 10)
    lab.settles(1, GROUP, set(), source=B)
    assert lab.reached(1, GROUP, A) == {2}
    assert not host.wire.received(lambda f: f.is_igmp(frames.QUERY) and f.query_v3)
