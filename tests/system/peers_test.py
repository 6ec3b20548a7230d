# SPDX-License-Identifier: BSD-3-Clause
"""bench/peers: what it sends is right, its arithmetic is, and it runs and cleans up. What it measures is not judged."""

import json
import os
import pathlib
import signal
import subprocess
import sys

import pytest

from lab import PATIENCE, frames, left_overs, wait_until
from lab.switch import ROOT

PEERS = ROOT / "bench" / "peers"
sys.path.append(str(PEERS))

import captures  # noqa: E402
import delays  # noqa: E402
import machine  # noqa: E402
import protocol  # noqa: E402
import results  # noqa: E402
import xdp  # noqa: E402

FAR_GROUPS = 70000  # More than 16 bits of the address change.


def group_of(raw):
    return captures.group_text(int.from_bytes(raw, "big") - captures.FIRST_GROUP)


def check_frame(frame, number, header_length):
    text = captures.group_text(number)
    assert frame[:6] == frames.mac_bytes(frames.group_mac(text))
    assert group_of(frame[30:34]) == text
    assert frames.checksum(frame[14:14 + header_length]) == 0


def test_the_stream_has_all_groups_in_turn_with_right_checksums():
    made = list(captures.stream(FAR_GROUPS, 64))
    assert len(made) == FAR_GROUPS
    for number in (0, 1, 255, 256, 65535, 65536, FAR_GROUPS - 1):
        assert len(made[number]) == 60
        check_frame(made[number], number, 20)


def test_a_stream_of_few_groups_is_longer_than_a_burst():
    made = list(captures.stream(3, 512))
    assert len(made) >= captures.LEAST_FRAMES and len(made) % 3 == 0
    for place in (0, 1, 2, 3, len(made) - 1):
        assert len(made[place]) == 508
        check_frame(made[place], place % 3, 20)


def test_joins_are_reports_with_router_alert_and_right_checksums():
    for number, frame in enumerate(captures.joins(7, FAR_GROUPS)):
        if number in (0, 65535, 65536, FAR_GROUPS - 1):
            check_frame(frame, number, 24)
            assert frame[34:38] == frames.ROUTER_ALERT
            assert frame[38] == frames.REPORT_V2
            assert group_of(frame[42:46]) == captures.group_text(number)
            assert frames.checksum(frame[38:46]) == 0
            assert frame[6:12] == frames.mac_bytes(captures.host_mac(7))


@pytest.mark.parametrize("report", [False, True])
def test_xdp_makes_the_frames_that_the_captures_have(report):
    groups = 66000
    wanted = list(captures.joins(7, groups) if report else captures.stream(groups, 64))
    program = xdp.load(xdp.stepping(xdp.counter(), groups, captures.FIRST_GROUP, xdp.rest(wanted[0], 24),
                                    xdp.rest(wanted[0], 40) if report else None))
    frame = wanted[0]
    for number in range(groups + 2):
        frame = xdp.result_of(program, frame)
        assert frame == wanted[number % groups], number
    os.close(program)


def test_ratios_are_of_runs_of_the_same_round():
    def run(turn, peer, egress):
        return {"round": turn, "fan_out": 4, "peer": peer, "ingress": egress / 4, "egress": egress, "share": 0.5}
    row, = results.rate_rows([run(0, "mcswitch", 30e6), run(0, "ovs", 3e6), run(1, "mcswitch", 60e6),
                              run(2, "ovs", 1e6), run(3, "mcswitch", 24e6), run(3, "ovs", 2e6)])
    ratio = row["ratios"]["ovs"]
    assert (ratio["n"], ratio["minimum"], ratio["median"], ratio["maximum"]) == (2, 10, 11, 12)
    assert ratio["reached"] and ratio["level"] == 10
    assert row["peers"]["mcswitch"]["median"] == 30e6


def test_the_interval_of_the_median_needs_six_values_and_leaves_out_both_ends_of_many():
    assert results.interval([5, 1, 3, 2, 4]) is None
    assert results.interval([6, 5, 1, 3, 2, 4]) == (1, 6)
    assert results.interval(list(range(1, 22))) == (6, 16)  # n = 21: ranks 6 and 16, as in tables of the sign test.


def test_joins_a_second_are_taken_between_the_first_and_the_last_look_in_between():
    looks = [(0.0, 0), (1.0, 0), (2.0, 1000), (3.0, 2500), (4.0, 9000), (9.0, 10000)]
    assert protocol.slope(looks, 10000) == 4000
    with pytest.raises(RuntimeError, match="too soon"):
        protocol.slope([(0.0, 0), (1.0, 500), (2.0, 10000)], 10000)


def test_a_join_may_take_what_the_bridge_takes_and_what_the_stream_takes_longer():
    def run(turn, peer, join, leave, stream, busy_join=0, busy_stream=0):
        return {"round": turn, "peer": peer, "join_us": join, "leave_us": leave, "stream_us": stream,
                "busy_join_us": busy_join, "busy_stream_us": busy_stream}
    found = delays.levels([run(0, "bridge", 30, 0, 2, 20, 3), run(0, "mcswitch", 34, 150, 7, 25, 7),
                           run(1, "mcswitch", 90, 250, 7)])
    assert found["join"] == {"median_us": 34, "allowed_us": 35, "reached": True}
    assert found["join while another stream runs"] == {"median_us": 25, "allowed_us": 24, "reached": False}
    assert found["leave"] == {"median_us": 200, "allowed_us": 200, "reached": False}


def command(json_file):
    return [sys.executable, str(PEERS / "run.py"), "--rounds", "1", "--seconds", "1", "--warm-up", "0.1",
            "--fan-outs", "1", "--peers", "ceiling,mcswitch", "--json", str(json_file)]


@pytest.mark.skipif(not os.access(machine.ceiling_program(), os.X_OK),
                    reason="there is no mcsceiling: built without benchmarks")
def test_a_run_finds_rates_and_leaves_nothing_behind_also_not_of_one_that_was_killed(tmp_path):
    temporary = set(pathlib.Path("/tmp").glob("mcsp-*"))
    killed = subprocess.Popen(command(tmp_path / "killed.json"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert wait_until(lambda: any(space.processes() for space in left_overs("mcsp")))
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert left_overs("mcsp")

    done = subprocess.run(command(tmp_path / "found.json"), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    row, = json.loads((tmp_path / "found.json").read_text())["rates"]
    assert set(row["peers"]) == {"ceiling", "mcswitch"}
    assert 0 < row["ratios"]["ceiling"]["median"] and row["peers"]["mcswitch"]["median"] > 1000
    assert "F=1" in done.stdout
    assert not left_overs("mcsp")
    assert set(pathlib.Path("/tmp").glob("mcsp-*")) <= temporary
