# SPDX-License-Identifier: BSD-3-Clause
"""What every peer receives, and what it returns."""

import dataclasses
import pathlib
import time
import typing

from captures import Captures

# Debian's DPDK has 32 ports in all, one of which is the source's.
MOST_SINKS = 31


@dataclasses.dataclass
class Workload:
    """One source, `fan_out` sinks that have joined all groups, and, where DPDK has a port left for it, one that has
    joined none: it must get nothing."""
    captures: Captures
    fan_out: int
    groups: int
    size: int  # bytes with the frame check sequence
    seconds: float
    warm_up: float
    main_core: int
    worker_core: int
    hugepages: bool

    @property
    def sinks(self):
        return range(1, self.fan_out + 1)

    @property
    def has_bystander(self):
        return self.fan_out < MOST_SINKS

    @property
    def memberships(self):
        return self.groups * self.fan_out

    @property
    def mbufs(self):
        """More than the source's capture holds, with room for the rest."""
        return max(32768, 1 << (self.captures.source_frames + 16384).bit_length())

    def sink_device(self, number):
        return "net_pcap%d,rx_pcap=%s" % (number, self.captures.sink(number))

    def source_device(self):
        return "net_pcap50,rx_pcap=%s,infinite_rx=1" % self.captures.source

    def bystander_device(self):
        return "net_pcap51,rx_pcap=%s" % self.captures.silent


@dataclasses.dataclass
class Rates:
    """Frames in a second in which the worker had the processor: from the source, and to each sink. `share` is the part
    of the time that it had it; less than 1 where another process wanted the core."""
    ingress: float
    sinks: typing.List[float]
    share: float

    @property
    def egress(self):
        return sum(self.sinks)


class Window:
    """From one reading of counters to another. A reading is (seconds, seconds that the worker ran, counters)."""

    def __init__(self, begin, end):
        self.seconds, self.running = end[0] - begin[0], end[1] - begin[1]
        self._before, self._after = begin[2], end[2]

    def rate(self, *path):
        before, after = self._before, self._after
        for step in path:
            before, after = before[step], after[step]
        return (int(after) - int(before)) / self.running

    def rates(self, ingress, sinks):
        """Paths of counters to rates."""
        return Rates(self.rate(*ingress), [self.rate(*sink) for sink in sinks], self.running / self.seconds)


def worker_task(pid, name):
    """The thread of process `pid` whose name contains `name`."""
    task, = [task for task in pathlib.Path("/proc/%d/task" % pid).iterdir() if name in (task / "comm").read_text()]
    return task


def reading(tasks, counters):
    """(seconds, seconds that the threads ran, counters())."""
    def clocks():
        return time.monotonic(), sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9
    before = clocks()
    found = counters()
    after = clocks()
    return (before[0] + after[0]) / 2, (before[1] + after[1]) / 2, found


def check_even(name, rates, bystander=0.0):
    """What was counted must be multicast to members: every sink got every frame (within what reading the counters one
    after the other makes), and no other port any. A switch's own queries and router solicitations go to all ports: a
    handful of frames is not flooding."""
    if not rates.ingress or min(rates.sinks) <= 0:
        raise RuntimeError("%s forwards nothing: %s" % (name, rates))
    if bystander > min(rates.sinks) / 1000:
        raise RuntimeError("%s floods: %.0f frames a second went to a port without members" % (name, bystander))
    if max(rates.sinks) > 1.2 * min(rates.sinks):
        raise RuntimeError("%s does not send every frame to every sink: %s" % (name, rates))
