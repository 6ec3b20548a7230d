# SPDX-License-Identifier: BSD-3-Clause
"""A memif whose other side comes and goes at will, while the switch moves frames through it."""

import shutil
import signal
import socket
import struct
import tempfile
import threading
import time

import pytest

from conftest import QUERIER
from lab import eventually
from lab.memif import MemifClient, Refused

GROUP = "239.86.1.1"
NUMBER = 7
RATE = 500
VISITS = 200
A, B = bytes.fromhex("020000000a01"), bytes.fromhex("020000000b01")


def hairpins():
    """Frames between two stations on the same port: the switch takes them in, learns, and sends them nowhere."""
    return [destination + source + b"\x88\xb5" + bytes(46) for destination, source in ((A, B), (B, A))]


class Pacer(threading.Thread):
    """Numbered datagrams from a host."""

    def __init__(self, host):
        super().__init__(daemon=True)
        self.host, self.sent, self.end = host, 0, threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.end.set()
        self.join()

    def run(self):
        while not self.end.wait(1 / RATE):
            self.host.send(GROUP, struct.pack("!I", self.sent))
            self.sent += 1


@pytest.fixture
def shared(make_lab):
    """Two hosts on ports 1 and 2, and a memif that all multicast is flooded to as well."""
    lab = make_lab(hosts=2)
    directory = tempfile.mkdtemp(prefix="memif-")
    path = directory + "/socket"
    switch = lab.switch(snooping={"unregistered": "flood"}, port_tables=[
        {"name": "shared", "device": "net_memif0,id=%d,socket-abstract=no,socket=%s,role=server" % (NUMBER, path)}])
    yield lab, switch, path
    shutil.rmtree(directory, ignore_errors=True)


def visit(switch, path):
    """A new other side. The switch has to see first that the last one is gone."""
    def attempt():
        assert switch.is_running(), "the switch ended with %s" % switch.process.returncode
        try:
            return MemifClient(path, NUMBER, hairpins())
        except (Refused, ConnectionRefusedError, TimeoutError):
            return None
    return eventually(attempt, "the switch takes a new other side")


def moves(client):
    """The switch takes frames from this side and sends some to it, 2000 and 5 of them."""
    taken, given = client.sent(), client.received()

    def both():
        client.send()
        client.offer()
        return (client.sent() - taken) % 65536 > 2000 and (client.received() - given) % 65536 >= 5
    return both


# DPDK unmaps the memory in a thread of its own; a worker that is just using it would be the end of the switch.
def test_another_side_that_vanishes_again_and_again_does_no_harm(shared):
    lab, switch, path = shared
    with Pacer(lab.host(1)) as pacer:
        for number in range(VISITS):
            client = visit(switch, path)
            eventually(moves(client), "frames pass both ways on visit %d" % number)
            client.send()  # So that the worker is in the middle of it.
            client.vanish()
        client = visit(switch, path)
        eventually(lambda: switch.query("ports")[2]["link"] == "up", "the port has its link")
        eventually(moves(client), "the port works as on the first day")
    lab.fence(1)
    heard = [struct.unpack("!I", frame.udp_payload)[0]
             for frame in lab.host(2).wire.received(lambda f: f.is_data(GROUP))]
    assert heard == list(range(pacer.sent))
    row = switch.query("ports")[2]
    assert row["port"] == "shared" and row["rx_packets"] > 2000 * VISITS
    client.vanish()
    eventually(lambda: switch.query("ports")[2]["link"] == "down", "the port has lost its link")


# DPDK greets what it has accepted, and forgot a callback where that failed.
def test_clients_that_are_gone_before_they_are_greeted_do_no_harm(shared):
    lab, switch, path = shared
    for _ in range(VISITS):
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as passer_by:
            passer_by.connect(path)
    with Pacer(lab.host(1)):
        client = visit(switch, path)
        eventually(moves(client), "the port works as before")
        client.vanish()


# The switch as the client: it provides the memory, and connects again. The server that was killed has left its socket,
# on which nobody listens.
def test_a_server_that_is_killed_does_no_harm_and_is_found_again(make_lab):
    lab = make_lab(hosts=3)
    device = "net_memif0,id=%d,socket-abstract=no,socket=%s,role=%s"
    server = lab.prepare(ports=[3])
    path = server.directory / "socket"
    flood = {"unregistered": "flood"}
    server.config.write_text(lab.config(server.name, ports=[3], snooping=flood, port_tables=[
        {"name": "shared", "device": device % (NUMBER, path, "server")}]))
    server.start()
    switch = lab.switch(ports=[1, 2], snooping=flood, port_tables=[
        {"name": "shared", "device": device % (NUMBER, path, "client")}])
    for each, port in (server, 1), (switch, 2):
        eventually(lambda: each.query("ports")[port]["link"] == "up", "both ends of the memif have their link")
    lab.settles(1, GROUP, {2, 3})
    with Pacer(lab.host(1)):
        server.expected_code = -signal.SIGKILL
        server.process.kill()
        server.wait()
        eventually(lambda: switch.query("ports")[2]["link"] == "down", "the port has lost its link")
    assert switch.is_running()
    mark = lab.host(1).send_fence()
    lab.host(2).wire.wait(lambda f: mark in f.raw)
    assert path.is_socket()
    server.expected_code = 0
    server.start()
    eventually(lambda: switch.query("ports")[2]["link"] == "up", "the port has its link again")
    lab.settles(1, GROUP, {2, 3})
    # And once more, after a clean end.
    assert server.stop() == 0
    eventually(lambda: switch.query("ports")[2]["link"] == "down", "the port has lost its link")
    server.start()
    eventually(lambda: switch.query("ports")[2]["link"] == "up", "the port has its link again")
    lab.settles(1, GROUP, {2, 3})


# What is no socket, and a socket on which somebody listens, is not ours to remove.
def test_a_file_in_the_place_of_the_socket_stays(make_lab):
    lab = make_lab(hosts=1)
    switch = lab.prepare()
    path = switch.directory / "socket"
    switch.config.write_text(lab.config(switch.name, port_tables=[
        {"name": "shared", "device": "net_memif0,id=1,socket-abstract=no,socket=%s,role=server" % path}]))
    path.write_text("somebody's")
    switch.expected_code = 1
    assert switch.start(wait=False).wait() == 1
    assert path.read_text() == "somebody's"


# A server sends into buffers that the client provides, with its first look at the ring: the query that is due when the
# link comes up is offered until there are some. The next one would be due half a minute later.
def test_the_first_query_reaches_a_client_that_has_just_connected(make_lab):
    lab = make_lab(hosts=2)
    device = "net_memif0,id=%d,socket-abstract=no,socket=%s,role=%s"
    server = lab.prepare(ports=[1])
    path = server.directory / "socket"
    server.config.write_text(lab.config(
        server.name, ports=[1], igmp=dict(QUERIER, **{"query-interval": 60, "startup-query-interval": 30}),
        port_tables=[{"name": "shared", "device": device % (NUMBER, path, "server")}]))
    server.start()
    lab.host(1).wire.wait(lambda f: f.is_query())
    client = lab.switch(ports=[2], igmp={"version": 2}, port_tables=[
        {"name": "shared", "device": device % (NUMBER, path, "client")}])
    before = time.monotonic()
    lab.host(2).wire.wait(lambda f: f.is_query())
    assert time.monotonic() - before < 20
    assert client.query("routers")[0]["port"] == "shared"
