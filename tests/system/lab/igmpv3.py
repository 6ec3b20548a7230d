# SPDX-License-Identifier: BSD-3-Clause
"""What version 3 adds to IGMP (RFC 9776 section 4): queries with sources, reports with records. Only what stands
behind the checksum; frames.py has the rest."""

import dataclasses
import socket
import struct

# Record types (RFC 9776 section 4.2.12).
MODE_IS_INCLUDE, MODE_IS_EXCLUDE, CHANGE_TO_INCLUDE, CHANGE_TO_EXCLUDE, ALLOW, BLOCK = range(1, 7)
RECORD_NAMES = dict(enumerate(("IS_IN", "IS_EX", "TO_IN", "TO_EX", "ALLOW", "BLOCK"), 1))

_SUPPRESS = 0x08


def value_of(code):
    """Of a Max Resp Code or QQIC (RFC 9776 sections 4.1.1 and 4.1.7)."""
    return code if code < 128 else (code & 0x0f | 0x10) << ((code >> 4 & 0x07) + 3)


def code_of(value):
    """The code whose value is exactly `value`; there is not one for every number."""
    return next(code for code in range(256) if value_of(code) == value)


def _addresses(raw):
    return tuple(socket.inet_ntoa(raw[at:at + 4]) for at in range(0, len(raw) - 3, 4))


@dataclasses.dataclass(frozen=True)
class Record:
    """`auxiliary` is a whole number of 32-bit words."""
    kind: int
    group: str
    sources: tuple = ()
    auxiliary: bytes = b""

    def raw(self):
        return (struct.pack("!BBH", self.kind, len(self.auxiliary) // 4, len(self.sources)) +
                socket.inet_aton(self.group) + b"".join(map(socket.inet_aton, self.sources)) + self.auxiliary)

    def __str__(self):
        return "%s %s {%s}" % (RECORD_NAMES.get(self.kind, "type %d" % self.kind), self.group,
                               ", ".join(self.sources))


def report_body(records):
    """A record is a Record or (type, group, source, source ...)."""
    records = [record if isinstance(record, Record) else Record(record[0], record[1], tuple(record[2:]))
               for record in records]
    return struct.pack("!HH", 0, len(records)) + b"".join(record.raw() for record in records)


def parse_records(payload):
    """Records of a report; those of a report that ends too early are left out."""
    count = struct.unpack("!H", payload[6:8])[0]
    records, at = [], 8
    while len(records) < count and len(payload) >= at + 8:
        kind, words, number = struct.unpack("!BBH", payload[at:at + 4])
        end = at + 8 + 4 * number
        records.append(Record(kind, socket.inet_ntoa(payload[at + 4:at + 8]), _addresses(payload[at + 8:end]),
                              payload[end:end + 4 * words]))
        at = end + 4 * words
    return tuple(records)


@dataclasses.dataclass(frozen=True)
class QueryFields:
    """What a version 3 query has and others have not."""
    suppress: bool  # the S flag
    robustness: int  # QRV
    query_interval: int  # seconds, of QQIC
    sources: tuple = ()

    def raw(self):
        return struct.pack("!BBH", (_SUPPRESS if self.suppress else 0) | self.robustness,
                           code_of(self.query_interval), len(self.sources)) + b"".join(
                               map(socket.inet_aton, self.sources))


def parse_query(payload):
    flags, qqic, count = struct.unpack("!BBH", payload[8:12])
    return QueryFields(bool(flags & _SUPPRESS), flags & 0x07, value_of(qqic),
                       _addresses(payload[12:12 + 4 * count]))
