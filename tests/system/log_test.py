# SPDX-License-Identifier: BSD-3-Clause
"""The log: what stands before a line, what is in it, and that nothing about it stops the switch."""

import calendar
import contextlib
import fcntl
import os
import re
import signal
import time

import pytest

from lab import PATIENCE, Query, eventually

TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})Z (mcswitch: .*)")
FLOOD = {"unregistered": "flood"}


def shell(command):
    """Words for Switch.start(behind=): the command of a shell, and then the switch in its place."""
    return ["sh", "-c", command + '; exec "$@"', "sh"]


@contextlib.contextmanager
def full_pipe(path):
    """A pipe by that name in which there is no room, and its end for reading. The kernel's smallest is a page."""
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    try:
        with contextlib.suppress(BlockingIOError):
            fcntl.fcntl(writer, 1031, 4096)  # F_SETPIPE_SZ
            while os.write(writer, b"x" * 4096):
                pass
        yield reader
    finally:
        os.close(writer)
        os.close(reader)


def test_a_line_begins_with_the_time_of_day(lab):
    began = time.time() - 1
    switch = lab.switch()
    assert switch.stop() == 0
    lines = switch.stderr().splitlines()
    assert lines
    for line in lines:
        stamp = time.strptime(TIME.fullmatch(line).group(1)[:19], "%Y-%m-%dT%H:%M:%S")
        assert began <= calendar.timegm(stamp) + 1 <= time.time() + 1, line


def test_for_the_journal_a_line_begins_with_its_priority(lab):
    """As systemd starts it: $JOURNAL_STREAM is the device and inode of stderr."""
    switch = lab.prepare(switch={"hugepages": "auto", "mbufs": 1 << 16})
    switch.start(behind=shell("export JOURNAL_STREAM=$(stat -Lc %d:%i /proc/self/fd/2)"))
    assert switch.stop() == 0
    levels = {"error": 3, "warning": 4, "notice": 5, "info": 6}
    lines = [re.fullmatch(r"<(\d)>mcswitch: (\w+): \w+: .+", line) for line in switch.stderr().splitlines()]
    assert lines and all(lines), switch.stderr()
    assert all(int(line.group(1)) == levels[line.group(2)] for line in lines)


def test_log_level_leaves_out_the_less_important(lab):
    switch = lab.switch(switch={"log-level": "warning"}, igmp={"querier": True, "querier-address": "0.0.0.0"})
    lab.reached(1, "239.82.8.1")
    assert switch.stop() == 0
    said = switch.stderr().splitlines()
    # The notices about the configuration itself come before its level is known.
    assert not [line for line in said if ": info: " in line or ": notice: counters: " in line], said


def test_lines_of_dpdk_come_once_as_lines_of_the_log(lab):
    switch = lab.switch(switch={"log-level": "debug", "eal-args": ["--no-pci", "--log-level=*:info"]})
    switch.stop()
    lines = [TIME.fullmatch(line).group(2) for line in switch.stderr().splitlines()]
    own = [line for line in lines if re.fullmatch(r"mcswitch: info: dpdk: EAL: .+", line)]
    assert own and len(own) == len(set(own)), lines
    assert not [line for line in lines if "EAL" in line and "dpdk" not in line]


def test_nobody_waits_for_a_log_that_is_not_read(lab):
    """It starts, forwards and ends; what it had to say is missing, and how much is said when it is read."""
    switch = lab.prepare(snooping=FLOOD)
    pipe = switch.directory / "pipe"
    with full_pipe(pipe) as reader:
        switch.start(behind=shell("exec 2> %s" % pipe))
        assert lab.reached(1, "239.82.8.2") == {2, 3}
        for _ in range(3):
            switch.process.send_signal(signal.SIGHUP)
        asked = time.monotonic()
        assert switch.stop() == 0
        assert time.monotonic() - asked < 10
        os.read(reader, 1)


def test_a_reader_that_ends_does_not_end_the_switch(lab):
    switch = lab.prepare(snooping=FLOOD)
    pipe = switch.directory / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    # Signals are as a shell has them: Python ignores SIGPIPE, and its children would inherit that.
    switch.start(behind=["env", "--default-signal=PIPE", *shell("exec 2> %s" % pipe)])
    os.close(reader)
    switch.process.send_signal(signal.SIGHUP)  # Something to log.
    assert lab.reached(1, "239.82.8.3") == {2, 3}
    switch.query("info")
    assert switch.is_running() and switch.stop() == 0


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGPIPE])
def test_a_signal_that_means_nothing_here_changes_nothing(lab, number):
    switch = lab.prepare(snooping=FLOOD).start(behind=["env", "--default-signal"])
    switch.process.send_signal(number)
    if number in (signal.SIGHUP, signal.SIGUSR1):
        eventually(lambda: "%s changes nothing" % number.name in switch.stderr(), "it is logged", PATIENCE)
    assert lab.reached(1, "239.82.8.4") == {2, 3}
    assert switch.is_running()


# --- what is logged

def events(switch, since=0):
    """Lines of the control thread, without what stands before their text."""
    return [line.split(": control: ")[1] for line in switch.stderr().splitlines()[since:] if ": control: " in line]


def logged(switch, text):
    eventually(lambda: text in events(switch), "it is logged: " + text)


def test_a_link_that_goes_and_comes_is_logged(lab):
    switch = lab.switch()
    eventually(lambda: all(row["link"] == "up" for row in switch.query("ports")), "all have link")
    logged(switch, "ports p1 p2 p3: link up")
    lab.host(2).set_link(False)
    logged(switch, "port p2: link down")
    lab.host(2).set_link(True)
    logged(switch, "port p2: link up")


def test_the_querier_its_new_address_and_router_ports_are_logged(lab):
    switch = lab.switch()
    lab.host(1).send_igmp(Query(), source="10.77.0.199")
    logged(switch, "vlan 1: now non-querier, querier address 10.77.0.199")
    logged(switch, "vlan 1: router ports: p1 (before: none)")
    lab.host(2).send_igmp(Query(), source="10.77.0.10")
    logged(switch, "vlan 1: now non-querier, querier address 10.77.0.10")
    logged(switch, "vlan 1: router ports: p1 p2 (before: p1)")
    lab.host(2).set_link(False)
    logged(switch, "vlan 1: router ports: p1 (before: p1 p2)")


def test_what_happens_to_thousands_of_vlans_is_one_line(lab):
    trunk = {"vlan": 0, "tagged-vlans": ["1-4094"]}
    switch = lab.switch(port={1: trunk, 2: trunk}, ports=[1, 2],
                        igmp={"querier": True, "querier-address": "10.77.0.200"})
    logged(switch, "vlans 1-4094: now querier, querier address 10.77.0.200")
    assert len(events(switch)) < 10, events(switch)
