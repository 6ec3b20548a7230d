# SPDX-License-Identifier: BSD-3-Clause
"""The Linux bridge, with a veth pair for each sink, and XDP live frames as its source."""

import json
import pathlib
import socket
import subprocess
import sys
import time

from lab import eventually, wait_until
from lab.netns import add_veth

import captures
from processes import Child
from workload import Rates, Window, check_even, reading

BRIDGE = "mcsplinux"
# What a batch of the source makes waits for one pass of softirqs, which takes 300 frames (net.core.netdev_budget).
# What is left waits for ksoftirqd, and beyond 1000 (net.core.netdev_max_backlog) frames are dropped silently.
_WAITING = 128
_LARGEST_BATCH = 64
RESPONSE_INTERVAL = 0.5  # seconds; the bridge trusts what it has learned once a query is that old


class LinuxBridge:
    """A bridge in the namespace of the place, its sinks' far ends in one of their own. Far ends are ports of a second
    bridge that is down: what arrives there is dropped as early as the kernel can."""

    def __init__(self, place, hash_max=65536):
        self.place, self.near, self.far = place, place.namespace, place.new_namespace("far")
        self._links = []
        try:
            # Neither of the two sends frames of its own: no link-local reports, no neighbour discovery
            # (lab/netns.py).
            self.near.ip("link", "add", BRIDGE, "type", "bridge", "mcast_snooping", "1",
                         "mcast_hash_max", str(hash_max), "mcast_igmp_version", "2",
                         "mcast_query_response_interval", str(round(RESPONSE_INTERVAL * 100)))
            self._links.append(BRIDGE)
            # Afterwards: it remembers the interval of this moment.
            self.near.ip("link", "set", BRIDGE, "type", "bridge", "mcast_querier", "1")
            self.far.ip("link", "add", "drop", "type", "bridge")
            self.near.ip("link", "set", BRIDGE, "up")
        except RuntimeError:
            self.remove()
            raise
        self.up_since = time.monotonic()

    def _pair(self, name):
        add_veth(self.near, name, self.far, name + "f")
        self._links.append(name)

    def add_sink(self, name):
        """Interface `name` of the bridge; `name`f is its far end."""
        self._pair(name)
        self.near.ip("link", "set", name, "master", BRIDGE)
        self.far.ip("link", "set", name + "f", "master", "drop")

    def add_source(self):
        """Interface "source" of the bridge."""
        self._pair("source")
        self.near.ip("link", "set", "source", "master", BRIDGE)

    def wait_until_trusted(self):
        time.sleep(max(0.0, self.up_since + RESPONSE_INTERVAL + 0.1 - time.monotonic()))

    def send(self, name, frames):
        """From the far end of port `name`, as fast as a socket can."""
        with self.far.inside():
            sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        with sock:
            sock.bind((name + "f", 0))
            for frame in frames:
                sock.send(frame)

    def memberships(self):
        out = subprocess.run(["bridge", "-n", self.near.name, "-j", "mdb", "show"], check=True, stdout=subprocess.PIPE)
        return sum(len(part.get("mdb", ())) for part in json.loads(out.stdout))

    def counters(self):
        """Name of each port to its kernel counters."""
        found = {}
        for link in json.loads(self.near.ip("-j", "-s", "link", "show", "master", BRIDGE)):
            found[link["ifname"]] = {"rx": link["stats64"]["rx"]["packets"], "tx": link["stats64"]["tx"]["packets"],
                                     "dropped": link["stats64"]["tx"]["dropped"]}
        return found

    def remove(self):
        for name in reversed(self._links):  # A namespace that is deleted takes its devices along only some time later.
            self.near.ip("link", "del", name)
        self.place.drop_namespace(self.far)


class Bridge:
    """Rates of the Linux bridge. A core that does nothing but inject, forward and drop: XDP live frames enter the
    bridge as if the driver of its source port had received them, and softirqs follow on the same core."""
    name = "bridge"

    def __init__(self, place):
        self.place = place

    def missing(self):
        for program, package in (("bridge", "iproute2"), ("taskset", "util-linux")):
            if subprocess.run(["sh", "-c", "command -v " + program], stdout=subprocess.DEVNULL).returncode:
                return "there is no program %s: package %s" % (program, package)
        return None

    def rates(self, work):
        if work.groups > 65536:
            raise RuntimeError("the Linux bridge has a table of at most 65536 groups here")
        bridge = LinuxBridge(self.place)
        source = None
        try:
            for number in work.sinks:
                bridge.add_sink("sink%d" % number)
            if work.has_bystander:
                bridge.add_sink("bystander")
            bridge.add_source()
            bridge.wait_until_trusted()
            for number in work.sinks:
                bridge.send("sink%d" % number, captures.joins(number, work.groups))
            eventually(lambda: bridge.memberships() == work.memberships,
                       "all sinks have joined at the bridge", within=20)
            batch = max(1, min(_LARGEST_BATCH, _WAITING // work.fan_out))
            source = Child([sys.executable, str(pathlib.Path(__file__).with_name("xdp.py")), "source",
                            str(work.worker_core), str(batch), str(work.groups),
                            captures.data_frame(work.size).hex()],
                           self.place.namespace, self.place.folder_for(self.name) / "log")
            if not wait_until(lambda: "ready" in source.output() or not source.is_running(), 10) or \
                    not source.is_running():
                raise RuntimeError("the source of the bridge does not start: " + source.words())
            return self._measure(work, bridge, source)
        finally:
            if source:
                source.end()
            bridge.remove()

    @staticmethod
    def _measure(work, bridge, source):
        tasks = [pathlib.Path("/proc/%d" % source.process.pid), _softirq_thread(work.worker_core)]
        time.sleep(work.warm_up)
        begin = reading(tasks, bridge.counters)
        time.sleep(work.seconds)
        window = Window(begin, reading(tasks, bridge.counters))
        if not source.is_running():
            raise RuntimeError("the source of the bridge has died: " + source.words())
        sinks = ["sink%d" % n for n in work.sinks]
        # What XDP brings in is in none of the interface's counters; each sink gets every frame, or check_even() speaks.
        sent = window.rates((sinks[0], "tx"), [(sink, "tx") for sink in sinks])
        lost = sum(window.rate(sink, "dropped") for sink in sinks)
        if lost > 0.001 * sent.egress:
            raise RuntimeError("%.0f frames a second were lost behind the bridge" % lost)
        rates = Rates(max(sent.sinks), sent.sinks, sent.share)
        check_even("the Linux bridge", rates, window.rate("bystander", "tx") if work.has_bystander else 0)
        return rates


def _softirq_thread(core):
    for path in pathlib.Path("/proc").glob("[0-9]*/comm"):
        try:
            if path.read_text().strip() == "ksoftirqd/%d" % core:
                return path.parent
        except OSError:
            continue
    raise RuntimeError("there is no ksoftirqd/%d" % core)
