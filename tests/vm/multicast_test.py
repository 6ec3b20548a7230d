# SPDX-License-Identifier: BSD-3-Clause
"""Untagged multicast between Linux hosts on PCI network cards: joins, queries, leaves."""

import pytest

from conftest import EACH_CARD, MODELS, NICS, PRUNE, QUERIER, SOON, fact
from lab import Report, eventually, frames

INTERVAL = QUERIER["last-member-query-interval"]
DATAGRAMS = 400


@pytest.fixture(scope="module")
def switch(one_switch):
    return one_switch(snooping=PRUNE, igmp=QUERIER)


def others(number):
    """Numbers of the other hosts, the next one first."""
    return [(number + step - 1) % len(NICS) + 1 for step in range(1, len(NICS))]


def numbers_on_link(lab, number, group, since):
    return [int(f.udp_payload) for f in lab.host(number).wire.received(lambda f: f.is_data(group), since)]


def test_a_general_query_reaches_the_host_on_every_card(vm, switch):
    for host in vm.hosts.values():
        query = host.wire.wait(lambda f: f.is_query())[0]
        assert (query.source, query.destination, query.ttl, query.router_alert) == (
            "10.77.0.200", "224.0.0.1", 1, True)


def test_every_card_belongs_to_vfio_and_is_a_port_with_link(vm, switch):
    assert set(vm.drivers.values()) == {"vfio-pci"}
    rows = switch.query("ports")
    assert {row["link"] for row in rows} == {"up"}
    assert [(row["port"], row["device"]) for row in rows] == [("p%d" % nic.number, nic.address) for nic in NICS]
    assert [row["driver"] for row in rows] == [
        {"e1000e": "net_e1000_em", "vmxnet3": "net_vmxnet3", "virtio-net": "net_virtio"}[nic.model] for nic in NICS]


# RFC 4541 section 2.1.2: a group's data goes to its members, whichever card they are on.
@pytest.mark.parametrize("member", EACH_CARD)
def test_a_join_brings_the_stream_to_the_member_only(vm, switch, member):
    group = "239.81.%d.7" % member
    sender, *rest = others(member)
    assert vm.reached(sender, group) == set()
    receiver = vm.host(member).join(group)
    vm.settles(sender, group, {member})
    assert switch.members(group) == {"p%d" % member}
    receiver.payloads().clear()
    began = vm.now()
    with vm.host(sender).stream(group, 400) as stream:
        eventually(lambda: stream.sent >= DATAGRAMS, "the stream is sent")
    vm.fence(sender)
    assert [int(payload) for payload in receiver.payloads()] == list(range(stream.sent))
    assert {n: numbers_on_link(vm, n, group, began) for n in rest} == {n: [] for n in rest}
    fact("  join on %s: %d datagrams from %s, each once and in order; 0 to the other cards" % (
        MODELS[member], stream.sent, MODELS[sender]))


# RFC 2236 section 3: asked twice, one interval apart, then pruned; members on other cards keep the stream.
@pytest.mark.parametrize("member", EACH_CARD)
def test_a_leave_is_followed_by_two_group_specific_queries_and_the_prune(vm, switch, member):
    group = "239.82.%d.7" % member
    sender, stays, _ = others(member)
    receiver, stayer = vm.host(member).join(group), vm.host(stays).join(group)
    vm.settles(sender, group, {member, stays})
    stayer.payloads().clear()
    wire = vm.host(member).wire
    with vm.host(sender).stream(group):
        wire.wait(lambda f: f.is_data(group))
        left = receiver.leave()
        eventually(lambda: vm.now() > left + INTERVAL and not numbers_on_link(vm, member, group, vm.now() - 0.6),
                   "the stream to host %d ends" % member, within=SOON)
    vm.fence(sender)
    queries = wire.received(lambda f: f.is_query(group), left)
    data = wire.received(lambda f: f.is_data(group), left)
    assert len(queries) == 2
    assert abs(queries[1].time - queries[0].time - INTERVAL) < INTERVAL / 2
    for query in queries:
        assert (query.source, query.destination, query.ttl, query.router_alert, query.igmp_code) == (
            "10.77.0.200", group, 1, True, round(INTERVAL * 10))
    # No host loses the stream before the last member query time is over.
    assert data[-1].time - queries[0].time > 1.5 * INTERVAL
    assert not vm.host(stays).wire.received(lambda f: f.is_query(group))
    numbers = [int(payload) for payload in stayer.payloads()]
    assert numbers == list(range(numbers[0], numbers[-1] + 1)) and len(numbers) > 200
    assert switch.members(group) == {"p%d" % stays}
    fact("  leave on %s: asked after %.1f ms and %.3f s later, pruned %.3f s after the leave" % (
        MODELS[member], (queries[0].time - left) * 1e3, queries[1].time - queries[0].time, data[-1].time - left))


# R2236-23: the specific query reaches a Linux host's kernel, which answers; nothing is lost.
@pytest.mark.parametrize("member", EACH_CARD)
def test_a_host_that_answers_the_group_specific_query_keeps_the_stream(vm, switch, member):
    group = "239.83.%d.7" % member
    sender = others(member)[0]
    receiver = vm.host(member).join(group)
    vm.settles(sender, group, {member})
    receiver.payloads().clear()
    with vm.host(sender).stream(group):
        # Another host of the same link leaves.
        left = vm.host(member).send_igmp(Report(group, frames.LEAVE), source="10.77.0.52", mac="02:00:00:00:00:52")
        vm.host(member).wire.wait(lambda f: f.is_query(group), left)
        vm.host(member).wire.wait_sent(lambda f: f.is_igmp(frames.REPORT_V2, group), left)
        vm.until(left + 3 * INTERVAL)
    vm.fence(sender)
    numbers = [int(payload) for payload in receiver.payloads()]
    assert numbers == list(range(numbers[-1] + 1)) and len(numbers) > 300
    assert switch.members(group) == {"p%d" % member}


def test_members_on_all_cards_share_a_stream(vm, switch):
    for sender in MODELS:
        group = "239.84.%d.7" % sender
        receivers = {n: vm.host(n).join(group) for n in others(sender)}
        vm.settles(sender, group, set(receivers))
        for receiver in receivers.values():
            receiver.payloads().clear()
        with vm.host(sender).stream(group, 400) as stream:
            eventually(lambda: stream.sent >= DATAGRAMS, "the stream is sent")
        vm.fence(sender)
        for number, receiver in receivers.items():
            assert [int(payload) for payload in receiver.payloads()] == list(range(stream.sent)), MODELS[number]


def test_long_frames_pass_whole(vm, switch):
    group = "239.85.1.7"
    receivers = {n: vm.host(n).join(group) for n in others(1)}
    vm.settles(1, group, set(receivers))
    for receiver in receivers.values():
        receiver.payloads().clear()
    payload = bytes(n % 251 for n in range(1500 - 28))
    vm.host(1).send(group, payload)
    vm.fence(1)
    assert {n: receiver.payloads() for n, receiver in receivers.items()} == {n: [payload] for n in receivers}


def test_unicast_is_learned_on_every_card(vm, switch):
    for number, host in vm.hosts.items():
        host.wire.send(frames.ethernet(frames.BROADCAST, host.mac, 0x88b5, b"here %d" % number))
        vm.fence(number)
    for sender in MODELS:
        for target in others(sender):
            mark = b"from %d to %d" % (sender, target)
            vm.host(sender).wire.send(
                frames.ethernet(vm.host(target).mac, vm.host(sender).mac, 0x88b5, mark))
            vm.fence(sender)
            assert {n for n, host in vm.hosts.items() if host.wire.received(lambda f: mark in f.raw)} == {target}
