# SPDX-License-Identifier: BSD-3-Clause
"""Hosts in namespaces that leave work to the device, as kernels do on veth pairs unless told otherwise: checksums,
which the switch completes, and segmentation, which it reports."""

import socket
import threading

import pytest

from conftest import QUERIER
from lab import eventually
from lab.netns import GSO, TSO, offload_off

GROUP = "239.15.1.1"
PORT = 5005
COUNT = 50
EITHER = pytest.mark.parametrize("device", ["net_af_packet%d,iface=sw%d", "net_af_xdp%d,iface=sw%d"],
                                 ids=["af_packet", "af_xdp"])
COMMAND = "ethtool -K INTERFACE tso off gso off"


def switch_on(lab, device="net_af_packet%d,iface=sw%d"):
    return lab.switch(igmp=QUERIER, port={n: {"device": device % (n, n)} for n in lab.hosts})


class Server:
    """Takes one connection and answers each `size` bytes with as many others."""

    def __init__(self, host, size):
        self.size = size
        with host.namespace.inside():
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.bind((host.address, PORT))
        self._socket.listen()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        connection, _ = self._socket.accept()
        with connection:
            while heard := receive(connection, self.size):
                connection.sendall(heard[::-1])

    def close(self):
        self._socket.close()
        self._thread.join()


def receive(connection, size):
    """So many bytes; fewer at the end."""
    heard = b""
    while len(heard) < size and (more := connection.recv(size - len(heard))):
        heard += more
    return heard


def connect(host, to):
    with host.namespace.inside():
        connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    connection.settimeout(60)
    connection.connect((to.address, PORT))
    return connection


@EITHER
def test_datagrams_arrive_whose_checksum_was_left_to_the_device(make_lab, device):
    lab = make_lab(hosts=2, offloads=True)
    switch_on(lab, device)
    receiver = lab.host(2).join(GROUP)
    lab.settles(1, GROUP, {2})
    sent = [b"datagram %d" % n for n in range(COUNT)]
    for payload in sent:
        lab.host(1).send(GROUP, payload)
    lab.fence(1)
    assert [payload for payload in receiver.payloads() if payload.startswith(b"datagram")] == sent


@EITHER
def test_tcp_between_two_such_hosts_works(make_lab, device):
    lab = make_lab(hosts=2, offloads=True)
    switch_on(lab, device)
    server = Server(lab.host(2), 1000)
    with connect(lab.host(1), lab.host(2)) as connection:
        for number in range(COUNT):
            said = bytes((number + n) % 256 for n in range(1000))
            connection.sendall(said)
            assert receive(connection, 1000) == said[::-1]
    server.close()


def test_what_is_longer_than_the_mtu_is_reported_once_with_the_command_that_ends_it(make_lab):
    lab = make_lab(hosts=2, offloads=True)
    switch = switch_on(lab)
    size = 400_000
    server = Server(lab.host(2), size)
    with connect(lab.host(1), lab.host(2)) as connection:
        said = bytes(n * 7 % 251 for n in range(size))
        sender = threading.Thread(target=connection.sendall, args=(said,), daemon=True)
        sender.start()
        eventually(lambda: COMMAND in switch.stderr(), "the log has the command")
        # What the command does, at both hosts' ends.
        for number in 1, 2:
            offload_off(lab.host(number).namespace, "eth0", (TSO, GSO))
        sender.join()
        assert receive(connection, size) == said[::-1]
    server.close()
    assert switch.stderr().count(COMMAND) == 1
    assert switch.query("ports")[0]["rx_too_long"] > 0
