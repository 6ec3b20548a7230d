# SPDX-License-Identifier: BSD-3-Clause
"""Captures for net_pcap: the stream of a source, and the joins of a sink."""

import pathlib
import socket
import struct

from lab import frames

FIRST_GROUP = 0xef800000  # 239.128.0.0
MOST_GROUPS = 1 << 23  # Above, groups would share MAC addresses.
FCS = 4
# More than a burst, so that a burst never holds one buffer's frame twice.
LEAST_FRAMES = 256
SOURCE, SOURCE_MAC = "10.77.0.61", "02:00:00:00:00:61"
TTL = 8


def group_text(number):
    return socket.inet_ntoa(struct.pack("!I", FIRST_GROUP + number))


def folded(total):
    """One's complement sum in 16 bits."""
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


def _for_each_group(pattern, numbers, addresses, checksums):
    """The frame `pattern`, which is for group 0, for each of `numbers`: MAC address, IP addresses at offsets
    `addresses`, and the checksums at `checksums`, each of which covers one of them (RFC 1624 equation 3)."""
    frame = bytearray(pattern)
    sums = [(at, ~struct.unpack_from("!H", pattern, at)[0] & 0xffff) for at in checksums]
    for number in numbers:
        value = FIRST_GROUP + number
        frame[3:6] = (value & 0x7fffff).to_bytes(3, "big")
        for at in addresses:
            struct.pack_into("!I", frame, at, value)
        for at, rest in sums:
            struct.pack_into("!H", frame, at, ~folded(rest + (number >> 16) + (number & 0xffff)) & 0xffff)
        yield bytes(frame)


def data_frame(size):
    """A datagram to group 0; `size` bytes with the frame check sequence, which no capture has."""
    if not 64 <= size <= 1518:
        raise ValueError("a frame of %d bytes: RFC 2544 sizes here are 64 to 1518" % size)
    length = size - FCS - 14 - 20 - 8
    datagram = struct.pack("!HHHH", 5004, 5004, 8 + length, 0) + bytes(length)
    return frames.ethernet(frames.group_mac(group_text(0)), SOURCE_MAC, frames.IPV4,
                           frames.ipv4(SOURCE, group_text(0), frames.UDP, datagram, TTL))


def stream(groups, size):
    """Frames of the endless stream, groups in turn."""
    turns = -(-LEAST_FRAMES // groups)
    for _ in range(turns):
        yield from _for_each_group(data_frame(size), range(groups), [30], [24])


def host_mac(port, host=1):
    return "02:00:00:00:%02x:%02x" % (host, port)


def joins(port, groups):
    """Reports of version 2 for groups 0 to `groups` - 1 from the host behind sink `port`."""
    text = group_text(0)
    pattern = frames.ethernet(
        frames.group_mac(text), host_mac(port), frames.IPV4,
        frames.ipv4("10.77.1.%d" % port, text, frames.IGMP, frames.igmp(frames.REPORT_V2, text), 1,
                    frames.ROUTER_ALERT))
    return _for_each_group(pattern, range(groups), [30, 42], [24, 40])


def write(path, packets):
    """Writes a capture and returns how many frames it has."""
    count = 0
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for packet in packets:
            file.write(struct.pack("<IIII", 1700000000, 0, len(packet), len(packet)) + packet)
            count += 1
    return count


class Captures:
    """Captures of one workload in a folder, written once. Sinks are numbered from 1."""

    def __init__(self, folder, groups, size):
        self.folder, self.groups = pathlib.Path(folder), groups
        self.source = self.folder / ("stream-%d-%d.pcap" % (groups, size))
        self.source_frames = write(self.source, stream(groups, size))
        self.silent = self.folder / "silent.pcap"
        write(self.silent, [])

    def sink(self, number, groups=None):
        groups = groups or self.groups
        path = self.folder / ("joins-%d-%d.pcap" % (groups, number))
        if not path.exists():
            write(path, joins(number, groups))
        return path
