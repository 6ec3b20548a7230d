# SPDX-License-Identifier: BSD-3-Clause
"""Hosts in VLANs behind a trunk: 802.1Q in user space, because not every kernel that runs tests was built with it."""

import os
import select
import struct
import threading

from lab import Host, Wire
from lab.frames import parse
from lab.netns import add_veth

TAGGED = 0x8100


def vid(frame):
    """VLAN id of a captured frame's tag; None if it has no tag."""
    return struct.unpack("!H", frame.raw[14:16])[0] & 0xfff if frame.ethertype == TAGGED else None


def untagged(frame):
    """The frame inside the tag, taken apart; without a tag the frame itself."""
    if frame.ethertype != TAGGED:
        return frame
    return parse(frame.raw[:12] + frame.raw[16:], frame.time, frame.outgoing)


def tagged(raw, vlan, priority=0):
    return raw[:12] + struct.pack("!HH", TAGGED, priority << 13 | vlan) + raw[12:]


class Trunk:
    """Makes host n's link a trunk: for each VLAN a further host, a Linux network stack in its own namespace, whose
    frames get the VLAN's tag on their way to the link, and that gets those which come with it.

    Host n itself stays there and is what is untagged on the link. Further hosts are numbered 50 n, 50 n + 1 ..."""

    def __init__(self, lab, number, vlans):
        self._outer = lab.host(number)
        self.hosts = {}  # VLAN -> host
        self._link = Wire(self._outer.namespace, "eth0")
        self._inner = {}
        self._wake, self._end = os.pipe()
        self._thread = None
        lab.add_resource(self)
        for place, vlan in enumerate(vlans):
            host = Host(50 * number + place, lab.add_namespace("h%dv%d" % (number, vlan)))
            add_veth(self._outer.namespace, "v%d" % vlan, host.namespace, "eth0", lab.mtu)
            self.hosts[vlan] = host.configure(2)
            self._inner[vlan] = Wire(self._outer.namespace, "v%d" % vlan)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self):
        os.close(self._end)
        if self._thread:
            self._thread.join()
        os.close(self._wake)
        for wire in (self._link, *self._inner.values()):
            wire.close()
        for host in self.hosts.values():
            host.close()

    def __getitem__(self, vlan):
        return self.hosts[vlan]

    def _run(self):
        wires = {self._link: None, **{wire: vlan for vlan, wire in self._inner.items()}}
        while True:
            ready = select.select([self._wake, *wires], [], [])[0]
            if self._wake in ready:
                return
            for wire in ready:
                wire.read()
                # Also those which came while something was sent here.
                while wire.frames:
                    frames, wire.frames = wire.frames, []
                    for frame in frames:
                        if not frame.outgoing:
                            self._pass_on(frame, wires[wire])

    def _pass_on(self, frame, vlan):
        if vlan is not None:
            self._link.send(tagged(frame.raw, vlan))
            return
        wire = self._inner.get(vid(frame))
        if wire:
            wire.send(frame.raw[:12] + frame.raw[16:])
