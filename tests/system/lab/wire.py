# SPDX-License-Identifier: BSD-3-Clause
"""A raw socket on one end of a cable: sees every frame, in both directions, and can send any."""

import errno
import select
import socket
import struct
import time

from .frames import parse
from .wait import PATIENCE

_SO_RCVBUFFORCE, _SO_TIMESTAMPNS = 33, 35
_SOL_PACKET, _PACKET_AUXDATA = 263, 8
_ETH_P_ALL, _PACKET_OUTGOING = 3, 4
_STATUS_VLAN_VALID = 0x10
_LONGEST = 65536


class Wire:
    """Not for two threads at once. Frames wait in the socket (up to 16 MiB) until they are asked for."""

    def __init__(self, namespace, interface):
        self.namespace, self.interface = namespace, interface
        self.frames = []
        with namespace.inside():
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 16 << 20)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._socket.setsockopt(_SOL_PACKET, _PACKET_AUXDATA, 1)
        with namespace.inside():
            self._socket.bind((interface, _ETH_P_ALL))
        self._socket.setblocking(False)

    def fileno(self):
        return self._socket.fileno()

    def close(self):
        self._socket.close()

    def send(self, raw):
        """Sends a whole Ethernet frame; returns the time just before."""
        self.read()  # Takes what the kernel has to say of a link that was down meanwhile.
        before = time.time()
        while True:
            try:
                self._socket.send(raw)
                return before
            except BlockingIOError:
                select.select([], [self._socket], [], 1)

    def read(self):
        """Takes in what has arrived, and returns the new frames."""
        new = []
        while True:
            try:
                raw, notes, _, address = self._socket.recvmsg(_LONGEST, 256)
            except BlockingIOError:
                self.frames += new
                return new
            except OSError as problem:
                if problem.errno != errno.ENETDOWN:  # Told once when the interface goes down.
                    raise
                continue
            new.append(self._frame(raw, notes, address[2] == _PACKET_OUTGOING))

    @staticmethod
    def _frame(raw, notes, outgoing):
        stamp = time.time()
        for level, kind, value in notes:
            if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS):
                seconds, nanoseconds = struct.unpack("qq", value[:16])
                stamp = seconds + nanoseconds / 1e9
            elif (level, kind) == (_SOL_PACKET, _PACKET_AUXDATA):
                status, _, _, _, _, tci, tpid = struct.unpack("IIIHHHH", value[:20])
                if status & _STATUS_VLAN_VALID:  # The kernel takes a tag off; put it back.
                    raw = raw[:12] + struct.pack("!HH", tpid, tci) + raw[12:]
        return parse(raw, stamp, outgoing)

    def received(self, match, since=0.0):
        """Frames from the other end, in order."""
        self.read()
        return [f for f in self.frames if not f.outgoing and f.time >= since and match(f)]

    def sent(self, match, since=0.0):
        self.read()
        return [f for f in self.frames if f.outgoing and f.time >= since and match(f)]

    def wait(self, match, since=0.0, count=1, look=None):
        """The first `count` frames from the other end that match; an AssertionError if they do not come."""
        end = time.monotonic() + PATIENCE
        while True:
            found = (look or self.received)(match, since)
            if len(found) >= count:
                return found[:count]
            left = end - time.monotonic()
            assert left > 0, "%s: %d of %d frames within %g s" % (self.namespace.name, len(found), count, PATIENCE)
            select.select([self._socket], [], [], left)

    def wait_sent(self, match, since=0.0):
        """The first frame from this end that matches."""
        return self.wait(match, since, look=self.sent)[0]
