# SPDX-License-Identifier: BSD-3-Clause
"""A Linux host behind a switch port: its own network stack, ordinary sockets, and a raw look at its link."""

import itertools
import select
import socket
import struct
import threading
import time

from . import filters, frames, igmpv3
from .wire import Wire

PORT = 5004  # UDP port of all streams.
_IP_MULTICAST_ALL, _SO_RCVBUFFORCE = 49, 33
_fence_numbers = itertools.count(1)


class Receiver:
    """A UDP socket for a group's datagrams, with a membership or without. Has what the kernel hands to it.

    With `sources` it joins by these only. `any_family`: by the calls of RFC 3678 for any address family instead of
    those for IPv4."""

    def __init__(self, host, group, member, sources=(), any_family=False):
        self.host, self.group = host, group
        with host.namespace.inside():
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 8 << 20)
        self._socket.setsockopt(socket.IPPROTO_IP, _IP_MULTICAST_ALL, 0)
        self._socket.setblocking(False)
        self._socket.bind((group, PORT))
        self._payloads = []
        self._any_family = any_family
        if member:
            self._membership(socket.IP_ADD_MEMBERSHIP)
        for source in sources:
            self.add_source(source)

    def _membership(self, option):
        request = socket.inet_aton(self.group) + socket.inet_aton("0.0.0.0") + struct.pack("i", self.host.index)
        self._socket.setsockopt(socket.IPPROTO_IP, option, request)

    def payloads(self):
        """All that has been received so far, in order."""
        while True:
            try:
                self._payloads.append(self._socket.recv(65536))
            except BlockingIOError:
                return self._payloads

    def wait(self, timeout):
        """Whether there is something to read before `timeout` seconds are over."""
        return bool(select.select([self._socket], [], [], timeout)[0])

    def leave(self):
        """Ends the membership; returns the time just before."""
        before = time.time()
        self._membership(socket.IP_DROP_MEMBERSHIP)
        return before

    def rejoin(self):
        before = time.time()
        self._membership(socket.IP_ADD_MEMBERSHIP)
        return before

    # Source filters. Each returns the time just before.

    def _source(self, option, source):
        before = time.time()
        if self._any_family:
            option = filters.ANY_FAMILY[option]
            request = filters.any_family_source_request(self.group, self.host.index, source)
        else:
            request = filters.source_request(self.group, self.host.address, source)
        self._socket.setsockopt(socket.IPPROTO_IP, option, request)
        return before

    def add_source(self, source):
        return self._source(filters.ADD_SOURCE_MEMBERSHIP, source)

    def drop_source(self, source):
        return self._source(filters.DROP_SOURCE_MEMBERSHIP, source)

    def block(self, source):
        return self._source(filters.BLOCK_SOURCE, source)

    def unblock(self, source):
        return self._source(filters.UNBLOCK_SOURCE, source)

    def set_filter(self, mode, sources):
        """The whole filter at once: filters.INCLUDE or EXCLUDE and the list."""
        before = time.time()
        if self._any_family:
            option = filters.MCAST_MSFILTER
            request = filters.any_family_filter_request(self.group, self.host.index, mode, sources)
        else:
            option, request = filters.MSFILTER, filters.filter_request(self.group, self.host.address, mode, sources)
        self._socket.setsockopt(socket.IPPROTO_IP, option, request)
        return before

    def close(self):
        self._socket.close()


class Stream:
    """Numbered datagrams from one host to a group, `rate` a second, from a thread, until stop()."""

    def __init__(self, host, group, rate):
        self.host, self.group, self.rate, self.sent = host, group, rate, 0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def _run(self):
        due = time.monotonic()
        while not self._end.is_set():
            self.host.send(self.group, b"%08d" % self.sent)
            self.sent += 1
            due += 1 / self.rate
            self._end.wait(max(0.0, due - time.monotonic()))

    def stop(self):
        self._end.set()
        self._thread.join()


class Host:
    """Host number n of a laboratory: interface eth0 with address 10.77.0.n."""

    def __init__(self, number, namespace):
        self.number, self.namespace = number, namespace
        self.address = "10.77.0.%d" % number
        self.receivers = []
        self.wire = self._sender = self.index = self.mac = None
        self.link_up = True

    def __str__(self):
        return "host %d" % self.number

    def configure(self, igmp_version=0):
        """Once eth0 is there. Version 0 is the kernel's own choice: 3, older when an older querier speaks."""
        self.namespace.sysctl("net/ipv4/conf/eth0/force_igmp_version", igmp_version)
        self.namespace.sysctl("net/ipv4/igmp_max_memberships", 1000)
        self.namespace.sysctl("net/ipv4/igmp_max_msf", 1000)  # sources of a filter
        self.namespace.ip("addr", "add", self.address + "/24", "dev", "eth0")
        self.namespace.ip("route", "add", "224.0.0.0/4", "dev", "eth0")
        return self.open()

    def open(self):
        """What this program needs to act as the host; the host itself may have been made by another one."""
        self.index = self.namespace.interface_index("eth0")
        self.mac = self.namespace.mac("eth0")
        self.wire = Wire(self.namespace, "eth0")
        with self.namespace.inside():
            self._sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 8)
        self._sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
        return self

    def close(self):
        for receiver in self.receivers:
            receiver.close()
        self.receivers = []
        if self.wire:
            self.wire.close()
            self._sender.close()

    def set_link(self, up):
        """Pulls the cable out, or puts it back: the switch's end loses or gets carrier. Returns the time before."""
        before = time.time()
        self.namespace.ip("link", "set", "eth0", "up" if up else "down")
        if up:  # The kernel has forgotten the route with the link.
            self.namespace.ip("route", "add", "224.0.0.0/4", "dev", "eth0")
        self.link_up = up
        return before

    def join(self, group):
        """An ordinary socket joins the group; the kernel reports it by itself, some milliseconds later. Returns
        once the report is on the wire: a host that leaves before has nothing to take back, and sends nothing."""
        before = time.time()
        self.receivers.append(Receiver(self, group, member=True))
        self.wire.wait_sent(lambda frame: frame.concerns(group), before)
        return self.receivers[-1]

    def join_sources(self, group, *sources, any_family=False):
        """The same for datagrams of these sources only."""
        before = time.time()
        self.receivers.append(Receiver(self, group, False, sources, any_family))
        self.wire.wait_sent(lambda frame: frame.concerns(group), before)
        return self.receivers[-1]

    def listen(self, group):
        """A socket for the group's datagrams that does not join."""
        self.receivers.append(Receiver(self, group, member=False))
        return self.receivers[-1]

    def send(self, group, payload):
        self._sender.sendto(payload, (group, PORT))

    def stream(self, group, rate=200):
        return Stream(self, group, rate)

    # Frames that a well-behaved kernel would not send. `source` and `mac` pose as another host of the link.

    def send_igmp(self, message, source=None, mac=None, ttl=1, options=frames.ROUTER_ALERT, destination=None, to=None):
        """`destination` and `to`: IP and MAC address to send it to, instead of those that belong to the message."""
        destination = destination or message.destination()
        packet = frames.ipv4(source or self.address, destination, frames.IGMP, message.raw(), ttl, options)
        to = to or frames.group_mac(destination)
        return self.wire.send(frames.ethernet(to, mac or self.mac, frames.IPV4, packet))

    def send_report_v3(self, *records, source=None, mac=None, options=frames.ROUTER_ALERT):
        """A record is an igmpv3.Record or (type, group, source, source ...)."""
        packet = frames.ipv4(source or self.address, "224.0.0.22", frames.IGMP,
                             frames.igmp(frames.REPORT_V3, body=igmpv3.report_body(records)), 1, options)
        return self.wire.send(frames.ethernet(frames.group_mac("224.0.0.22"), mac or self.mac, frames.IPV4, packet))

    def send_udp(self, group, payload, source=None, mac=None):
        packet = frames.ipv4(source or self.address, group, frames.UDP, frames.udp(payload, PORT), 8)
        return self.wire.send(frames.ethernet(frames.group_mac(group), mac or self.mac, frames.IPV4, packet))

    def send_fence(self):
        """A broadcast with a mark of its own. Where it has arrived, all that was sent before it has, too:
        frames of one port keep their order. Returns the mark."""
        mark = b"fence %08d" % next(_fence_numbers)
        self.wire.send(frames.ethernet(frames.BROADCAST, self.mac, 0x88b5, mark))
        return mark

