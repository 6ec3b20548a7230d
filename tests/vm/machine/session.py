# SPDX-License-Identifier: BSD-3-Clause
"""A run of pytest that has a virtual machine: one at a time, without left-overs, and what is to be said at its end."""

import glob
import os
import shutil
import signal
import socket
import tempfile

import pytest

from lab import remove_left_overs

from .qemu import MachineStalled

STALLED = 75  # Exit code: to be tried again (run.py).


class Session:
    """A plugin of pytest; what is made during the run is named after `prefix`."""

    def __init__(self, prefix):
        self._lock = socket.socket(socket.AF_UNIX)
        self._facts = []
        self._stalled = False
        try:
            self._lock.bind("\0" + prefix)  # An abstract name: nothing of it stays, whatever happens to us.
        except OSError:
            raise pytest.UsageError("another run with the prefix %s is going on" % prefix)
        remove_left_overs(prefix)
        for directory in glob.glob(os.path.join(tempfile.gettempdir(), prefix + "-*")):
            shutil.rmtree(directory, ignore_errors=True)

        def end(number, _):
            raise KeyboardInterrupt("signal %d" % number)  # pytest then ends the fixtures.
        for number in signal.SIGTERM, signal.SIGHUP:
            signal.signal(number, end)

    def fact(self, line):
        """A line for the end of the output."""
        self._facts.append(line)

    def pytest_exception_interact(self, node, call):
        if call.excinfo.errisinstance(MachineStalled):
            node.session.shouldstop = "the emulated machine has stalled"
            self._stalled = True

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session):
        if self._stalled:
            session.exitstatus = STALLED

    def pytest_terminal_summary(self, terminalreporter):
        for line in self._facts:
            terminalreporter.write_line(line)
