# SPDX-License-Identifier: BSD-3-Clause
"""A port that cannot send, or sends slowly, costs its own frames and no other port's time.

Host 1 floods a group whose only member, host 2, is behind the slow port. Host 3 sends a paced stream to host 4 through
the same worker, and has to lose nothing. Whether the worker was held up is asked of the kernel: one that polls never
sleeps. (The delay of the stream is printed only, since it is also longer when something else takes the worker's core.)
"""

import signal
import struct
import threading
import time

import pytest

from lab import eventually
from lab.netns import run
from lab.worker import WorkerClock

FLOOD, PACED = "239.85.1.1", "239.85.2.2"
RATE = 200
SECONDS = 4
# A worker that waits for a 1 Mbit/s egress sleeps for half a second, again and again.
LONGEST_SLEEP = 0.1


class Pacer(threading.Thread):
    """Stamped datagrams to PACED from a host, RATE a second."""

    def __init__(self, host):
        super().__init__(daemon=True)
        self.host, self.sent, self.end = host, 0, threading.Event()

    def run(self):
        due = time.monotonic()
        while not self.end.is_set():
            self.host.send(PACED, struct.pack("!Id", self.sent, time.time()))
            self.sent += 1
            due += 1 / RATE
            self.end.wait(max(0.0, due - time.monotonic()))


def flood(host, seconds):
    """Some 20 Mbit/s in full-sized frames, in bursts that the receive ring of the port can hold."""
    payload = bytes(1400)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for _ in range(20):
            host.send(FLOOD, payload)
        time.sleep(0.01)


def drops(switch, port):
    row, = [row for row in switch.query("ports") if row["port"] == port]
    return row["tx_queue_full"]


def asleep_beside(lab, meanwhile):
    """Seconds for which the worker slept while host 1 flooded; meanwhile() is called when the slow port has had the
    time to fill up."""
    clock = WorkerClock(lab.switches[0])
    pacer = Pacer(lab.host(3))
    start = time.time()
    pacer.start()
    flood(lab.host(1), SECONDS / 2)
    meanwhile()
    flood(lab.host(1), SECONDS / 2)
    _, _, asleep = clock.read()
    pacer.end.set()
    pacer.join()
    mark = lab.host(3).send_fence()
    lab.host(4).wire.wait(lambda f: mark in f.raw)
    heard = lab.host(4).wire.received(lambda f: f.destination == PACED and f.time >= start)
    numbers, delays = [], []
    for frame in heard:
        number, sent = struct.unpack("!Id", frame.udp_payload)
        numbers.append(number)
        delays.append(frame.time - sent)
    assert numbers == list(range(pacer.sent))
    delays.sort()
    print("paced stream of %d datagrams next to the slow port: median delay %.3f ms, longest %.1f ms; worker asleep "
          "for %.0f ms" % (len(delays), delays[len(delays) // 2] * 1e3, delays[-1] * 1e3, asleep * 1e3))
    return asleep


@pytest.fixture
def four(make_lab):
    """Four hosts; host 2 is the member of FLOOD and host 4 of PACED. Port 2 sends through the queueing discipline of
    its interface, which the device otherwise passes by: so a shaper can play the part of a slow network card."""
    lab = make_lab(hosts=4)
    switch = lab.switch(snooping={"unregistered": "router-ports"}, igmp={"version": 2},
                        port={2: {"device": "net_af_packet2,iface=sw2,qdisc_bypass=0"}})
    lab.host(2).join(FLOOD)
    lab.host(4).join(PACED)
    lab.settles(1, FLOOD, {2})
    lab.settles(3, PACED, {4})
    return lab, switch


def shape(lab, interface, limit):
    run("tc", "-n", lab.switch_namespace.name, "qdisc", "add", "dev", interface, "root", "tbf", "rate", "1mbit",
        "burst", "2kb", "limit", limit)


# The queue of the interface is so long that the kernel takes frames until the socket's send buffer is full.
@pytest.mark.parametrize("meanwhile", [
    lambda lab: None,
    lambda lab: lab.host(2).set_link(False),
    lambda lab: lab.switch_namespace.ip("link", "set", "sw2", "down")],
    ids=["stays slow", "loses carrier then", "is set down then"])
def test_an_interface_that_sends_slowly_does_not_hold_up_the_others(four, meanwhile):
    lab, switch = four
    before = drops(switch, "p2")
    shape(lab, "sw2", "10mb")
    asleep = asleep_beside(lab, lambda: meanwhile(lab))
    assert drops(switch, "p2") > before
    assert drops(switch, "p4") == 0
    assert asleep < LONGEST_SLEEP


# What was queued is sent once there is room again: the port is not lost.
def test_a_slow_port_recovers(four):
    lab, switch = four
    shape(lab, "sw2", "10mb")
    flood(lab.host(1), 1)
    run("tc", "-n", lab.switch_namespace.name, "qdisc", "del", "dev", "sw2", "root")
    eventually(lambda: lab.reached(1, FLOOD) == {2}, "the group reaches its member again")


# A device that does not block by itself: the other side of the memif is a switch that has been stopped in its tracks.
def test_a_port_whose_other_side_takes_nothing_costs_only_its_own_frames(make_lab):
    lab = make_lab(hosts=3)
    flood_all = {"unregistered": "flood"}
    memif = "net_memif0,id=0,socket-abstract=no,socket=%s,role=%s"
    other = lab.prepare(ports=[3], snooping=flood_all)
    path = other.directory / "memif.sock"
    switch = lab.switch(ports=[1, 2], snooping=flood_all, port_tables=[
        {"name": "shared", "device": memif % (path, "server")}])
    other.config.write_text(lab.config(other.name, ports=[3], snooping=flood_all, port_tables=[
        {"name": "shared", "device": memif % (path, "client")}]))
    other.start()
    eventually(lambda: switch.query("ports")[2]["link"] == "up", "both sides are connected")
    lab.settles(1, FLOOD, {2, 3})
    since = time.time()

    def heard():
        return [f.udp_payload for f in lab.host(2).wire.received(lambda f: f.is_data(FLOOD), since)]
    other.process.send_signal(signal.SIGSTOP)
    try:
        clock = WorkerClock(switch)
        before = {row["port"]: row for row in switch.query("ports")}
        for number in range(5000):
            lab.host(1).send(FLOOD, b"%08d" % number)
            if number % 20 == 0:
                time.sleep(0.005)
        eventually(lambda: len(heard()) >= 5000, "host 2 has them all")
        _, _, asleep = clock.read()
        after = {row["port"]: row for row in switch.query("ports")}
    finally:
        other.process.send_signal(signal.SIGCONT)
    assert heard() == [b"%08d" % number for number in range(5000)]
    assert after["shared"]["tx_queue_full"] > before["shared"]["tx_queue_full"]
    assert after["p2"]["tx_dropped"] == before["p2"]["tx_dropped"]
    assert asleep < LONGEST_SLEEP
