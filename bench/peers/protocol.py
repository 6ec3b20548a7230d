# SPDX-License-Identifier: BSD-3-Clause
"""Distinct joins that a switch takes in a second, all from one port, no stream running.

mcswitch and Open vSwitch read a capture of them once; their own counters are looked at as often as they answer, and the
rate is that between the first and the last look at which some had been taken and some had not. The Linux bridge works
in the call of the sender, a host behind a veth pair or XDP in the place of a driver; its table is counted afterwards.
What a switch has not learned is an error. Seconds are those in which the worker had the processor, as with
the rates."""

import contextlib
import socket
import time

from lab import Switch, eventually, program, to_toml
from lab.telemetry import TelemetryClient, rows

import captures
import results
import xdp
from linux_bridge import LinuxBridge
from open_vswitch import BRIDGE, OpenVSwitch
from mmsg import MessageBatch
from processes import PREFIX, on_all_cores
from workload import worker_task

LEVEL_BRIDGE, LEVEL_JOINS, LEVEL_GROUPS = 5.0, 1.5e6, 100_000
# Each with what its tables are for and what takes a reasonable time.
GROUPS = {"mcswitch": (100_000, 1_000_000), "bridge": (10_000, 100_000), "bridge/xdp": (10_000, 100_000),
          "ovs": (10_000, 100_000)}
_PORT = 1


class WorkerSeconds:
    """Processor time of the one thread of a process that never sleeps, to the microsecond. For a thread of another
    process the kernel gives the time only as of its last tick, but for a process as of now; the other threads sleep
    often, and theirs is right."""

    def __init__(self, pid, name):
        self._clock = ~pid << 3 | 2  # MAKE_PROCESS_CPUCLOCK(pid, CPUCLOCK_SCHED)
        worker = worker_task(pid, name)
        self._others = {task / "schedstat": 0 for task in worker.parent.iterdir() if task != worker}

    def __call__(self):
        for path in self._others:
            with contextlib.suppress(OSError):  # A thread that has ended had what it had.
                self._others[path] = int(path.read_text().split()[0])
        return time.clock_gettime(self._clock) - sum(self._others.values()) / 1e9


def slope(samples, total):
    """Joins a second from (seconds, joins so far)."""
    inside = [sample for sample in samples if 0 < sample[1] < total]
    if len(inside) < 2 or inside[-1][1] - inside[0][1] < total // 5:
        raise RuntimeError("%d joins were over too soon to be timed: %d looks in between" % (total, len(inside)))
    (begin, first), (end, last) = inside[0], inside[-1]
    return (last - first) / (end - begin)


def _watch(count, clock, total, limit):
    """Polls until all are there; it is an error if that takes more than `limit` seconds. Returns what it saw."""
    samples, end = [], time.monotonic() + limit
    while not samples or samples[-1][1] < total:
        before = clock()
        value = count()
        after = clock()
        samples.append(((before + after) / 2, value))
        if time.monotonic() > end:
            raise RuntimeError("only %d of %d joins were taken in %g s" % (value, total, limit))
    return samples


def mcswitch(place, options, groups, capture):
    folder = place.folder_for("mcswitch")
    config = to_toml({
        "switch": {"name": PREFIX, "main-core": options.main_core, "worker-cores": [options.worker_core],
                   "hugepages": "required" if options.hugepages else "off", "eal-args": ["--no-pci"],
                   "max-groups": 2 * groups},
        "igmp": {"version": 2},
        "port": [{"name": "sink", "device": "net_pcap%d,rx_pcap=%s" % (_PORT, capture)}]})
    switch = Switch(place.namespace, PREFIX, config, folder, str(folder))
    try:
        with on_all_cores():
            switch.start(wait=False)
        # "Ready" is too late: by then all joins are in. The socket is there before the switch has any numbers.
        with eventually(lambda: _client(switch), "mcswitch's telemetry answers", within=30) as client:
            def count():
                reply = client.ask("/mcswitch/ports")
                return int(rows(reply)[0]["groups"]) if reply else 0
            clock = WorkerSeconds(switch.process.pid, "worker")
            return slope(_watch(count, clock, groups, 60), groups)
    finally:
        switch.discard()


def _client(switch):
    if not switch.is_running():
        raise RuntimeError("mcswitch has ended: " + switch.stderr())
    with contextlib.suppress(OSError):
        client = TelemetryClient(switch, timeout=20)
        client.receive()
        return client
    return None


def ovs(place, options, groups, capture):
    switch = OpenVSwitch(place, options.main_core, options.worker_core, options.hugepages, groups + 1000)
    try:
        switch.start()
        switch.add_ports({"sink": "net_pcap%d,rx_pcap=%s" % (_PORT, capture)})

        def received():
            return switch.counters()["sink"][0]
        # The first time they are read before the bridge knows the port, or while it gets to know it.
        eventually(lambda: received() >= groups, "Open vSwitch has read the joins", within=120)
        switch.ask("mdb/flush", BRIDGE)
        before = received()
        switch.restart_devices(["sink"])
        # A look says how many frames the worker has taken; it deals with each burst before it takes the next.
        clock = WorkerSeconds(switch.daemon.process.pid, "pmd-c")
        rate = slope(_watch(lambda: received() - before, clock, groups, 120), groups)
        switch.settle(groups, 30)
        return rate
    finally:
        switch.stop()


def _bridge(place, options, groups, send):
    """`send(bridge)` sends the joins and returns the seconds that the processor needed."""
    switch = LinuxBridge(place, hash_max=1 << (2 * groups).bit_length())
    try:
        switch.add_sink("sink")
        switch.wait_until_trusted()
        with xdp.on_core(options.worker_core):
            seconds = send(switch)
        learned = switch.memberships()
        if learned != groups:
            raise RuntimeError("the Linux bridge has learned %d of %d groups" % (learned, groups))
        return groups / seconds
    finally:
        switch.remove()


def bridge(place, options, groups, _capture):
    """From a host at the far end of a veth pair."""
    batch = MessageBatch(captures.joins(_PORT, groups))

    def send(switch):
        with switch.far.inside(), socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
            sock.bind(("sinkf", 0))
            sock.setsockopt(263, 20, 1)  # SOL_PACKET, PACKET_QDISC_BYPASS
            begin = time.thread_time()
            batch.send(sock)
            return time.thread_time() - begin
    return _bridge(place, options, groups, send)


def bridge_xdp(place, options, groups, _capture):
    """As from the driver of its port."""
    frame = next(captures.joins(_PORT, 1))

    def send(switch):
        with switch.near.inside():
            index = socket.if_nametoindex("sink")
            xdp.attach(index, xdp.load(xdp.passing()))
            program_fd = xdp.load(xdp.stepping(xdp.counter(), groups, captures.FIRST_GROUP, xdp.rest(frame, 24),
                                               xdp.rest(frame, 40)))
            injector = xdp.Injector(index, program_fd, frame, 64)
            begin = time.thread_time()
            injector.inject(groups)
            return time.thread_time() - begin
    return _bridge(place, options, groups, send)


PEERS = {"mcswitch": mcswitch, "bridge": bridge, "bridge/xdp": bridge_xdp, "ovs": ovs}


def table(runs):
    """One row for each number of groups."""
    found = []
    for groups in sorted({run["groups"] for run in runs}):
        rates = {}
        for run in runs:
            if run["groups"] == groups:
                rates.setdefault(run["peer"], {})[run["round"]] = run["joins"]
        row = {"groups": groups, "peers": {peer: results.summary(list(r.values())) for peer, r in rates.items()},
               "ratios": {}}
        for peer in rates:
            pairs = [rates["mcswitch"][n] / rates[peer][n] for n in rates[peer] if n in rates.get("mcswitch", {})]
            if peer != "mcswitch" and pairs:
                row["ratios"][peer] = results.summary(pairs)
        found.append(row)
    return found


def lines(rows_of_table):
    out = ["%-14s %-10s %26s  %s" % ("joins", "", "thousand/s (range)", "mcswitch against it, same round")]
    for row in rows_of_table:
        for peer, rates in row["peers"].items():
            text = ""
            if peer in row["ratios"]:
                text = results.ratio_text(row["ratios"][peer])
            if row["groups"] == LEVEL_GROUPS and peer == "bridge" and text:
                text += "; level %g: %s" % (
                    LEVEL_BRIDGE, "reached" if row["ratios"][peer]["median"] >= LEVEL_BRIDGE else "MISSED")
            if row["groups"] == LEVEL_GROUPS and peer == "mcswitch":
                text = "level %g: %s" % (LEVEL_JOINS / 1e3, "reached" if rates["median"] >= LEVEL_JOINS else "MISSED")
            out.append("%-14d %-10s %26s  %s" % (row["groups"], peer, results.spread(rates, 1e-3, 0), text))
    return out


def capture_of(place, groups):
    path = place.folder / ("all-joins-%d.pcap" % groups)
    if not path.exists():
        captures.write(path, captures.joins(_PORT, groups))
    return path
