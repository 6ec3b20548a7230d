# SPDX-License-Identifier: BSD-3-Clause
"""Tags on PCI network cards: trunks on three of them, an access port on the fourth.

    p1  e1000e      untagged: VLAN 1    tagged: 20, 300
    p2  vmxnet3     untagged: none      tagged: 20, 300
    p3  virtio-net  untagged: none      tagged: 20, 300
    p4  virtio-net  untagged: VLAN 20
"""

import itertools

import pytest

from conftest import MODELS, PRUNE, QUERIER, SOON, fact
from lab import Report, eventually, frames
from machine import Segment, Trunk
from machine.trunk import tagged, untagged, vid

VLAN, OTHER, FOREIGN, NATIVE = 20, 300, 21, 1
TRUNKS, ACCESS = (1, 2, 3), 4
INTERVAL = QUERIER["last-member-query-interval"]
ON_TRUNKS = [pytest.param(number, id=MODELS[number]) for number in TRUNKS]
_marks = itertools.count(1)


@pytest.fixture(scope="module")
def switch(one_switch):
    both = {"tagged-vlans": [VLAN, OTHER]}
    return one_switch(snooping=PRUNE, igmp=QUERIER, port={
        1: {"vlan": NATIVE, **both}, 2: {"vlan": 0, **both}, 3: {"vlan": 0, **both}, ACCESS: {"vlan": VLAN}})


@pytest.fixture(scope="module")
def trunks(vm, switch):
    """The hosts behind the trunks; the access port's host is host 4 itself."""
    return {number: Trunk(vm, number, (VLAN, OTHER)) for number in TRUNKS}


@pytest.fixture(scope="module")
def segments(vm, trunks):
    """VLAN -> its hosts."""
    return {VLAN: Segment([vm.host(ACCESS), *(trunk[VLAN] for trunk in trunks.values())]),
            OTHER: Segment([trunk[OTHER] for trunk in trunks.values()])}


@pytest.fixture(autouse=True)
def forget_members(segments, forget):
    yield
    for segment in segments.values():
        for host in segment.hosts.values():
            for receiver in host.receivers:
                receiver.close()
            host.receivers.clear()
            host.wire.read()
            host.wire.frames.clear()


def on_link(vm, number, match):
    """VLANs, by their tags, in which frames that match have come to host `number`; None is untagged."""
    return [vid(f) for f in vm.host(number).wire.received(lambda f: match(untagged(f)))]


# IEEE 802.1Q: in its VLAN tagged on a trunk, untagged on the access port; and RFC 4541 per VLAN.
@pytest.mark.parametrize("member", ON_TRUNKS)
def test_a_tagged_member_gets_the_stream_of_its_vlan_with_its_tag(vm, switch, trunks, segments, member):
    group = "239.91.%d.7" % member
    receiver, neighbour = trunks[member][VLAN].join(group), trunks[member][OTHER].listen(group)
    segments[VLAN].settles(ACCESS, group, {trunks[member][VLAN].number})
    assert {(row["vlan"], row["port"]) for row in switch.query("groups") if row["group"] == group} == {
        (VLAN, "p%d" % member)}
    for host in vm.hosts.values():
        host.wire.read()
        host.wire.frames.clear()
    receiver.payloads().clear()
    with vm.host(ACCESS).stream(group, 400) as stream:
        eventually(lambda: stream.sent >= 300, "the stream is sent")
    segments[VLAN].fence(ACCESS)
    assert [int(payload) for payload in receiver.payloads()] == list(range(stream.sent))
    assert neighbour.payloads() == []
    seen = {n: on_link(vm, n, lambda f: f.is_data(group)) for n in TRUNKS}
    assert seen == {n: [VLAN] * stream.sent if n == member else [] for n in TRUNKS}
    fact("  tags on %s: %d datagrams came in untagged on virtio-net and went out with VLAN %d" % (
        MODELS[member], stream.sent, VLAN))


@pytest.mark.parametrize("sender", ON_TRUNKS)
def test_a_tagged_stream_comes_out_untagged_on_the_access_port_and_tagged_on_trunks(
        vm, switch, trunks, segments, sender):
    group = "239.92.%d.7" % sender
    members = [trunks[n][VLAN] for n in TRUNKS if n != sender] + [vm.host(ACCESS)]
    receivers = [host.join(group) for host in members]
    source = trunks[sender][VLAN]
    segments[VLAN].settles(source.number, group, {host.number for host in members})
    for host in vm.hosts.values():
        host.wire.read()
        host.wire.frames.clear()
    for receiver in receivers:
        receiver.payloads().clear()
    with source.stream(group, 400) as stream:
        eventually(lambda: stream.sent >= 300, "the stream is sent")
    segments[VLAN].fence(source.number)
    for receiver in receivers:
        assert [int(payload) for payload in receiver.payloads()] == list(range(stream.sent))
    seen = {n: set(on_link(vm, n, lambda f: f.is_data(group))) for n in MODELS if n != sender}
    assert seen == {n: {None if n == ACCESS else VLAN} for n in seen}


def test_the_same_group_in_two_vlans_is_two_groups(vm, switch, trunks, segments):
    group = "239.93.1.7"
    trunks[2][VLAN].join(group)
    trunks[3][OTHER].join(group)
    segments[VLAN].settles(trunks[1][VLAN].number, group, {trunks[2][VLAN].number})
    segments[OTHER].settles(trunks[1][OTHER].number, group, {trunks[3][OTHER].number})
    assert {(row["vlan"], row["port"]) for row in switch.query("groups") if row["group"] == group} == {
        (VLAN, "p2"), (OTHER, "p3")}


@pytest.mark.parametrize("member", ON_TRUNKS)
def test_a_leave_in_a_vlan_is_asked_about_with_its_tag(vm, switch, trunks, segments, member):
    group = "239.94.%d.7" % member
    receiver, stayer = trunks[member][VLAN].join(group), trunks[member][OTHER].join(group)
    segments[VLAN].settles(ACCESS, group, {trunks[member][VLAN].number})
    left = receiver.leave()
    eventually(lambda: {(row["vlan"], row["port"]) for row in switch.query("groups") if row["group"] == group} ==
               {(OTHER, "p%d" % member)}, "only the membership in VLAN %d is left" % OTHER, within=SOON)
    queries = [f for f in vm.host(member).wire.received(lambda f: untagged(f).is_query(group), left)]
    assert [vid(f) for f in queries] == [VLAN, VLAN]
    assert abs(queries[1].time - queries[0].time - INTERVAL) < INTERVAL / 2
    assert trunks[member][VLAN].wire.received(lambda f: f.is_query(group), left)
    assert stayer.payloads() == []


# General queries go out in every VLAN, with its tag; untagged only where untagged frames have a VLAN.
def test_queries_are_asked_in_every_vlan_of_a_port(vm, switch, trunks):
    wanted = {1: {None, VLAN, OTHER}, 2: {VLAN, OTHER}, 3: {VLAN, OTHER}, 4: {None}}
    eventually(lambda: {n: set(on_link(vm, n, lambda f: f.is_query())) for n in MODELS} == wanted,
               "queries in every VLAN")


@pytest.mark.parametrize("sender", ON_TRUNKS)
def test_frames_of_a_vlan_that_the_port_does_not_carry_are_dropped(vm, switch, trunks, segments, sender):
    mark = b"foreign %08d" % next(_marks)
    host = vm.host(sender)
    for vlan in (FOREIGN, NATIVE) if sender != 1 else (FOREIGN,):
        host.wire.send(tagged(frames.ethernet(frames.BROADCAST, host.mac, 0x88b5, mark), vlan))
    if sender != 1:  # Untagged frames have no VLAN there.
        host.wire.send(frames.ethernet(frames.BROADCAST, host.mac, 0x88b5, mark))
    segments[VLAN].fence(trunks[sender][VLAN].number)
    assert not [n for n, other in vm.hosts.items() if other.wire.received(lambda f: mark in f.raw)]


# IEEE 802.1Q clause 6.9: VLAN id 0 only carries a priority; the frame is the port's untagged VLAN's.
def test_a_priority_tag_is_no_vlan(vm, switch, trunks, segments):
    group = "239.95.1.7"
    host = vm.host(ACCESS)
    packet = frames.ipv4(host.address, group, frames.IGMP, Report(group).raw(), 1, frames.ROUTER_ALERT)
    host.wire.send(tagged(frames.ethernet(frames.group_mac(group), host.mac, frames.IPV4, packet), 0, 5))
    eventually(lambda: [(row["vlan"], row["port"]) for row in switch.query("groups") if row["group"] == group] ==
               [(VLAN, "p%d" % ACCESS)], "a membership in the access port's VLAN")
