# SPDX-License-Identifier: BSD-3-Clause
"""`mcsbench interfaces` against the real mcswitch. Its findings are right; nothing timed is asserted."""

import json
import math
import os
import pathlib
import subprocess

import pytest

from lab import PATIENCE, program
from lab.netns import Namespace, add_veth

MCSBENCH = str(pathlib.Path(program("mcswitch")).parents[1] / "bench" / "mcsbench")
PORTS = 3
pytestmark = pytest.mark.skipif(not os.access(MCSBENCH, os.X_OK),
                                reason="%s is not there: built without -Dbenchmarks=true" % MCSBENCH)


@pytest.fixture
def bench(make_lab, tmp_path):
    """bench(ports={...}, words): runs the tests between a source at port 1 and receivers at ports 2 and 3 of a
    switch, and returns the finished process and its rows by test."""
    lab = make_lab(hosts=0)
    tester = Namespace("%s-bench" % lab.prefix).create()

    def run(*words, port=None):
        lab.switch(ports=range(1, PORTS + 1), port=port, snooping={"hold-pruning": 1}, igmp={"version": 2})
        file = tmp_path / "result.json"
        with tester.inside():
            done = subprocess.run([MCSBENCH, "interfaces", "--source", "tap1", "--receiver", "tap2",
                                   "--receiver", "tap3", "--json", str(file), *words],
                                  text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE)
        rows = json.loads(file.read_text())["results"] if file.exists() else []
        return done, {row["test"]: row for row in rows}

    try:
        for number in range(1, PORTS + 1):
            add_veth(lab.switch_namespace, "sw%d" % number, tester, "tap%d" % number)
        yield run
    finally:
        tester.delete()


def is_delay(summary):
    return all(math.isfinite(summary[key]) and summary[key] >= 0 for key in ("minimum", "median", "maximum"))


def test_joins_and_leaves_are_seen_by_data_and_have_finite_delays(bench):
    done, rows = bench("--querier", "--max-response", "0.3", "--rate", "2000", "--rounds", "4", "--groups", "100",
                       "--repeats", "1", "--join-rate", "2000", "--duration", "0.3",
                       "--test", "join-delay,leave-delay,joins,leaves,capacity,latency",
                       port={n: {"fast-leave": True} for n in (2, 3)})
    assert done.returncode == 0, done.stdout
    assert set(rows) == {"join-delay", "leave-delay", "joins", "leaves", "capacity", "latency"}
    for test in "join-delay", "leave-delay":
        row = rows[test]
        assert (row["rounds"], row["without_number"], row["flooded"], row["elsewhere"]) == (4, 0, 0, 0), row
        assert is_delay(row["delay_us"]), row
    # Each of 100 joins is verified, and each of 100 leaves.
    assert rows["joins"]["lost"]["maximum"] == 0
    assert rows["leaves"]["lost"]["maximum"] == 0
    assert (rows["capacity"]["taken"], rows["capacity"]["flooded"]) == (100, 0)
    assert rows["latency"]["frames"] > 0


def test_a_switch_that_floods_is_said_to_flood(bench):
    done, rows = bench("--rounds", "4", "--test", "join-delay")  # Without a querier pruning is held.
    assert done.returncode == 1, done.stdout
    assert "flooded to: tap2, tap3" in done.stdout and "--querier" in done.stdout
    assert not rows


def test_an_interface_that_is_missing_is_named():
    done = subprocess.run([MCSBENCH, "interfaces", "--source", "nowhere0", "--receiver", "nowhere1"], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE)
    assert done.returncode == 2
    assert "nowhere0: there is no such interface" in done.stderr
