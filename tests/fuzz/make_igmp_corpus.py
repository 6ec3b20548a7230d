#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes the seeds of igmp_parse_fuzz into corpus/igmp in this folder. README.md says what each is."""

import pathlib
import socket
import struct

GROUP = socket.inet_aton("239.1.2.3")
SSM_GROUP = socket.inet_aton("232.1.2.3")
NO_GROUP = bytes(4)
SOURCES = socket.inet_aton("10.0.0.1") + socket.inet_aton("10.0.0.2")


def checksum(raw):
    raw += bytes(len(raw) % 2)
    total = sum(struct.unpack(f"!{len(raw) // 2}H", raw))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def sealed(raw):
    return raw[:2] + struct.pack("!H", checksum(raw)) + raw[4:]


def message(kind, group, code=0, behind=b""):
    return sealed(bytes([kind, code, 0, 0]) + group + behind)


def v3_query(group, sources=b"", code=100, flags=2, qqic=125, count=None, behind=b""):
    count = len(sources) // 4 if count is None else count
    return message(0x11, group, code, struct.pack("!BBH", flags, qqic, count) + sources + behind)


def record(kind, group, sources=b"", aux=b"", count=None, aux_words=None):
    count = len(sources) // 4 if count is None else count
    aux_words = len(aux) // 4 if aux_words is None else aux_words
    return struct.pack("!BBH", kind, aux_words, count) + group + sources + aux


def v3_report(*records, count=None, behind=b""):
    count = len(records) if count is None else count
    return sealed(struct.pack("!BBHHH", 0x22, 0, 0, 0, count) + b"".join(records) + behind)


SEEDS = {
    "v1_report": message(0x12, GROUP),
    "v2_report": message(0x16, GROUP),
    "v2_report_longer": message(0x16, GROUP, behind=b"\x01\x02\x03\x04\x05"),
    "v2_report_unicast_group": message(0x16, socket.inet_aton("10.1.2.3")),
    "v2_report_wrong_checksum": b"\x16\x00\xde\xad" + GROUP,
    "leave": message(0x17, GROUP),
    "v1_query": message(0x11, NO_GROUP),
    "v2_general_query": message(0x11, NO_GROUP, 100),
    "v2_group_query": message(0x11, GROUP, 10),
    "query_of_10_bytes": message(0x11, GROUP, 10, b"\x02\x7d"),
    "v3_general_query": v3_query(NO_GROUP),
    "v3_group_query_s_flag": v3_query(SSM_GROUP, flags=0x0A),
    "v3_source_query": v3_query(SSM_GROUP, SOURCES, code=10),
    "v3_query_float_codes": v3_query(NO_GROUP, code=0x8F, qqic=0xFF),
    "v3_query_more_sources_than_there_are": v3_query(SSM_GROUP, SOURCES, count=3),
    "v3_query_longer": v3_query(SSM_GROUP, SOURCES, behind=b"\x00\x01\x00\x04tail"),
    "v3_report_empty": v3_report(),
    "v3_report_join": v3_report(record(4, GROUP)),
    "v3_report_all_types": v3_report(*(record(kind, SSM_GROUP, SOURCES) for kind in range(8))),
    "v3_report_aux_data": v3_report(record(2, GROUP, SOURCES, b"auxiliar"), record(3, SSM_GROUP)),
    "v3_report_unicast_group": v3_report(record(4, socket.inet_aton("10.1.2.3")), record(4, GROUP)),
    "v3_report_more_records_than_there_are": v3_report(record(4, GROUP), count=2),
    "v3_report_more_sources_than_there_are": v3_report(record(1, SSM_GROUP, SOURCES, count=3)),
    "v3_report_more_aux_data_than_there_is": v3_report(record(2, GROUP, aux=b"auxi", aux_words=2)),
    "v3_report_longer": v3_report(record(4, GROUP), behind=b"behind"),
    "mrd_advertisement": message(0x30, struct.pack("!HH", 125, 2), 20),
    "mrd_solicitation": sealed(b"\x31\x00\x00\x00"),
    "mrd_termination": sealed(b"\x32\x00\x00\x00"),
    "pim_hello": sealed(b"\x20\x00\x00\x00" + struct.pack("!HHHHHI", 1, 2, 105, 19, 4, 1)),
    "pim_hello_forever": sealed(b"\x20\x00\x00\x00" + struct.pack("!HHH", 1, 2, 0xFFFF)),
    "pim_hello_options_run_over": sealed(b"\x20\x00\x00\x00" + struct.pack("!HHH", 1, 9, 105)),
    "one_byte": b"\x16",
    "seven_bytes": sealed(b"\x16\x00\x00\x00\xef\x01\x02"),
}


def main():
    folder = pathlib.Path(__file__).resolve().parent / "corpus" / "igmp"
    folder.mkdir(parents=True, exist_ok=True)
    for name, raw in SEEDS.items():
        (folder / name).write_bytes(raw)


if __name__ == "__main__":
    main()
