# SPDX-License-Identifier: BSD-3-Clause
"""What the switch takes of the machine's memory: as much as --check says, and all of it before the first join."""

import pathlib
import re
import subprocess

import pytest

from lab import PATIENCE, eventually, program
from lab.captures import write_joins

PORTS = 4
GROUPS = 1 << 20
FEW = 1 << 10
MEBIBYTE = 1 << 20
# Arrays of 2 MiB and more may end in a page of 2 MiB that they do not fill: buckets, nodes, records, memberships.
ROUNDING = 4 * 2 * MEBIBYTE
# What a thread of the telemetry has allocated while it answered.
HEAP = 1 * MEBIBYTE


@pytest.fixture(scope="module")
def captures(tmp_path_factory):
    """Joins that fill the whole table, each port its quarter of the groups; and as many captures without a frame."""
    directory = tmp_path_factory.mktemp("captures")
    for number in range(PORTS):
        write_joins(directory / ("full%d.pcap" % number), number * (GROUPS // PORTS), GROUPS // PORTS, number + 1)
        write_joins(directory / ("empty%d.pcap" % number), 0, 0, number + 1)
    yield directory
    for path in directory.iterdir():
        path.unlink()


def prepared(lab, captures, kind, groups):
    tables = [{"name": "m%d" % n, "device": "net_pcap%d,rx_pcap=%s/%s%d.pcap" % (n, captures, kind, n)}
              for n in range(PORTS)]
    return lab.prepare(ports=[], switch={"max-groups": groups}, snooping={"unregistered": "router-ports"},
                       igmp={"version": 2}, port_tables=tables)


def taken(switch):
    """Bytes of its own, not of files, that are in memory. (Packet buffers are in huge pages or shared memory.)"""
    status = pathlib.Path("/proc/%d/status" % switch.process.pid).read_text()
    return int(re.search(r"RssAnon:\s+(\d+) kB", status).group(1)) * 1024


def planned(switch):
    """What --check prints, in bytes, by part."""
    printed = subprocess.run([program("mcswitch"), "--config", str(switch.config), "--check"], text=True,
                             timeout=PATIENCE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
    return {part: float(size) * MEBIBYTE for part, size in
            re.findall(r"^memory: ([^:]+): ([0-9.]+) MiB$", printed, re.MULTILINE)}


def groups_of(switch):
    return switch.query("info")["groups"]


def test_a_table_that_fills_takes_no_memory(lab, captures):
    full, empty = (prepared(lab, captures, kind, GROUPS).start() for kind in ("full", "empty"))
    eventually(lambda: groups_of(full) == GROUPS, "all have joined", within=10 * PATIENCE)
    assert groups_of(empty) == 0
    print("%.1f MiB with %d groups, %.1f MiB with none" % (taken(full) / MEBIBYTE, GROUPS, taken(empty) / MEBIBYTE))
    assert abs(taken(full) - taken(empty)) < HEAP


def test_memory_is_what_the_check_says_64_bytes_a_group_and_32_a_membership(lab, captures):
    many, few = (prepared(lab, captures, "empty", groups) for groups in (GROUPS, FEW))
    plans = planned(many), planned(few)
    more = {part: plans[0][part] - plans[1][part] for part in plans[0]}
    table = more["group table and memberships"] / (GROUPS - FEW)
    assert 64 + 32 * PORTS - 1 < table <= 64 + 32 * PORTS + 1
    for switch in many, few:
        switch.start()
        groups_of(switch)
    measured = taken(many) - taken(few)
    expected = more["group table and memberships"] + more["control thread"]
    print("%.1f MiB more for %d groups more, planned %.1f MiB; %.2f bytes a group with its %d memberships" % (
        measured / MEBIBYTE, GROUPS - FEW, expected / MEBIBYTE, table, PORTS))
    assert abs(measured - expected) < ROUNDING
