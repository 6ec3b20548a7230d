# SPDX-License-Identifier: BSD-3-Clause
"""What the kernel knows of a switch's forwarding worker, of which there must be one."""

import pathlib
import time


class WorkerClock:
    """Seconds since it was made, and what the worker did in them."""

    def __init__(self, switch):
        self._task, = [task for task in pathlib.Path("/proc/%d/task" % switch.process.pid).iterdir()
                       if "worker" in (task / "comm").read_text()]  # As DPDK names it.
        self._begin = self._look()

    def _look(self):
        running, waiting, _ = (self._task / "schedstat").read_text().split()
        return time.monotonic(), int(running) / 1e9, int(waiting) / 1e9

    def read(self):
        """(passed, running, asleep): a worker that polls never sleeps, and is either running or, where it shares its
        core, waiting for it. Asleep means that a system call has held it."""
        passed, running, waiting = (now - then for now, then in zip(self._look(), self._begin))
        return passed, running, max(0.0, passed - running - waiting)
