# SPDX-License-Identifier: BSD-3-Clause
"""Captures (pcap files) of membership reports, for ports that are one: net_pcap0,rx_pcap=FILE reads it once."""

import struct

from . import frames

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
        file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for value in range(FIRST_GROUP + first, FIRST_GROUP + first + count):
            more = (value >> 16) + (value & 0xffff) - base
            struct.pack_into("!BH", frame, at + 3, value >> 16 & 0x7f, value & 0xffff)
            struct.pack_into("!I", frame, at + 30, value)
            struct.pack_into("!I", frame, at + 42, value)
            struct.pack_into("!H", frame, at + 24, folded(ip_sum + more))
            struct.pack_into("!H", frame, at + 40, folded(igmp_sum + more))
            file.write(frame)
