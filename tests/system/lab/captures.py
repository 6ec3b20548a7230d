# SPDX-License-Identifier: BSD-3-Clause
"""Captures (pcap files): read, written, and printed by tcpdump. Of membership reports for ports that are a capture
themselves: net_pcap0,rx_pcap=FILE reads it once."""

import os
import pathlib
import struct
import subprocess

from . import frames
from .wait import PATIENCE

FILE_HEADER = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)

FRAME = 60
FIRST_GROUP = 0xef800000  # 239.128.0.0


def folded(total):
    """RFC 1624 equation 3."""
    total = (total & 0xffff) + (total >> 16)
    return ~((total & 0xffff) + (total >> 16)) & 0xffff


def write_joins(path, first, count, port):
    """A capture of version 2 reports of one host, that of port number `port`, for the groups 239.128.0.0 + `first` and
    the `count` - 1 behind it. One frame is the pattern; group and checksums are put in."""
    pattern = frames.ethernet(
        frames.group_mac("239.128.0.0"), "02:00:00:00:01:%02x" % port, frames.IPV4,
        frames.ipv4("10.77.0.%d" % (100 + port), "239.128.0.0", frames.IGMP,
                    frames.igmp(frames.REPORT_V2, "239.128.0.0"), 1, frames.ROUTER_ALERT))
    head = struct.pack("<IIII", 1700000000, 0, FRAME, FRAME)
    frame = bytearray(head + pattern)
    at = len(head)
    ip_sum = ~struct.unpack_from("!H", pattern, 24)[0] & 0xffff
    igmp_sum = ~struct.unpack_from("!H", pattern, 40)[0] & 0xffff
    base = FIRST_GROUP >> 16
    with open(path, "wb") as file:
        file.write(FILE_HEADER)
        for value in range(FIRST_GROUP + first, FIRST_GROUP + first + count):
            more = (value >> 16) + (value & 0xffff) - base
            struct.pack_into("!BH", frame, at + 3, value >> 16 & 0x7f, value & 0xffff)
            struct.pack_into("!I", frame, at + 30, value)
            struct.pack_into("!I", frame, at + 42, value)
            struct.pack_into("!H", frame, at + 24, folded(ip_sum + more))
            struct.pack_into("!H", frame, at + 40, folded(igmp_sum + more))
            file.write(frame)


def read(path):
    """Pairs of time and bytes, of a capture as this machine writes them: microseconds, little end first."""
    raw = pathlib.Path(path).read_bytes()
    assert raw.startswith(FILE_HEADER), "%s is not a capture of Ethernet frames" % path
    at, found = len(FILE_HEADER), []
    while at < len(raw):
        seconds, microseconds, size, _ = struct.unpack_from("<IIII", raw, at)
        found.append((seconds + microseconds / 1e6, raw[at + 16:at + 16 + size]))
        at += 16 + size
    return found


def capture_of(pairs):
    """The bytes of a capture; `pairs` as read() gives them."""
    return FILE_HEADER + b"".join(
        struct.pack("<IIII", int(time), int(time % 1 * 1e6), len(raw), len(raw)) + raw
        for time, raw in pairs)


def tcpdump(capture, *options):
    """What tcpdump prints of the bytes of a capture, with names of nothing, in UTC."""
    done = subprocess.run(["tcpdump", "-e", "-v", "-n", *options, "-r", "-"], input=capture, timeout=PATIENCE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ, TZ="UTC"))
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def printed(frame):
    """A frame of a wire as tcpdump prints it, in one line and without its time."""
    return " ".join(tcpdump(capture_of([(frame.time, frame.raw)]), "-t").split())
