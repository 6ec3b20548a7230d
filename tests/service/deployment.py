# SPDX-License-Identifier: BSD-3-Clause
"""A virtual machine with systemd, mcswitch installed in it, and Linux hosts in namespaces of that machine."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "vm"))

from machine import SHARE, GuestKernel, Machine, MachineStalled  # noqa: E402
from lab import Namespace, program, to_toml, wait_until  # noqa: E402

GROUP = "239.76.1.7"
SENDER = 1
PATIENCE = 90  # Seconds: emulated, next to other work, nothing is quick.
IGMP = {"version": 2, "querier": True, "querier-address": "10.76.0.200", "query-interval": 6,
        "query-response-interval": 1.5, "startup-query-interval": 2.5}


class Deployment:
    """Host n is at interface swn of the machine. Host 1 sends to the group all the time."""

    def __init__(self, prefix, hosts):
        self.hosts = range(1, hosts + 1)
        self.directory = tempfile.mkdtemp(prefix=prefix + "-")
        self.namespace = Namespace(prefix + "-machine")
        self.machine = Machine(self.namespace, self.directory, [], parameters="systemd")
        self.namespace.create()
        try:
            self._install()
            self.machine.start(GuestKernel(), {})
            for number in self.hosts:
                self.shell("ip netns add h%d && ip -n h%d link set lo up" % (number, number))
                self.plug_in(number)
            self._spawn(SENDER, "send %s %s" % (self.address(SENDER), GROUP))
        except BaseException:
            self.close()
            raise

    def close(self):
        self.machine.close()
        self.namespace.delete()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _install(self):
        """As config/README.md says; init puts it into the machine."""
        build = pathlib.Path(program("mcswitch")).parents[1]
        done = subprocess.run(["/usr/bin/meson", "install", "-C", str(build), "--no-rebuild", "--strip", "--destdir",
                               str(self.machine.share / "install")], text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE, check=False)
        assert done.returncode == 0, done.stdout
        shutil.copy(pathlib.Path(__file__).with_name("datagrams.py"), self.machine.share)

    # --- the machine

    def shell(self, command, check=True):
        return self.machine.shell(command, PATIENCE, check)

    def read(self, path):
        return self.shell("cat " + path).stdout.strip()

    def eventually(self, fact, what):
        value = wait_until(fact, PATIENCE, 0.2)
        if not value:
            self.machine.check_for_stall()
        assert value, "not within %d s: %s (last seen: %r)\n%s" % (PATIENCE, what, value, self.journal("*", "-n 60"))
        return value

    def free_pages(self):
        return int(self.read("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages"))

    # --- hosts

    @staticmethod
    def address(number):
        return "10.76.0.%d" % number

    def plug_in(self, number):
        """Makes swn and the host's end of the cable."""
        self.shell(("ip link add sw{0} type veth peer name eth0 netns h{0} && ip link set sw{0} up && "
                    "ip -n h{0} address add {1}/24 dev eth0 && ip -n h{0} link set eth0 up && "
                    "ip netns exec h{0} sh -c 'echo 2 >/proc/sys/net/ipv4/conf/eth0/force_igmp_version' && "
                    "ip -n h{0} route add 224.0.0.0/4 dev eth0").format(number, self.address(number)))

    def unplug(self, number):
        self.shell("ip link delete sw%d" % number)

    def _spawn(self, number, words):
        """A service of its own, so that it lives longer than the command."""
        self.shell("systemd-run --quiet --collect --unit=host%d-%s ip netns exec h%d /usr/bin/python3 -B "
                   "%s/datagrams.py %s" % (number, words.split()[0], number, SHARE, words))

    def join(self, number):
        """The host is a member from here on, until leave()."""
        self._spawn(number, "receive %s %s %s/received.%d" % (self.address(number), GROUP, SHARE, number))

    def leave(self, number):
        self.shell("systemctl stop host%d-receive" % number)

    def received(self, number):
        """Numbers of the datagrams that have reached the host's socket."""
        path = self.machine.share / ("received.%d" % number)
        return [int(line) for line in path.read_text().split("\n")[:-1]] if path.exists() else []

    def settles(self, *members):
        """From now on the members' sockets get the stream."""
        before = {number: len(self.received(number)) for number in members}
        self.eventually(lambda: all(len(self.received(n)) > before[n] + 10 for n in members), "members get the stream")

    # --- the unit

    def configure(self, name, device="net_af_packet{0},iface=sw{0}"):
        text = to_toml({
            "switch": {"name": name, "main-core": 0, "worker-cores": [1], "hugepages": "required",
                       "max-groups": 1024, "eal-args": ["--no-pci"]},
            "port": [{"name": "p%d" % n, "device": device.format(n)} for n in self.hosts],
            "snooping": {"unregistered": "drop"}, "igmp": IGMP, "mld": {"enabled": False}})
        (self.machine.share / "file").write_text(text)
        self.shell("install -D -m 644 %s/file /etc/mcswitch/%s.toml" % (SHARE, name))

    def systemctl(self, *words, check=True):
        return self.shell("systemctl --no-pager " + " ".join(words), check)

    def state(self, name):
        """What systemd knows of the unit."""
        keys = "ActiveState,SubState,Result,MainPID,NRestarts,ExecMainStatus,InvocationID"
        said = self.systemctl("show", "--property=" + keys, "mcswitch@" + name).stdout
        return dict(line.split("=", 1) for line in said.splitlines())

    def ctl(self, name, *words):
        """Records of mcsctl, the installed one; None if it fails."""
        done = self.shell("mcsctl --name %s --json %s" % (name, " ".join(words)), check=False)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def links(self, name):
        return {row["port"]: row["link"] for row in self.ctl(name, "ports") or []}

    def journal(self, name, options=""):
        return self.shell("journalctl --no-pager -o short-monotonic %s -u 'mcswitch@%s'" % (options, name),
                          check=False).stdout
