# SPDX-License-Identifier: BSD-3-Clause
"""What the kernel knows of a switch's forwarding worker, of which there must be one."""

import pathlib
import re
import time


class WorkerClock:
    """Seconds since it was made, and what the worker did in them."""

    def __init__(self, switch):
        self._task, = [task for task in pathlib.Path("/proc/%d/task" % switch.process.pid).iterdir()
                       if "worker" in (task / "comm").read_text()]  # As DPDK names it.
        self._begin = self._look()

    def _look(self):
        """What the kernel says, and when: before and after, because this program has to wait for a core too."""
        before = time.monotonic()
        running, waiting, _ = (self._task / "schedstat").read_text().split()
        slept = re.search(r"^voluntary_ctxt_switches:\s+(\d+)", (self._task / "status").read_text(), re.MULTILINE)
        return before, time.monotonic(), int(running) / 1e9, int(waiting) / 1e9, int(slept.group(1))

    def read(self):
        """(passed, running, asleep): a worker that polls never sleeps, and is either running or, where it shares its
        core, waiting for it. Asleep means that a system call has held it: the kernel counts how often, and what is
        missing although it never was has been taken from the whole machine, by what runs it."""
        now, then = self._look(), self._begin
        passed, running, waiting = now[0] - then[1], now[2] - then[2], now[3] - then[3]
        return passed, running, max(0.0, passed - running - waiting) if now[4] != then[4] else 0.0
