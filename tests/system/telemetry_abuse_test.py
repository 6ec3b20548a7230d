# SPDX-License-Identifier: BSD-3-Clause
"""Telemetry clients that misbehave: whatever they do, frames are forwarded, memberships come and go, other clients are
answered and the switch ends when it is asked to."""

import contextlib
import os
import random
import time

import pytest

from lab import PATIENCE, Report, eventually, frames, igmpv3
from lab.telemetry import TelemetryClient

STREAM, OTHER = "239.84.1.1", "239.84.2.2"
RATE = 500
PRUNE = {"unregistered": "router-ports"}


@pytest.fixture
def streaming(lab):
    """A switch with a stream from host 1 to host 2, who must have each datagram once and in order at the end."""
    switch = lab.switch(snooping=PRUNE, igmp={"version": 2})
    receiver = lab.host(2).join(STREAM)
    lab.settles(1, STREAM, {2})
    receiver.payloads().clear()
    stream = lab.host(1).stream(STREAM, RATE)
    with stream:
        yield switch
    lab.fence(1)
    assert receiver.payloads() == [b"%08d" % number for number in range(stream.sent)]
    assert stream.sent > 0


def answers(switch):
    done = switch.ctl("groups")
    return done.returncode == 0 and STREAM in done.stdout


@contextlib.contextmanager
def ten_clients(switch, request=None):
    """Ten at once, who never read; with `request` they send that until the switch takes no more."""
    clients = [TelemetryClient(switch) for _ in range(10)]
    try:
        if request:
            for client in clients:
                assert client.send_until_full(request) > 0
        yield clients
    finally:
        for client in clients:
            client.close()


@pytest.mark.parametrize("request_text", [None, "/mcswitch/counters", "/ethdev/list"])
def test_ten_clients_that_do_not_read_keep_nobody_from_asking(streaming, request_text):
    with ten_clients(streaming, request_text):
        start = time.monotonic()
        assert answers(streaming)
        assert time.monotonic() - start < PATIENCE


# Groups that have ended give their room back after a grace period, which every reader of the tables has to let pass.
def test_clients_that_do_not_read_hold_no_memory_of_groups(lab):
    count = 300
    switch = lab.switch(snooping=PRUNE, igmp={"version": 2}, switch={"max-groups": count},
                        port={1: {"fast-leave": True}})

    def report(kind, net):
        groups = ["239.84.%d.%d" % (net + n // 250, n % 250 + 1) for n in range(count)]
        for start in range(0, count, 100):
            lab.host(1).send_report_v3(*[(kind, group) for group in groups[start:start + 100]])
        lab.fence(1)
        return groups

    def listed():
        return {row["group"] for row in switch.query("groups")}

    first = report(igmpv3.CHANGE_TO_EXCLUDE, 10)
    assert listed() == set(first)
    with ten_clients(switch, "/mcswitch/groups"):
        for group in first:
            lab.host(1).send_igmp(Report(group, frames.LEAVE))
        lab.fence(1)
        eventually(lambda: not listed(), "all have left")
        second = report(igmpv3.CHANGE_TO_EXCLUDE, 20)
        if listed() != set(second):  # Their room came back while they asked for it: once more is then enough.
            report(igmpv3.CHANGE_TO_EXCLUDE, 20)
        assert listed() == set(second)


def test_clients_that_go_before_their_replies_end_nothing(streaming):
    for _ in range(3):
        with ten_clients(streaming, "/mcswitch/ports"):
            pass
    eventually(lambda: answers(streaming), "others are answered")


def test_the_switch_ends_in_time_while_clients_hang(lab):
    switch = lab.switch()
    with ten_clients(switch, "/mcswitch/counters"):
        start = time.monotonic()
        assert switch.stop() == 0
        assert time.monotonic() - start < PATIENCE


def test_garbled_requests_are_answered_and_change_nothing(streaming):
    known = ["/mcswitch/%s" % noun for noun in ("info", "ports", "groups", "routers", "queriers", "macs", "counters",
                                                "workers")]
    rng = random.Random(84)
    groups = streaming.query("groups")
    with TelemetryClient(streaming) as client:
        client.receive()
        for number in range(2000):
            request = rng.choice(known).encode() + rng.choice([b"", b",", b",limit=", b",after=", b",port=", b",tag="])
            request += bytes(rng.choice(b"0123456789=,%|+\"\\\0\xff ,,==-") for _ in range(rng.randrange(80)))
            if number % 5 == 0:
                request = os.urandom(rng.randrange(1, 1500))
            client.send(request)
            assert client.receive(), request
        assert client.ask("/mcswitch/groups,group=" + STREAM)["rows"]
    after = streaming.query("groups")
    assert [(row["group"], row["port"]) for row in after] == [(row["group"], row["port"]) for row in groups]


def test_ten_readers_at_once_all_get_whole_replies(streaming):
    clients = [TelemetryClient(streaming) for _ in range(9)]
    for client in clients:
        client.receive()
    for number in range(50):
        for place, client in enumerate(clients):
            client.send("/mcswitch/counters,limit=40,tag=%d" % (1000 * place + number))
        for place, client in enumerate(clients):
            assert b'"tag":%d,' % (1000 * place + number) in client.receive()
        if number % 25 == 0:  # The tenth.
            assert answers(streaming)
    for client in clients:
        client.close()
