# SPDX-License-Identifier: BSD-3-Clause
"""Two workers: a card with several queues is shared between them, each of the others belongs to one.

Of these cards only virtio-net with RSS can have two receive queues here: it is configured to spread UDP alone, and what
it does not spread, IGMP and MLD among it, comes by the first queue. What virtio-net without RSS receives is spread by
the kernel outside over all pairs of queues that the driver has taken: it has to take one.
"""

import socket
import threading

import pytest

from conftest import EACH_CARD, MODELS, PRUNE, QUERIER, SOON, fact
from lab import eventually, wait_until
from lab.host import PORT

GROUPS, FLOWS, DATAGRAMS = 6, 24, 60


@pytest.fixture(scope="module")
def switch(one_switch):
    return one_switch(snooping=PRUNE, igmp=QUERIER, switch={"worker-cores": [1, 2]}, port={3: {"rx-queues": 2}})


class Flows:
    """Senders of one host with ports of their own, in turn to each of the groups: a card that spreads flows over its
    queues has something to spread."""

    def __init__(self, host, groups):
        self._groups = groups
        with host.namespace.inside():
            self._sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(FLOWS)]
        for number, sock in enumerate(self._sockets):
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 8)
            sock.bind((host.address, 40000 + 7 * number))

    def send(self, pause):
        """Datagrams "FLOW NUMBER", one of each flow in turn."""
        wait = threading.Event()
        for number in range(DATAGRAMS):
            for flow, sock in enumerate(self._sockets):
                sock.sendto(b"%d %d" % (flow, number), (self._groups[flow % GROUPS], PORT))
            wait.wait(pause)

    def close(self):
        for sock in self._sockets:
            sock.close()


def by_flow(payloads):
    parted = {}
    for payload in payloads:
        flow, number = payload.split()
        parted.setdefault(int(flow), []).append(int(number))
    return parted


# docs/choices.md: order is kept per flow, whichever queue and worker it goes through; nothing twice, nothing lost.
@pytest.mark.parametrize("sender", EACH_CARD)
def test_many_flows_arrive_whole_and_each_in_order(vm, switch, sender):
    groups = ["239.96.%d.%d" % (sender, 7 + n) for n in range(GROUPS)]
    members = [n for n in MODELS if n != sender]
    receivers = {n: [vm.host(n).join(group) for group in groups] for n in members}
    wanted = {(group, "p%d" % n) for group in groups for n in members}
    eventually(lambda: wanted <= {(row["group"], row["port"]) for row in switch.query("groups")},
               "all are members")
    flows = Flows(vm.host(sender), groups)
    try:
        flows.send(0.02)
    finally:
        flows.close()
    wanted = {flow: list(range(DATAGRAMS)) for flow in range(FLOWS)}
    for n in members:
        def came():
            return [payload for receiver in receivers[n] for payload in receiver.payloads()]
        wait_until(lambda: len(came()) >= FLOWS * DATAGRAMS)
        assert by_flow(came()) == wanted, "%s to %s: %d of %d datagrams" % (
            MODELS[sender], MODELS[n], len(came()), FLOWS * DATAGRAMS)
    fact("  flows from %s: %d of %d datagrams each, whole and in order at the other three" % (
        MODELS[sender], FLOWS, DATAGRAMS))


# Whatever queue a report or leave comes by, it counts.
@pytest.mark.parametrize("member", EACH_CARD)
def test_joins_and_leaves_count_with_two_workers(vm, switch, member):
    group = "239.97.%d.7" % member
    receiver = vm.host(member).join(group)
    eventually(lambda: switch.members(group) == {"p%d" % member}, "a member")
    left = receiver.leave()
    vm.host(member).wire.wait(lambda f: f.is_query(group), left, count=2)
    eventually(lambda: switch.members(group) == set(), "no member any more", within=SOON)


# And the others send through the worker that has the one transmit queue.
def test_queues_are_shared_by_two_workers(vm, switch):
    ports = {row["port"]: row for row in switch.query("ports")}
    assert {name: row["rx_queues"] for name, row in ports.items()} == {"p1": 1, "p2": 1, "p3": 2, "p4": 1}
    assert {name: row["tx_queues"] for name, row in ports.items()} == {"p1": 2, "p2": 2, "p3": 2, "p4": 1}
    rows = switch.query("workers")
    assert [row["core"] for row in rows] == [1, 2]
    queues = [set(row["queues"].split()) for row in rows]
    assert queues[0] | queues[1] == {"p1:0", "p2:0", "p3:0", "p3:1", "p4:0"}
    assert not queues[0] & queues[1]
    assert ("p3:0" in queues[0]) != ("p3:1" in queues[0])
    owner = next(n for n, own in enumerate(queues) if "p4:0" in own)
    assert rows[owner]["taken_over"] == rows[1 - owner]["handed_over"] > 0
    for line in switch.ctl("workers").stdout.splitlines() + switch.ctl("ports").stdout.splitlines():
        fact("  " + line)
