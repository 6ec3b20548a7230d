# SPDX-License-Identifier: BSD-3-Clause
"""The switch's clock, and what becomes of memberships when the process did not run for a while."""

import signal
import time

from lab import Report, eventually


def uptime(switch):
    """Seconds by the switch's clock, and the two moments by the machine's between which it was asked."""
    before = time.monotonic()
    milliseconds = switch.query("info")["uptime_ms"]
    return milliseconds / 1000, before, time.monotonic()


def test_the_clock_follows_that_of_the_machine(lab):
    """DPDK knows the frequency of the TSC within 0.2 %, where the machine does not tell it: 10 ms in these 5 s."""
    switch = lab.switch()
    time.sleep(0.5)  # The first looks are over.
    first, first_before, first_after = uptime(switch)
    time.sleep(5)
    last, last_before, last_after = uptime(switch)
    resolution = 0.002
    assert last_before - first_after - resolution < last - first < last_after - first_before + resolution


# Memberships end 3 s after a report; nobody asks, so that reports come when the test sends them.
SHORT = {"version": 2, "group-membership-interval": 3}


def test_reports_that_waited_during_a_pause_come_before_the_end_of_memberships(lab):
    switch = lab.switch(igmp=SHORT, snooping={"unregistered": "drop"})
    host = lab.host(2)
    for number in range(1, 6):
        report = Report("239.82.9.%d" % number)
        host.send_igmp(report)
        eventually(lambda: switch.members(report.group) == {"p2"}, "it is a member")
        switch.process.send_signal(signal.SIGSTOP)
        time.sleep(2.5)
        host.send_igmp(report)
        time.sleep(1.5)
        switch.process.send_signal(signal.SIGCONT)
        assert switch.members(report.group) == {"p2"}
        assert lab.reached(1, report.group) == {2}
        # It has not ended and begun again: the others are over, one more each time.
        eventually(lambda: not switch.query("groups"), "it ends with its interval")
        assert counter(switch, "memberships_expired") == number
    assert "nothing ran here for" in switch.stderr()


def counter(switch, name):
    return next(row["value"] for row in switch.query("counters") if row["counter"] == name)
