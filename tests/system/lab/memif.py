# SPDX-License-Identifier: BSD-3-Clause
"""The client side of a memif (version 2.0), in so far as a test needs it: comes, moves frames, goes without a word."""

import array
import mmap
import os
import socket
import struct

ACK, HELLO, INIT, ADD_REGION, ADD_RING, CONNECT, CONNECTED = range(1, 8)
VERSION = 0x0200
COOKIE = 0x3E31F20
TO_SERVER = 1  # Flag of ADD_RING.
LOG2_SLOTS = 10
SLOTS = 1 << LOG2_SLOTS
BUFFER = 2048
# Ring: cookie, flags and head in the first cache line, tail in the second; then the descriptors.
HEAD, TAIL, DESCRIPTORS = 6, 64, 128
DESCRIPTOR = struct.Struct("<HHIII")  # flags, region, length, offset, metadata
RING = DESCRIPTORS + SLOTS * DESCRIPTOR.size
SIZE = 2 * RING + 2 * SLOTS * BUFFER


class Refused(Exception):
    """The server does not want this connection; it may want the next one."""


class MemifClient:
    """Connected to the server at `path` as interface `number`. Ring 0 leads to the server, ring 1 comes from there; the
    former is filled with `frames`, in turn."""

    def __init__(self, path, number, frames):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(5)
        self._region = os.memfd_create("memif", os.MFD_ALLOW_SEALING)
        os.ftruncate(self._region, SIZE)
        self._events = [os.eventfd(0, os.EFD_NONBLOCK) for _ in range(2)]
        self._memory = mmap.mmap(self._region, SIZE)
        for ring in range(2):
            struct.pack_into("<IH", self._memory, ring * RING, COOKIE, 1)  # Neither side wants to be woken.
            for slot in range(SLOTS):
                frame = frames[slot % len(frames)]
                offset = 2 * RING + (ring * SLOTS + slot) * BUFFER
                if ring == 0:
                    self._memory[offset:offset + len(frame)] = frame
                DESCRIPTOR.pack_into(self._memory, ring * RING + DESCRIPTORS + slot * DESCRIPTOR.size,
                                     0, 0, BUFFER if ring == 1 else len(frame), offset, 0)
        try:
            self._shake_hands(path, number)
        except BaseException:
            self.vanish()
            raise

    def _shake_hands(self, path, number):
        self._socket.connect(path)
        self._expect(HELLO)
        self._ask(ACK, INIT, struct.pack("<HIB24s32s", VERSION, number, 0, b"", b"test"))
        self._ask(ACK, ADD_REGION, struct.pack("<HQ", 0, SIZE), self._region)
        for ring, flags in enumerate((TO_SERVER, 0)):
            self._ask(ACK, ADD_RING, struct.pack("<HHHIBH", flags, 0, 0, ring * RING, LOG2_SLOTS, 0),
                      self._events[ring])
        self._ask(CONNECTED, CONNECT, b"test")

    def _ask(self, answer, kind, body, descriptor=None):
        message = struct.pack("<H", kind) + body
        passed = [] if descriptor is None else [
            (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [descriptor]))]
        try:
            self._socket.sendmsg([message.ljust(128, b"\0")], passed)
        except BrokenPipeError:
            raise Refused from None
        self._expect(answer)

    def _expect(self, kind):
        try:
            message = self._socket.recv(128)
        except ConnectionResetError:
            raise Refused from None
        if not message or struct.unpack_from("<H", message)[0] != kind:
            raise Refused

    def _get(self, ring, place):
        return struct.unpack_from("<H", self._memory, ring * RING + place)[0]

    def _advance(self, ring, slots):
        """As many slots beyond the tail as that are for the server."""
        struct.pack_into("<H", self._memory, ring * RING + HEAD, (self._get(ring, TAIL) + slots) & 0xffff)

    def send(self):
        """All slots are frames for the server, also those that it has just emptied."""
        self._advance(0, SLOTS)

    def offer(self):
        """All slots are free for the server's frames, also those that it has just filled."""
        self._advance(1, SLOTS)

    def sent(self):
        """Frames that the server has taken, modulo 65536."""
        return self._get(0, TAIL)

    def received(self):
        """Frames that the server has sent, modulo 65536."""
        return self._get(1, TAIL)

    def vanish(self):
        """As when the process is killed: the kernel closes what it had."""
        self._socket.close()
        self._memory.close()
        for descriptor in (self._region, *self._events):
            os.close(descriptor)
