# SPDX-License-Identifier: BSD-3-Clause
"""The sequence diagram that the project began with, in its own time: its host's frames, and mcswitch as its router.

Only ten of the eleven seconds between the answers and the first leave are left out: nothing happens in them."""

from lab import Report, eventually, frames

STAYS, LEFT, JOINED = "225.10.10.10", "225.1.1.3", "225.1.1.4"
# Where the diagram shows a frame of the host: minutes and seconds of the hour.
LEFT_OUT = 10
ANSWERS = [(21 * 60 + 54.761748 + LEFT_OUT, STAYS), (21 * 60 + 56.111610 + LEFT_OUT, LEFT)]
LEAVE = 22 * 60 + 7.221561
REPORTS = [22 * 60 + 7.461496, 22 * 60 + 10.221472, 22 * 60 + 12.496710]
SECOND_LEAVE = 22 * 60 + 18.681377
# "It gives the hosts 1 second to respond", once.
RESPONSE = 1
# What a machine with other work may be late, or early, where a stream begins and ends.
SLACK = 0.75


def assert_asked_once(host, group, left):
    query, = host.wire.received(lambda f: f.is_query(group))
    assert 0 <= query.time - left < RESPONSE, "the diagram's router asks 10 ms after the leave"
    assert (query.source, query.destination, query.destination_mac, query.ttl, query.router_alert, query.igmp_code) == (
        "10.77.0.200", group, frames.group_mac(group), 1, True, 10 * RESPONSE)


# SEED-10, SEED-13, R2236-22, with Last Member Query Count 1. tests/property/sequence_diagram_test.cpp is the same to
# the nanosecond, with the host's side played by a host. Here the frames are real, and what a machine does in between.
def test_the_sequence_diagram_in_its_own_time(lab):
    switch = lab.switch(snooping={"unregistered": "router-ports"},
                        igmp={"version": 2, "querier": True, "querier-address": "10.77.0.200",
                              "last-member-query-count": 1})
    host = lab.host(2)
    assert frames.group_mac(JOINED) == "01:00:5e:01:01:04"
    query = host.wire.wait(lambda f: f.is_query())[0]
    assert query.igmp_code == 100
    begin = lab.now() + 0.1 - ANSWERS[0][0]

    def send_at(moment, message):
        lab.until(begin + moment)
        return host.send_igmp(message)

    def eventually_a_member_of(*groups):
        eventually(lambda: {row["group"] for row in switch.query("groups")} == set(groups), "members of %s" % (groups,))

    with lab.host(1).stream(LEFT, rate=100), lab.host(1).stream(JOINED, rate=100):
        answered = [send_at(moment, Report(group)) for moment, group in ANSWERS]
        eventually_a_member_of(STAYS, LEFT)
        left = send_at(LEAVE, Report(LEFT, frames.LEAVE))
        reported = [send_at(moment, Report(JOINED)) for moment in REPORTS]
        eventually_a_member_of(STAYS, JOINED)
        second_left = send_at(SECOND_LEAVE, Report(JOINED, frames.LEAVE))
        eventually_a_member_of(STAYS)
        lab.until(second_left + RESPONSE + 2 * SLACK)
    assert lab.reached(1, STAYS) == {2}

    assert_asked_once(host, LEFT, left)
    assert_asked_once(host, JOINED, second_left)
    assert not host.wire.received(lambda f: f.is_query(STAYS))
    for group, begins, ends in (LEFT, answered[1], left + RESPONSE), (JOINED, reported[0], second_left + RESPONSE):
        for sent, arrived in lab.journeys(1, 2, group):
            if abs(sent - begins) > SLACK and abs(sent - ends) > SLACK:
                assert arrived == (begins < sent < ends), (
                    "%s, sent %.3f s after the first report and %.3f s before the end" % (
                        group, sent - begins, ends - sent))
    # The other host is no member, and nobody asked it for a group.
    assert not lab.host(3).wire.received(lambda f: f.destination in (STAYS, LEFT, JOINED))
