# SPDX-License-Identifier: BSD-3-Clause
"""Hosts of versions 1, 2 and 3 on one port, behind an unmanaged switch: the oldest says what the others may narrow
(RFC 9776 section 7.3.2)."""

import pytest

from conftest import LASTING, QUERIER_V3
from lab import Report, eventually, filters, frames, igmpv3

GROUP = "239.86.11.13"
INTERVAL = QUERIER_V3["last-member-query-interval"]
# The Group Membership Interval, which is also how long an older host is present, is 2 * 1 + 2 * 0.5 s.
QUICK = dict(QUERIER_V3, **{"query-interval": 1, "startup-query-interval": 1})
MEMBERSHIP = 3
PRUNE = {"unregistered": "router-ports"}
WANTED, OTHER = 1, 3  # the two senders
V3, V2, V1 = 2, 12, 22  # the hosts of port p2


@pytest.fixture
def shared(make_lab):
    return make_lab(hosts=3, behind={2: (V2, V1)}, igmp_versions={V3: 3, V2: 2, V1: 1})


def address(number):
    return "10.77.0.%d" % number


def is_from(sender):
    return lambda f: f.is_data(GROUP) and f.source == address(sender)


def numbers_of(lab, sender, since=0.0):
    return [int(f.udp_payload) for f in lab.link(2).received(is_from(sender), since) if f.udp_payload.isdigit()]


def is_gapless(numbers):
    return numbers == list(range(numbers[0], numbers[-1] + 1))


def filter_rows(switch):
    return [(row["source"], row["filter_mode"], row["protocol"]) for row in switch.query("groups")]


# R9776-38 and -28: its report is IS_EX (), its leave TO_IN (); then the port has the sources of the version 3 host
# again.
def test_a_version_2_host_opens_the_port_for_all_sources_until_it_leaves(shared):
    lab = shared
    everybody = {V3, V2, V1}
    switch = lab.switch(snooping=PRUNE, igmp=LASTING)
    lab.host(V3).join_sources(GROUP, address(WANTED))
    lab.settles(WANTED, GROUP, everybody)
    assert lab.reached(OTHER, GROUP) == set()

    with lab.host(WANTED).stream(GROUP):
        receiver = lab.host(V2).join(GROUP)
        lab.settles(OTHER, GROUP, everybody)
        assert ("*", "exclude", "igmpv2") in filter_rows(switch)
        left = receiver.leave()
        lab.link(2).wait(lambda f: f.is_group_query(GROUP), left)
        lab.settles(OTHER, GROUP, set())
        assert lab.now() - left > 1.5 * INTERVAL
        lab.link(2).wait(is_from(WANTED), lab.now())
    lab.fence(WANTED)
    assert is_gapless(numbers_of(lab, WANTED))
    assert [row[:2] for row in filter_rows(switch)] == [(address(WANTED), "include")]


# R9776-37: a version 2 host cannot say that it wants the source, so another host's BLOCK means nothing.
def test_a_block_is_ignored_while_a_version_2_host_is_present(shared):
    lab = shared
    switch = lab.switch(snooping=PRUNE, igmp=QUICK)
    blocker = lab.host(V3).join(GROUP)
    stays = lab.host(V2).join(GROUP)
    lab.settles(OTHER, GROUP, {V3, V2, V1})
    stays.payloads().clear()

    with lab.host(OTHER).stream(GROUP, rate=100) as stream:
        blocked = blocker.block(address(OTHER))
        lab.host(V3).wire.wait_sent(lambda f: any(r.kind == igmpv3.BLOCK for r in f.records), blocked)
        # Longer than the version 3 host's word could count for anything, which it repeats with each answer.
        lab.until(blocked + 2.5 * MEMBERSHIP)
    lab.fence(OTHER)
    assert [int(payload) for payload in stays.payloads()] == list(range(stream.sent))
    assert not lab.link(2).received(lambda f: f.is_query(GROUP), blocked)

    # It goes; what the version 3 host says from now on counts.
    left = stays.leave()
    lab.settles(OTHER, GROUP, set())
    assert lab.reached(WANTED, GROUP) == {V3, V2, V1}
    assert lab.now() - left > INTERVAL
    assert ("*", "exclude") in [row[:2] for row in filter_rows(switch)]
    assert (address(OTHER), "blocked") in [row[:2] for row in filter_rows(switch)]


# R9776-37: of TO_EX only the list is ignored; the mode is taken.
def test_the_list_of_a_change_to_exclude_is_ignored_while_a_version_2_host_is_present(shared):
    lab = shared
    switch = lab.switch(snooping=PRUNE, igmp=QUERIER_V3)
    lab.host(V2).send_igmp(Report(GROUP))
    lab.host(V3).send_report_v3((igmpv3.CHANGE_TO_EXCLUDE, GROUP, address(OTHER)))
    lab.fence(V3)
    lab.settles(OTHER, GROUP, {V3, V2, V1})
    since = lab.now()
    lab.until(since + 3 * INTERVAL)
    assert lab.reached(OTHER, GROUP) == {V3, V2, V1}
    assert not lab.link(2).received(lambda f: f.is_query(GROUP))
    assert [row[:2] for row in filter_rows(switch)] == [("*", "exclude")]


# The mode is per group: the version 2 host is no member of this one.
def test_a_version_2_host_in_another_group_makes_no_difference(shared):
    lab = shared
    lab.switch(snooping=PRUNE, igmp=LASTING)
    other_group = "238.214.11.13"
    assert frames.group_mac(other_group) == frames.group_mac(GROUP)
    lab.host(V2).join(other_group)
    receiver = lab.host(V3).join(GROUP)
    lab.settles(OTHER, GROUP, {V3, V2, V1})
    receiver.block(address(OTHER))
    lab.settles(OTHER, GROUP, set())
    assert lab.reached(OTHER, other_group) == {V3, V2, V1}


# R9776-37, R2236-49: a version 1 host cannot leave, so no other host's leave counts: neither a leave nor a change
# to include causes a query. When it has been silent for its interval, the group ends.
def test_a_version_1_host_keeps_its_group_in_spite_of_leaves(shared):
    lab = shared
    switch = lab.switch(snooping=PRUNE, igmp=QUICK)
    members = [lab.host(V3).join(GROUP), lab.host(V2).join(GROUP)]
    before = lab.now()
    old = lab.host(V1).join(GROUP)
    link = lab.link(2)
    assert link.sent(lambda f: f.is_igmp(frames.REPORT_V1, GROUP), before)
    with lab.host(OTHER).stream(GROUP):
        link.wait(is_from(OTHER))
        old.leave()  # Nothing is said, and no query is answered any more.
        left = members[0].leave()
        members[1].leave()
        # Its own kernel is silent, having heard the other one's report.
        lab.host(V2).send_igmp(Report(GROUP, frames.LEAVE))
        lab.host(V3).wire.wait_sent(
            lambda f: any(r.kind == igmpv3.CHANGE_TO_INCLUDE and r.group == GROUP for r in f.records), left)
        eventually(lambda: not switch.members(GROUP), "the group ends")
    lab.fence(OTHER)
    last_report = link.sent(lambda f: f.is_igmp(frames.REPORT_V1, GROUP))[-1].time
    last = link.received(is_from(OTHER))[-1].time
    assert last - last_report > MEMBERSHIP - 0.3
    last_of_all = link.sent(lambda f: f.concerns(GROUP) and f.igmp_type in frames.REPORTS and
                            not any(r.kind == igmpv3.CHANGE_TO_INCLUDE for r in f.records))[-1].time
    assert last - last_of_all < MEMBERSHIP + 1
    assert is_gapless(numbers_of(lab, OTHER))
    assert not link.received(lambda f: f.is_query(GROUP))


# The three of them ask for three different things; the port gets all of it, and each socket what it asked for.
def test_three_versions_side_by_side_each_get_their_stream(shared):
    lab = shared
    lab.switch(snooping=PRUNE, igmp=QUERIER_V3)
    narrow = lab.host(V3).join_sources(GROUP, address(WANTED))
    others = [lab.host(V2).join(GROUP), lab.host(V1).join(GROUP)]
    for sender in WANTED, OTHER:
        lab.settles(sender, GROUP, {V3, V2, V1})
    for receiver in [narrow, *others]:
        receiver.payloads().clear()
    for number in range(50):
        lab.host(WANTED).send(GROUP, b"wanted %02d" % number)
    for number in range(50):
        lab.host(OTHER).send(GROUP, b"other %02d" % number)
    lab.fence(WANTED)
    lab.fence(OTHER)
    wanted = [b"wanted %02d" % number for number in range(50)]
    other = [b"other %02d" % number for number in range(50)]
    assert narrow.payloads() == wanted
    for receiver in others:
        payloads = receiver.payloads()
        assert [p for p in payloads if p in wanted] == wanted and [p for p in payloads if p in other] == other


# R9776-26: the version 3 host that changes its mind among the others: INCLUDE, EXCLUDE, and back.
def test_a_change_of_mode_next_to_a_version_2_host_takes_nothing_from_it(shared):
    lab = shared
    lab.switch(snooping=PRUNE, igmp=QUERIER_V3)
    stays = lab.host(V2).join(GROUP)
    changes = lab.host(V3).join(GROUP)
    lab.settles(OTHER, GROUP, {V3, V2, V1})
    stays.payloads().clear()
    with lab.host(OTHER).stream(GROUP) as stream:
        changes.set_filter(filters.INCLUDE, [address(WANTED)])
        lab.until(lab.now() + 3 * INTERVAL)
        changes.set_filter(filters.EXCLUDE, [address(OTHER)])
        lab.until(lab.now() + 3 * INTERVAL)
    lab.fence(OTHER)
    assert [int(payload) for payload in stays.payloads()] == list(range(stream.sent))
