# SPDX-License-Identifier: BSD-3-Clause
"""Who is a member, as `mcsctl groups --hosts` tells it, and fast leave that knows: hosts that share a port by an
unmanaged switch."""

import pytest

from conftest import LASTING, QUERIER_V3
from lab import Query, Report, eventually, frames, igmpv3

GROUP = "239.91.16.18"
INTERVAL = QUERIER_V3["last-member-query-interval"]
PRUNE = {"unregistered": "router-ports"}
FAST = {2: {"fast-leave": True}}


def address(number):
    return "10.77.0.%d" % number


def tracked(switch, *words):
    """(port, source, address, MAC) of the hosts that are known; memberships of which none is have a row as well."""
    return [(row["port"], row["source"], row["address"], row["mac"])
            for row in switch.query("groups", "--hosts", *words)
            if row["group"] == GROUP and row["address"] is not None]


def shared_lab(make_lab, version):
    """Hosts 2 and 12 share port p2."""
    return make_lab(hosts=3, behind={2: (12,)}, igmp_versions={number: version for number in (1, 2, 3, 12)})


def is_data(f):
    return f.is_data(GROUP)


def is_change_to_include(f):
    return any(r.kind == igmpv3.CHANGE_TO_INCLUDE and r.group == GROUP for r in f.records)


def stream_numbers(wire):
    return [int(f.udp_payload) for f in wire.received(is_data) if f.udp_payload.isdigit()]


@pytest.mark.parametrize("version", [2, 3])
def test_the_hosts_of_a_membership_are_listed(make_lab, version):
    lab = shared_lab(make_lab, version)
    switch = lab.switch(snooping=PRUNE, igmp=QUERIER_V3)
    lab.host(3).join(GROUP)
    lab.settles(1, GROUP, {3})
    lab.host(2).join(GROUP)
    lab.settles(1, GROUP, {2, 12, 3})
    wanted = [("p2", "*", address(2), lab.host(2).mac), ("p3", "*", address(3), lab.host(3).mac)]
    eventually(lambda: tracked(switch) == wanted, "both hosts are known")
    lab.host(12).join(GROUP)
    wanted.insert(1, ("p2", "*", address(12), lab.host(12).mac))
    eventually(lambda: tracked(switch) == wanted, "the second host of the port is known as well")
    assert tracked(switch, "--port", "p3") == wanted[2:]
    assert {row["port"]: row["hosts"] for row in switch.query("groups") if row["group"] == GROUP} == {"p2": 2, "p3": 1}


# Since when: of a host that reports again and again, it stays what it was.
def test_a_host_is_a_member_since_its_first_report(make_lab):
    lab = make_lab(hosts=3)
    switch = lab.switch(snooping=PRUNE, igmp=QUERIER_V3)

    def since():
        row, = switch.query("groups", "--hosts")
        return row["since_ms"]
    reported = lab.host(2).send_igmp(Report(GROUP))
    lab.fence(2)
    eventually(lambda: len(tracked(switch)) == 1, "the host is known")
    known = lab.now()
    lab.until(known + 1)
    lab.host(2).send_igmp(Report(GROUP))
    lab.fence(2)
    before = lab.now()
    value = since()
    assert (before - known) * 1000 - 50 < value < (lab.now() - reported) * 1000 + 50


# By source, in version 3: each source has its own hosts.
def test_the_hosts_of_a_source_are_listed_with_it(make_lab):
    lab = shared_lab(make_lab, 3)
    switch = lab.switch(snooping=PRUNE, igmp=QUERIER_V3)
    lab.host(2).join_sources(GROUP, address(1))
    lab.host(12).join_sources(GROUP, address(1), address(3))
    wanted = {("p2", address(1), address(2), lab.host(2).mac), ("p2", address(1), address(12), lab.host(12).mac),
              ("p2", address(3), address(12), lab.host(12).mac)}
    eventually(lambda: set(tracked(switch)) == wanted and len(tracked(switch)) == 3, "each host with its sources")


# docs/choices.md, "Limits": at a limit nothing is evicted. An unknown host cannot be distinguished from another one, so
# the port is asked.
def test_a_host_for_which_there_is_no_room_is_a_member_all_the_same(make_lab):
    lab = make_lab(hosts=3, igmp_versions={number: 3 for number in (1, 2, 3)})
    switch = lab.switch(switch={"max-hosts": 1}, snooping=PRUNE, igmp=QUERIER_V3, port={3: {"fast-leave": True}})
    lab.host(2).join(GROUP)
    eventually(lambda: [row[0] for row in tracked(switch)] == ["p2"], "the first host is known")
    receiver = lab.host(3).join(GROUP)
    # A second address on the port, or the rule for a single one would prune it.
    lab.host(3).send_igmp(Report("239.91.16.19"), source="10.77.0.53", mac="02:00:00:00:00:53")
    lab.settles(1, GROUP, {2, 3})
    assert [row[0] for row in tracked(switch)] == ["p2"]
    left = receiver.leave()
    lab.host(3).wire.wait(lambda f: f.is_query(GROUP), left)
    assert lab.reached(1, GROUP) == {2, 3}


# docs/choices.md, "Leaves": for version 3 the last tracked host may be pruned at once. The first one is not the last.
def test_with_fast_leave_the_first_of_two_version_3_hosts_is_asked_for_and_the_second_is_not(make_lab):
    lab = shared_lab(make_lab, 3)
    switch = lab.switch(snooping=PRUNE, igmp=LASTING, port=FAST)
    first, second = lab.host(2).join(GROUP), lab.host(12).join(GROUP)
    lab.settles(1, GROUP, {2, 12})
    eventually(lambda: len(tracked(switch)) == 2, "both are known")
    second.payloads().clear()
    with lab.host(1).stream(GROUP):
        left = first.leave()
        lab.host(2).wire.wait_sent(is_change_to_include, left)
        eventually(lambda: [row[2] for row in tracked(switch)] == [address(12)], "the first one is no member")
        # Until both, its kernel's second word and the question, are over.
        lab.until(left + 1.2 + 3 * INTERVAL)
        assert not switch.query("groups")[0]["expires_ms"] < 2 * INTERVAL * 1000

        left = second.leave()
        lab.host(12).wire.wait_sent(is_change_to_include, left)
        eventually(lambda: not switch.members(GROUP), "the port is pruned at once")
        lab.until(left + 1.2 + 2 * INTERVAL)
    lab.fence(1)
    link = lab.link(2)
    assert not link.received(lambda f: f.is_query(GROUP), left), "nobody is left to be asked"
    numbers = stream_numbers(link)
    assert numbers == list(range(numbers[0], numbers[-1] + 1)), "no gap while there was a member"
    said = lab.host(12).wire.sent(is_change_to_include, left)[0].time
    last = link.received(is_data)[-1].time
    assert last - said < INTERVAL


# The same with sources: BLOCK of the last host that wants a source ends it at once, of another one it does not.
def test_with_fast_leave_a_source_ends_with_the_last_host_that_wants_it(make_lab):
    lab = shared_lab(make_lab, 3)
    switch = lab.switch(snooping=PRUNE, igmp=LASTING, port=FAST)
    both = lab.host(2).join_sources(GROUP, address(1), address(3))
    lab.host(12).join_sources(GROUP, address(1))
    for sender in 1, 3:
        lab.settles(sender, GROUP, {2, 12})
    eventually(lambda: len(tracked(switch)) == 3, "all are known")

    dropped = both.drop_source(address(3))
    lab.settles(3, GROUP, set())
    assert not lab.link(2).received(lambda f: f.is_query(GROUP) and address(3) in f.sources, dropped)

    dropped = both.drop_source(address(1))
    lab.until(dropped + 1.2 + 3 * INTERVAL)
    assert lab.reached(1, GROUP) == {2, 12}
    assert lab.link(2).received(lambda f: f.is_query(GROUP) and f.sources == (address(1),), dropped)


# docs/choices.md, "Leaves": a host that suppressed its report is unknown as a member, but its frames are not. RFC
# 2236 section 3 makes hosts suppress, so that of two version 2 hosts the leave of one says nothing about the other.
def test_a_version_2_host_that_suppressed_its_report_keeps_its_stream(make_lab):
    lab = shared_lab(make_lab, 2)
    # Answers have time, so that the other host is first; and the membership interval is over soon.
    igmp = dict(QUERIER_V3, **{"query-interval": 2, "query-response-interval": 1.9, "startup-query-interval": 1,
                               "group-membership-interval": 3})
    lab.switch(snooping=PRUNE, igmp=igmp, port=FAST)
    silent = lab.host(12).join(GROUP)
    lab.settles(1, GROUP, {2, 12})

    # The other host always reports first, so that the kernel of the silent one hears its reports and sends none.
    def is_silent():
        lab.host(2).send_igmp(Report(GROUP))
        reports = lab.host(12).wire.sent(lambda f: f.is_igmp(frames.REPORT_V2, GROUP))
        return lab.now() > reports[-1].time + 3.2
    eventually(is_silent, "host 12 has suppressed its reports for a membership interval")
    # It is there nevertheless.
    lab.fence(12)
    silent.payloads().clear()

    with lab.host(1).stream(GROUP) as stream:
        left = lab.host(2).send_igmp(Report(GROUP, frames.LEAVE))
        lab.link(2).wait(lambda f: f.is_query(GROUP), left)
        lab.until(left + 4 * INTERVAL)
    lab.fence(1)
    assert [int(payload) for payload in silent.payloads()] == list(range(stream.sent))
    assert lab.host(12).wire.sent(lambda f: f.is_igmp(frames.REPORT_V2, GROUP), left), "it answered the question"


# One of each: the version 2 host cannot be counted on to have reported, so the version 3 host's leave is asked for.
def test_with_fast_leave_a_version_3_leave_beside_a_version_2_host_is_asked_for(make_lab):
    lab = make_lab(hosts=3, behind={2: (12,)}, igmp_versions={2: 3, 12: 2})
    lab.switch(snooping=PRUNE, igmp=QUERIER_V3, port=FAST)
    leaves, stays = lab.host(2).join(GROUP), lab.host(12).join(GROUP)
    lab.settles(1, GROUP, {2, 12})
    stays.payloads().clear()
    with lab.host(1).stream(GROUP) as stream:
        left = leaves.leave()
        lab.link(2).wait(lambda f: f.is_query(GROUP), left)
        lab.until(left + 1 + 3 * INTERVAL)
    lab.fence(1)
    assert [int(payload) for payload in stays.payloads()] == list(range(stream.sent))


# Even when the version 2 host that reported has left: another one may have kept silent because of its report.
def test_with_fast_leave_a_version_3_leave_soon_after_a_version_2_host_is_asked_for(make_lab):
    lab = make_lab(hosts=3, igmp_versions={2: 3})
    switch = lab.switch(snooping=PRUNE, igmp=QUERIER_V3, port=FAST)
    older = {"source": "10.77.0.52", "mac": "02:00:00:00:00:52"}
    receiver = lab.host(2).join(GROUP)
    lab.host(2).send_igmp(Report(GROUP), **older)
    eventually(lambda: len(tracked(switch)) == 2, "both are known")
    left = lab.host(2).send_igmp(Report(GROUP, frames.LEAVE), **older)
    lab.until(left + 3 * INTERVAL)
    assert [row[2] for row in tracked(switch)] == [address(2)]
    left = receiver.leave()
    lab.host(2).wire.wait(lambda f: f.is_query(GROUP), left)
    assert lab.reached(1, GROUP) == {2}


# docs/choices.md, "Leaves": in all three cases, also where another querier would have to ask.
def test_with_fast_leave_the_last_host_is_pruned_at_once_as_non_querier_too(make_lab):
    lab = make_lab(hosts=3, igmp_versions={2: 3})
    switch = lab.switch(snooping=PRUNE, igmp=LASTING, port=FAST)
    lab.host(3).send_igmp(Query(), source="10.77.0.9")
    eventually(lambda: switch.query("queriers")[0]["role"] == "non-querier", "the lower address has won")
    receiver = lab.host(2).join(GROUP)
    lab.settles(1, GROUP, {2, 3})
    receiver.leave()
    lab.settles(1, GROUP, {3})


# Without tracking, the rule of versions 1 and 2 is what is left: one MAC address on the port.
@pytest.mark.parametrize("hosts", [1, 2])
def test_without_host_tracking_a_single_mac_address_decides(make_lab, hosts):
    lab = shared_lab(make_lab, 3)
    switch = lab.switch(snooping=PRUNE, igmp=dict(LASTING, **{"host-tracking": False}), port=FAST)
    lab.host(2).send_report_v3((igmpv3.MODE_IS_EXCLUDE, GROUP))
    if hosts == 2:
        lab.host(12).send_report_v3((igmpv3.MODE_IS_EXCLUDE, GROUP))
        lab.fence(12)
    lab.fence(2)
    assert lab.reached(1, GROUP) == {2, 12}
    left = lab.host(2).send_report_v3((igmpv3.CHANGE_TO_INCLUDE, GROUP))
    if hosts == 1:
        lab.settles(1, GROUP, set())
        assert not lab.link(2).received(lambda f: f.is_query(GROUP))
    else:
        lab.link(2).wait(lambda f: f.is_query(GROUP), left)
        assert lab.reached(1, GROUP) == {2, 12}
    assert tracked(switch) == []
