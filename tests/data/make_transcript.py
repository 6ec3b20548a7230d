#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Makes a capture of the lines that tcpdump printed of one.

    tests/data/make_transcript.py [LINES [CAPTURE]]      transcript.txt and transcript.pcap beside it, unless named

Each frame is as its line says, with right checksums. The times are of the first day of 1970.
"""

import pathlib
import re
import socket
import struct
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROUTER_ALERT = bytes((0x94, 0x04, 0x00, 0x00))
TYPES = {"query v2": 0x11, "v2 report": 0x16, "leave": 0x17}

LINE = re.compile(
    r"(?P<hours>\d+):(?P<minutes>\d+):(?P<seconds>\d+)\.(?P<microseconds>\d{6}) (?P<from_mac>\S+) > (?P<to_mac>\S+), "
    r"ethertype IPv4 \(0x0800\), length (?P<size>\d+): \(tos (?P<tos>\w+), ttl (?P<ttl>\d+), id (?P<id>\d+), offset 0, "
    r"flags \[none\], proto IGMP \(2\), length (?P<length>\d+)(?P<alert>, options \(RA\))?\)\s+"
    r"(?P<source>\S+) > (?P<destination>\S+): igmp (?P<type>query v2|v2 report|leave)"
    r"(?: \[max resp time (?P<response>\d+)\])?(?: (?:\[gaddr )?(?P<group>[\d.]+)\]?)?\n")


def checksum(raw):
    total = sum(struct.unpack("!%dH" % (len(raw) // 2), raw))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def sealed(raw, at):
    """With its checksum, whose place holds 0."""
    return raw[:at] + struct.pack("!H", checksum(raw)) + raw[at + 2:]


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def frame_of(line):
    """The whole frame, without padding; an AssertionError if it is not as long as the line says."""
    kind = TYPES[line["type"]]
    # tcpdump leaves out the 100 of a general query, the usual one.
    code = int(line["response"] or 100) if kind == TYPES["query v2"] else 0
    message = sealed(struct.pack("!BBH4s", kind, code, 0, socket.inet_aton(line["group"] or "0.0.0.0")), 2)
    options = ROUTER_ALERT if line["alert"] else b""
    header = sealed(struct.pack(
        "!BBHHHBBH4s4s", 0x45 + len(options) // 4, int(line["tos"], 16), 20 + len(options) + len(message),
        int(line["id"]), 0, int(line["ttl"]), 2, 0, socket.inet_aton(line["source"]),
        socket.inet_aton(line["destination"])) + options, 10)
    frame = mac(line["to_mac"]) + mac(line["from_mac"]) + b"\x08\x00" + header + message
    assert (len(frame), len(frame) - 14) == (int(line["size"]), int(line["length"])), line.group()
    return frame


def capture_of(text):
    raw = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)
    end = 0
    for line in LINE.finditer(text):
        assert line.start() == end, "not a line of tcpdump that is known here: " + text[end:line.start()]
        end = line.end()
        frame = frame_of(line)
        second = (int(line["hours"]) * 60 + int(line["minutes"])) * 60 + int(line["seconds"])
        raw += struct.pack("<IIII", second, int(line["microseconds"]), len(frame), len(frame)) + frame
    assert end == len(text), "not a line of tcpdump that is known here: " + text[end:]
    return raw


def main(lines=HERE / "transcript.txt", capture=HERE / "transcript.pcap"):
    pathlib.Path(capture).write_bytes(capture_of(pathlib.Path(lines).read_text()))


if __name__ == "__main__":
    main(*sys.argv[1:])
