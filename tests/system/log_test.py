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

from lab import PATIENCE, eventually

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
