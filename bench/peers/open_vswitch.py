# SPDX-License-Identifier: BSD-3-Clause
"""An Open vSwitch with DPDK of our own: database, sockets and files in a folder, never those of the system."""

import json
import re
import socket
import subprocess
import time

from lab import wait_until

import machine
from processes import Child

BRIDGE = "mcspbr"
DATAPATH = "netdev@ovs-netdev"


class OpenVSwitch:
    """Runs from start() to stop(). One PMD thread on `worker_core`; the rest of it on `main_core`."""

    def __init__(self, place, main_core, worker_core, hugepages, table_size, held=0):
        """`held`: packet buffers that devices keep for themselves."""
        self.place, self.folder = place, place.folder_for("ovs")
        self.main_core, self.worker_core = main_core, worker_core
        self.hugepages, self.table_size = hugepages, table_size
        # Open vSwitch tries for 262144 buffers of 3 KiB and takes half, and half again, where memory is short.
        self.megabytes = 1024 + held * 3 // 1024
        self._children, self.daemon, self._control = [], None, None

    def _path(self, name):
        return str(self.folder / name)

    def _environment(self):
        return {"OVS_RUNDIR": str(self.folder), "OVS_LOGDIR": str(self.folder), "OVS_DBDIR": str(self.folder),
                "OVS_SYSCONFDIR": str(self.folder), "RUNTIME_DIRECTORY": str(self.folder)}

    def _child(self, *argv):
        argv = ["taskset", "-c", str(self.main_core), *argv]
        self._children.append(Child(argv, self.place.namespace, self._path("log"), self._environment()))
        return self._children[-1]

    def vsctl(self, *words, wait=True):
        options = ["--timeout=60"] if wait else ["--no-wait", "--timeout=10"]
        done = subprocess.run(["ovs-vsctl", "--db=unix:" + self._path("db.sock"), *options, *words], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise RuntimeError("ovs-vsctl %s ...: %s" % (words[0], done.stdout.strip()))
        return done.stdout.strip()

    def start(self):
        subprocess.run(["ovsdb-tool", "create", self._path("conf.db"), str(machine.OVS_SCHEMA)], check=True)
        database = self._child("ovsdb-server", self._path("conf.db"), "--remote=punix:" + self._path("db.sock"),
                               "--unixctl=" + self._path("db.ctl"), "--no-chdir", "-vconsole:warn")
        if not wait_until(lambda: (self.folder / "db.sock").exists() or not database.is_running(), 10):
            raise RuntimeError("ovsdb-server does not start: " + database.words())
        # Open vSwitch adds --in-memory otherwise, which excludes --no-huge.
        memory = "" if self.hugepages else " --legacy-mem --no-huge -m %d" % self.megabytes
        self.vsctl("--no-wait", "init", wait=False)
        self.vsctl("set", "Open_vSwitch", ".", "other_config:dpdk-init=true",
                   "other_config:dpdk-extra=--no-pci --no-shconf --no-telemetry --iova-mode=va%s" % memory,
                   "other_config:dpdk-lcore-mask=%#x" % (1 << self.main_core),
                   "other_config:pmd-cpu-mask=%#x" % (1 << self.worker_core), wait=False)
        daemon = self.daemon = self._child(str(machine.OVS_DAEMON), "unix:" + self._path("db.sock"),
                             "--unixctl=" + self._path("vs.ctl"), "--no-chdir", "-vconsole:warn",
                             "--log-file=" + self._path("vswitchd.log"))
        if not wait_until(lambda: (self.folder / "vs.ctl").exists() or not daemon.is_running(), 30):
            raise RuntimeError("ovs-vswitchd does not start")
        if not daemon.is_running():
            raise RuntimeError("ovs-vswitchd ended: " + daemon.words())
        self.vsctl("add-br", BRIDGE, "--", "set", "Bridge", BRIDGE, "datapath_type=netdev", "fail-mode=standalone",
                   "mcast_snooping_enable=true", "other_config:mcast-snooping-disable-flood-unregistered=true",
                   "other_config:mcast-snooping-table-size=%d" % self.table_size,
                   "other_config:mcast-snooping-aging-time=3600")
        if self.vsctl("get", "Open_vSwitch", ".", "dpdk_initialized") != "true":
            raise RuntimeError("Open vSwitch could not start DPDK: " + daemon.words())
        return self

    def add_ports(self, devices):
        """`devices`: name to DPDK device string. In one transaction."""
        words = []
        for name, device in devices.items():
            words += ["--", "add-port", BRIDGE, name, "--", "set", "Interface", name, "type=dpdk",
                      "options:dpdk-devargs=" + device]
        self.vsctl(*words[1:])
        for name in devices:
            error = self.vsctl("get", "Interface", name, "error")
            if error not in ("[]", '""'):
                raise RuntimeError("Open vSwitch, port %s: %s" % (name, error))

    def restart_devices(self, names):
        """A net_pcap device reads its capture again when it is started; another number of descriptors does that.
        The first time it reads before the bridge knows the port, and what it brings is lost."""
        self.vsctl(*[word for name in names
                     for word in ("--", "set", "Interface", name, "options:n_rxq_desc=1024")][1:])

    def ask(self, method, *words):
        """The reply to one command of ovs-appctl, without starting a program for it."""
        if self._control is None:
            self._control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._control.settimeout(60)
            self._control.connect(self._path("vs.ctl"))
        self._control.send(json.dumps({"id": 0, "method": method, "params": list(words)}).encode())
        text, decoder = "", json.JSONDecoder()
        while True:
            received = self._control.recv(1 << 20)
            if not received:
                raise RuntimeError("Open vSwitch has closed its control socket: it has died")
            text += received.decode()
            try:
                reply, _ = decoder.raw_decode(text)
            except ValueError:
                continue
            if reply["error"]:
                raise RuntimeError("ovs-appctl %s: %s" % (method, reply["error"]))
            return reply["result"]

    def counters(self):
        """Name of each port to (received, sent) packets, as its device has counted them up to now."""
        found = {}
        name = received = None
        for line in self.ask("dpctl/show", "-s", DATAPATH).splitlines():
            port = re.match(r"\s+port \d+: (\S+)", line)
            packets = re.match(r"\s+(RX|TX) packets:(\d+)", line)
            if port:
                name = port.group(1)
            elif packets and packets.group(1) == "RX":
                received = int(packets.group(2))
            elif packets:
                found[name] = received, int(packets.group(2))
        return found

    def memberships(self):
        """How many (group, port) pairs the snooping table has."""
        return len(self._snooped())

    def _snooped(self):
        # port  VLAN  GROUP  Age; a querier's port has no group but the word "querier".
        return [line for line in self.ask("mdb/show", BRIDGE).splitlines()[1:] if "querier" not in line]

    def settle(self, memberships, seconds):
        """Waits for that many, or raises."""
        end, count = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            count = self.memberships()
            if count == memberships:
                return
            time.sleep(0.1)
        raise RuntimeError("Open vSwitch has learned %d of %d memberships in %g s" % (count, memberships, seconds))

    def stop(self):
        if self._control:
            self._control.close()
        for child in reversed(self._children):
            child.end()
