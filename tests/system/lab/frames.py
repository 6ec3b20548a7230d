# SPDX-License-Identifier: BSD-3-Clause
"""Ethernet frames with IPv4, IGMP and UDP inside: built for sending, taken apart for judging.

The builders take what a correct frame needs and let every such field be wrong on purpose.
"""

import dataclasses
import socket
import struct

from . import igmpv3

QUERY, REPORT_V1, REPORT_V2, LEAVE, REPORT_V3 = 0x11, 0x12, 0x16, 0x17, 0x22
ROUTER_SOLICITATION = 0x31  # RFC 4286
TYPE_NAMES = {QUERY: "query", REPORT_V1: "version 1 report", REPORT_V2: "version 2 report",
              LEAVE: "leave", REPORT_V3: "version 3 report",
              0x30: "router advertisement", 0x31: "router solicitation", 0x32: "router termination"}  # RFC 4286
REPORTS = (REPORT_V1, REPORT_V2, REPORT_V3)

BROADCAST = "ff:ff:ff:ff:ff:ff"
ROUTER_ALERT = bytes((0x94, 0x04, 0x00, 0x00))
IPV4, IPV6 = 0x0800, 0x86dd
IGMP, UDP = 2, 17


def mac_bytes(text):
    return bytes.fromhex(text.replace(":", ""))


def mac_text(raw):
    return ":".join("%02x" % byte for byte in raw)


def group_mac(group):
    """RFC 1112 section 6.4: 01:00:5e and the low 23 bits, so 32 groups share one."""
    low = socket.inet_aton(group)[1:]
    return "01:00:5e:%02x:%02x:%02x" % (low[0] & 0x7f, low[1], low[2])


def checksum(raw):
    if len(raw) % 2:
        raw += b"\0"
    total = sum(struct.unpack("!%dH" % (len(raw) // 2), raw))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ethernet(destination, source, ethertype, payload):
    frame = mac_bytes(destination) + mac_bytes(source) + struct.pack("!H", ethertype) + payload
    return frame.ljust(60, b"\0")


def ipv4(source, destination, protocol, payload, ttl=1, options=b"", total_length=None, header_checksum=None):
    def header(value):
        return struct.pack("!BBHHHBBH4s4s", 0x40 | (5 + len(options) // 4), 0xc0 if protocol == IGMP else 0,
                           20 + len(options) + len(payload) if total_length is None else total_length,
                           0, 0, ttl, protocol, value,
                           socket.inet_aton(source), socket.inet_aton(destination)) + options
    right = checksum(header(0))
    return header(right if header_checksum is None else header_checksum) + payload


def udp(payload, port):
    """Without a checksum, which IPv4 allows."""
    return struct.pack("!HHHH", port, port, 8 + len(payload), 0) + payload


def igmp(kind, group="0.0.0.0", code=0, body=None, wrong_checksum=False):
    """The eight bytes of versions 1 and 2, or with `body` what stands behind the checksum instead."""
    rest = socket.inet_aton(group) if body is None else body
    value = checksum(struct.pack("!BBH", kind, code, 0) + rest)
    return struct.pack("!BBH", kind, code, value ^ 0x5555 if wrong_checksum else value) + rest


@dataclasses.dataclass
class Query:
    """A general query, or with a group a group-specific one."""
    group: str = "0.0.0.0"
    max_resp_time: float = 10.0  # seconds; 0 makes it a version 1 query

    def destination(self):
        return "224.0.0.1" if self.group == "0.0.0.0" else self.group

    def raw(self):
        return igmp(QUERY, self.group, round(self.max_resp_time * 10))


@dataclasses.dataclass
class QueryV3:
    """A version 3 query. max_resp_time and query_interval are seconds that their codes can say exactly."""
    group: str = "0.0.0.0"
    sources: tuple = ()
    max_resp_time: float = 10.0
    suppress: bool = False
    robustness: int = 2
    query_interval: int = 125

    def destination(self):
        return "224.0.0.1" if self.group == "0.0.0.0" else self.group

    def raw(self):
        fields = igmpv3.QueryFields(self.suppress, self.robustness, self.query_interval, tuple(self.sources))
        return igmp(QUERY, code=igmpv3.code_of(round(self.max_resp_time * 10)),
                    body=socket.inet_aton(self.group) + fields.raw())


@dataclasses.dataclass
class Report:
    """A report or leave of version 1 or 2."""
    group: str
    kind: int = REPORT_V2

    def destination(self):
        return "224.0.0.2" if self.kind == LEAVE else self.group

    def raw(self):
        return igmp(self.kind, self.group)


@dataclasses.dataclass
class Frame:
    """A captured frame. Fields of a layer that it has not are None."""
    time: float
    outgoing: bool
    raw: bytes
    destination_mac: str
    source_mac: str
    ethertype: int
    source: str = None
    destination: str = None
    protocol: int = None
    ttl: int = None
    router_alert: bool = None
    igmp_type: int = None
    igmp_code: int = None
    igmp_group: str = None
    udp_payload: bytes = None
    query_v3: igmpv3.QueryFields = None
    records: tuple = ()  # of a version 3 report

    @property
    def sources(self):
        """That a query asks for."""
        return self.query_v3.sources if self.query_v3 else ()

    @property
    def max_resp_time(self):
        """Of a query, in seconds."""
        return (igmpv3.value_of(self.igmp_code) if self.query_v3 else self.igmp_code) / 10

    def is_igmp(self, kind, group=None):
        return self.igmp_type == kind and (group is None or self.igmp_group == group)

    def is_query(self, group="0.0.0.0"):
        return self.is_igmp(QUERY, group)

    def is_group_query(self, group):
        """Group-specific, without sources."""
        return self.is_query(group) and not self.sources

    def is_source_query(self, group):
        """Group-and-source-specific."""
        return self.is_query(group) and bool(self.sources)

    def concerns(self, group):
        """An IGMP message that has the group anywhere."""
        return self.igmp_group == group or any(record.group == group for record in self.records)

    def is_data(self, group):
        return self.destination == group and self.protocol == UDP

    def describe(self):
        """An IGMP message in words."""
        if self.igmp_type == QUERY:
            what = "general query" if self.igmp_group == "0.0.0.0" else "group-specific query " + self.igmp_group
            if self.sources:
                what = "group-and-source-specific query %s {%s}" % (self.igmp_group, ", ".join(self.sources))
            return "%s, max response time %g s, from %s" % (what, self.max_resp_time, self.source)
        name = TYPE_NAMES.get(self.igmp_type, "IGMP type 0x%02x" % self.igmp_type)
        what = ", ".join(map(str, self.records)) or self.igmp_group or ""
        return "%s, from %s" % (" ".join(filter(None, (name, what))), self.source)


def parse(raw, time, outgoing):
    frame = Frame(time, outgoing, raw, mac_text(raw[:6]), mac_text(raw[6:12]),
                  struct.unpack("!H", raw[12:14])[0])
    packet = raw[14:]
    if frame.ethertype != IPV4 or len(packet) < 20:
        return frame
    header = (packet[0] & 0x0f) * 4
    frame.source, frame.destination = socket.inet_ntoa(packet[12:16]), socket.inet_ntoa(packet[16:20])
    frame.ttl, frame.protocol = packet[8], packet[9]
    frame.router_alert = ROUTER_ALERT in packet[20:header]
    payload = packet[header:struct.unpack("!H", packet[2:4])[0]]
    if frame.protocol == IGMP and len(payload) >= 4:  # a router solicitation has 4 bytes
        frame.igmp_type, frame.igmp_code = payload[0], payload[1]
        # A version 3 report has records where the others have a group: show the first record's.
        place = 12 if payload[0] == REPORT_V3 else 4
        if len(payload) >= place + 4:
            frame.igmp_group = socket.inet_ntoa(payload[place:place + 4])
        if payload[0] == REPORT_V3 and len(payload) >= 8:
            frame.records = igmpv3.parse_records(payload)
        elif payload[0] == QUERY and len(payload) >= 12:
            frame.query_v3 = igmpv3.parse_query(payload)
    elif frame.protocol == UDP and len(payload) >= 8:
        frame.udp_payload = payload[8:]
    return frame
