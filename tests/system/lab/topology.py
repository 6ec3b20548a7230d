# SPDX-License-Identifier: BSD-3-Clause
"""Hosts and switches, wired: host n has the switch's port pN, whose interface is swN."""

import itertools
import os
import time

from .host import Host
from .netns import Namespace, add_unmanaged_switch, add_veth, plug, remove_left_overs
from .switch import Switch, to_toml
from .wait import wait_until
from .wire import Wire

_switch_numbers = itertools.count(1)
_probe_numbers = itertools.count(1)


class Lab:
    """All names begin with `prefix` and a dash; what an earlier run has left under them is removed first.

    Hosts are numbered from 1. `igmp_versions` maps a host's number to the IGMP version forced on its kernel.
    `behind={2: (12, 22)}`: hosts 2, 12 and 22 share port p2 by an unmanaged switch, and the latter two have no port
    of their own; NoBridge where the kernel cannot make one. `offloads`: hosts leave checksums and segmentation to
    the device, as on any veth pair where nobody has switched that off."""

    behind = {}

    def __init__(self, prefix, hosts=3, igmp_versions=None, mtu=1500, behind=None, offloads=False):
        self.prefix, self.mtu, self.behind, self.offloads = prefix, mtu, behind or {}, offloads
        self._links = {}
        self.hosts, self.switches, self._namespaces = {}, [], []
        remove_left_overs(prefix)
        try:
            # The switch's own interfaces keep IPv6 as a machine has it: that mcswitch silences them is a fact to see.
            self.switch_namespace = self._namespace("sw", ipv6=True)
            for number in range(1, hosts + 1):
                if number in self.behind:
                    self._add_shared_port(number, (number, *self.behind[number]), igmp_versions or {})
                else:
                    self.add_host(number, (igmp_versions or {}).get(number, 2))
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _namespace(self, suffix, ipv6=False):
        namespace = Namespace("%s-%s" % (self.prefix, suffix))
        self._namespaces.append(namespace)
        return namespace.create(ipv6)

    def add_host(self, number, igmp_version):
        host = Host(number, self._namespace("h%d" % number))
        add_veth(self.switch_namespace, "sw%d" % number, host.namespace, "eth0", self.mtu, self.offloads)
        host.configure(igmp_version)
        self.hosts[number] = host
        return host

    def _add_shared_port(self, port, numbers, igmp_versions):
        shared = self._namespace("u%d" % port)
        add_unmanaged_switch(shared)
        add_veth(self.switch_namespace, "sw%d" % port, shared, "uplink", self.mtu)
        plug(shared, "uplink")
        self._links[port] = Wire(shared, "uplink")
        for number in numbers:
            host = Host(number, self._namespace("h%d" % number))
            add_veth(shared, "h%d" % number, host.namespace, "eth0", self.mtu)
            plug(shared, "h%d" % number)
            host.configure(igmp_versions.get(number, 2))
            self.hosts[number] = host

    def host(self, number):
        return self.hosts[number]

    def link(self, port):
        """The cable of port number `port`, at its far end: what is received there, the switch has sent."""
        return self._links[port] if port in self._links else self.hosts[port].wire

    def close(self):
        """Removes everything. Returns (name, exit code) of the switches that did not end as expected."""
        bad = []
        for switch in self.switches:
            try:
                code = switch.discard()
            except AssertionError:
                code = "killed"
            if code not in (switch.expected_code, None):
                bad.append((switch.name, code))
        for host in self.hosts.values():
            host.close()
        for wire in self._links.values():
            wire.close()
        for namespace in self._namespaces:
            namespace.delete()
        self.switches, self.hosts, self._links, self._namespaces = [], {}, {}, []
        return bad

    # --- switches

    def config(self, name, ports=None, switch=None, port=None, port_tables=(), **sections):
        """TOML of a switch with the ports of the hosts `ports` (all, unless named). `switch` and the other sections
        add keys; `port` maps a host's number to keys of its port; `port_tables` are further ports."""
        without_port = {number for numbers in self.behind.values() for number in numbers}
        ports = sorted(set(self.hosts) - without_port) if ports is None else ports
        cores = sorted(os.sched_getaffinity(0))
        return to_toml({
            "switch": {"name": name, "main-core": cores[0], "worker-cores": [cores[1 % len(cores)]],
                       "hugepages": "off", "eal-args": ["--no-pci"], "max-groups": 4096, **(switch or {})},
            "port": [{"name": "p%s" % n, "device": "net_af_packet%s,iface=sw%s" % (n, n), "mtu": self.mtu,
                      **(port or {}).get(n, {})} for n in ports] + list(port_tables),
            **sections})

    def prepare(self, name=None, **keys):
        """A switch that has its configuration and is not started."""
        name = name or "%s-%d" % (self.prefix, next(_switch_numbers))
        self.switches.append(
            Switch.in_its_own_directory(self.switch_namespace, name, self.config(name, **keys)))
        return self.switches[-1]

    def switch(self, **keys):
        """A switch that forwards."""
        return self.prepare(**keys).start()

    def cable(self, left, right):
        """A cable between interfaces sw<left> and sw<right> of the switch's namespace, to join two switches."""
        add_veth(self.switch_namespace, "sw%s" % left, self.switch_namespace, "sw%s" % right, self.mtu)

    # --- observations

    @staticmethod
    def now():
        """On the clock of captured frames."""
        return time.time()

    @staticmethod
    def until(moment):
        """Waits for a moment on that clock: for what must not happen before it."""
        time.sleep(max(0.0, moment - time.time()))

    def fence(self, sender):
        """Waits until everything that host `sender` has sent so far has arrived wherever it goes."""
        mark = self.hosts[sender].send_fence()
        for number, host in self.hosts.items():
            if number != sender and host.link_up:
                host.wire.wait(lambda f: mark in f.raw)

    def journeys(self, sender, receiver, group):
        """(time of sending, whether it arrived at host `receiver`'s link) for each datagram that host `sender` has sent
        to the group so far, in order. No two of them may be alike."""
        sent = self.hosts[sender].wire.sent(lambda f: f.is_data(group))
        self.fence(sender)
        arrived = {f.udp_payload for f in self.hosts[receiver].wire.received(lambda f: f.is_data(group))}
        return [(f.time, f.udp_payload in arrived) for f in sent]

    def reached(self, sender, group, source=None):
        """Numbers of the hosts at whose link one datagram from host `sender` to `group` arrives, with its own address
        or that of `source`. A copy too many is an AssertionError."""
        host = self.hosts[sender]
        payload = b"probe %08d" % next(_probe_numbers)
        if source:
            host.send_udp(group, payload, source)
        else:
            host.send(group, payload)
        self.fence(sender)
        copies = {n: len(h.wire.received(lambda f: f.udp_payload == payload)) for n, h in self.hosts.items()}
        assert max(copies.values()) <= 1, "duplicates: %s" % copies
        return {n for n, count in copies.items() if count}

    def settles(self, sender, group, members, source=None):
        """Waits until a datagram reaches exactly `members`."""
        last = []
        wait_until(lambda: last.append(self.reached(sender, group, source)) or last[-1] == members, step=0.05)
        assert last[-1] == members, "%s of %s reaches %s instead of %s" % (
            group, source or self.hosts[sender].address, last[-1], members)
