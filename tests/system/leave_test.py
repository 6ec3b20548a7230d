# SPDX-License-Identifier: BSD-3-Clause
"""What follows a leave: two questions, then the end of the stream; or not, and then for a reason."""

import pytest

from conftest import QUERIER
from lab import Query, Report, eventually, frames

GROUP = "239.78.4.6"
INTERVAL = QUERIER["last-member-query-interval"]
PRUNE = {"unregistered": "router-ports"}


def leave_and_watch(lab, receiver):
    """A stream from host 1 while host 2 leaves. Returns the time of the leave, the specific queries on host 2's
    link and the times of the stream's frames there."""
    wire = lab.host(2).wire
    with lab.host(1).stream(GROUP):
        wire.wait(lambda f: f.is_data(GROUP))
        left = receiver.leave()
        eventually(lambda: lab.now() > left + 0.4 and not wire.received(lambda f: f.is_data(GROUP), lab.now() - 0.4),
                   "the stream to host 2 ends")
    lab.fence(1)
    queries = wire.received(lambda f: f.is_query(GROUP), left)
    return left, queries, [f.time for f in wire.received(lambda f: f.is_data(GROUP), left)]


# R2236-22, R2236-17, RFC 2236 section 9: LMQC queries, one LMQI apart; then the membership is over. A version 3
# kernel says "change to include nothing" instead.
@pytest.mark.parametrize("version", [2, 3])
def test_a_leave_is_followed_by_two_queries_and_the_prune(make_lab, version):
    lab = make_lab(hosts=3, igmp_versions={2: version, 3: version})
    switch = lab.switch(snooping=PRUNE, igmp=QUERIER)
    receiver, stays = lab.host(2).join(GROUP), lab.host(3).join(GROUP)
    lab.settles(1, GROUP, {2, 3})
    stays.payloads().clear()

    left, queries, data = leave_and_watch(lab, receiver)

    assert len(queries) == 2
    assert queries[0].time - left < INTERVAL
    assert abs(queries[1].time - queries[0].time - INTERVAL) < INTERVAL / 3
    for query in queries:
        assert (query.source, query.destination, query.ttl, query.router_alert, query.igmp_code) == (
            "10.77.0.200", GROUP, 1, True, round(INTERVAL * 10))
    assert abs(data[-1] - left - 2 * INTERVAL) < INTERVAL / 2
    # The other member was not asked, and misses nothing.
    assert not lab.host(3).wire.received(lambda f: f.is_query(GROUP))
    numbers = [int(payload) for payload in stays.payloads()]
    assert numbers == list(range(numbers[-1] + 1))
    assert switch.members(GROUP) == {"p3"}


# R2236-23: another host on the same link answers, so the port keeps the stream for a whole membership interval.
def test_a_second_host_on_the_link_that_answers_keeps_the_stream(lab):
    switch = lab.switch(snooping=PRUNE, igmp=QUERIER)
    receiver = lab.host(2).join(GROUP)
    lab.settles(1, GROUP, {2})
    left = receiver.leave()
    lab.host(2).wire.wait(lambda f: f.is_query(GROUP), left)
    lab.host(2).send_igmp(Report(GROUP), source="10.77.0.52", mac="02:00:00:00:00:52")
    lab.until(left + 3 * INTERVAL)
    assert lab.reached(1, GROUP) == {2}
    # And the second query, that the report made needless, was not sent.
    assert len(lab.host(2).wire.received(lambda f: f.is_query(GROUP), left)) == 1
    assert switch.query("groups")[0]["expires_ms"] > 3000


# D-45 of what users complain of: stop and start within the last member query time.
def test_joining_again_before_the_prune_keeps_the_stream(lab):
    lab.switch(snooping=PRUNE, igmp=QUERIER)
    receiver = lab.host(2).join(GROUP)
    lab.settles(1, GROUP, {2})
    receiver.payloads().clear()
    with lab.host(1).stream(GROUP):
        left = receiver.leave()
        lab.host(2).wire.wait(lambda f: f.is_query(GROUP), left)
        receiver.rejoin()
        lab.until(left + 3 * INTERVAL)
    lab.fence(1)
    numbers = [int(f.udp_payload) for f in lab.host(2).wire.received(lambda f: f.is_data(GROUP), left)]
    assert numbers == list(range(numbers[0], numbers[-1] + 1)) and len(numbers) > 200


@pytest.mark.parametrize("version", [2, 3])
def test_a_fast_leave_port_is_pruned_at_once_and_not_asked(make_lab, version):
    lab = make_lab(hosts=3, igmp_versions={2: version})
    # A question would take six seconds, so that "at once" is far from it on any machine.
    igmp = dict(QUERIER, **{"last-member-query-interval": 3})
    switch = lab.switch(snooping=PRUNE, igmp=igmp, port={2: {"fast-leave": True}})
    receiver = lab.host(2).join(GROUP)
    lab.settles(1, GROUP, {2})

    left, queries, data = leave_and_watch(lab, receiver)

    assert queries == []
    assert not data or data[-1] - left < 3
    assert switch.members(GROUP) == set()


# docs/choices.md, "Leaves": with two hosts seen on the port, a fast leave would take the stream from the other one;
# the port is asked.
def test_a_fast_leave_port_with_two_hosts_is_asked(lab):
    lab.switch(snooping=PRUNE, igmp=QUERIER, port={2: {"fast-leave": True}})
    receiver = lab.host(2).join(GROUP)
    lab.host(2).send_igmp(Report(GROUP), source="10.77.0.52", mac="02:00:00:00:00:52")
    lab.settles(1, GROUP, {2})
    left = receiver.leave()
    lab.host(2).wire.wait(lambda f: f.is_query(GROUP), left)
    assert lab.reached(1, GROUP) == {2}


# R2236-49: a version 1 host cannot leave, and while one is there no leave counts for the group.
def test_leaves_are_ignored_while_a_version_1_host_is_present(lab):
    lab.switch(snooping=PRUNE, igmp=QUERIER)
    receiver = lab.host(2).join(GROUP)
    lab.host(2).send_igmp(Report(GROUP, frames.REPORT_V1), source="10.77.0.52", mac="02:00:00:00:00:52")
    lab.settles(1, GROUP, {2})
    left = receiver.leave()
    lab.host(2).wire.wait_sent(lambda f: f.is_igmp(frames.LEAVE, GROUP), left)
    lab.until(left + 3 * INTERVAL)
    assert lab.reached(1, GROUP) == {2}
    assert not lab.host(2).wire.received(lambda f: f.is_query(GROUP), left)


# R2236-26, R2236-29: not the querier, so the leave means nothing; the querier's own question does.
def test_as_non_querier_only_the_queriers_question_ends_a_membership(lab):
    switch = lab.switch(snooping=PRUNE, igmp=dict(QUERIER, **{"query-interval": 60}))
    querier = lab.host(3)
    querier.send_igmp(Query(max_resp_time=1), source="10.77.0.9")
    eventually(lambda: switch.query("queriers")[0]["role"] == "non-querier", "the lower address has won")
    receiver = lab.host(2).join(GROUP)
    lab.settles(1, GROUP, {2, 3})

    left = receiver.leave()
    querier.wire.wait(lambda f: f.is_igmp(frames.LEAVE, GROUP), left)
    lab.fence(2)
    assert switch.query("groups")[0]["expires_ms"] > 2 * INTERVAL * 1000

    asked = querier.send_igmp(Query(GROUP, INTERVAL), source="10.77.0.9")
    lab.settles(1, GROUP, {3})
    assert lab.now() - asked > 1.5 * INTERVAL
    assert not lab.host(2).wire.received(lambda f: f.is_query(GROUP) and f.source == "10.77.0.200")
