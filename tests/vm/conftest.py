# SPDX-License-Identifier: BSD-3-Clause
"""Fixtures: one virtual machine for all tests, and one mcswitch in it for those that can share it."""

import os
import pathlib
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import pytest  # noqa: E402

from machine import Nic, VmLab  # noqa: E402
from machine.session import Session  # noqa: E402
from lab import eventually  # noqa: E402

PREFIX = os.environ.get("MCSWITCH_TEST_PREFIX", "mcs") + "vm"
# Card of host n. The pairs of queues are more than there are workers.
NICS = (Nic(1, "e1000e"), Nic(2, "vmxnet3"), Nic(3, "virtio-net", queues=3, rss=True),
        Nic(4, "virtio-net", queues=3))
MODELS = {nic.number: nic.model + ("-rss" if nic.rss else "") for nic in NICS}
EACH_CARD = [pytest.param(number, id=model) for number, model in MODELS.items()]
# Quick timers with unlike values, so that a mix-up of two of them shows; but not so quick that a machine that
# is emulated in software cannot keep them.
QUERIER = {"version": 2, "querier": True, "querier-address": "10.77.0.200", "query-interval": 6,
           "query-response-interval": 1.5, "startup-query-interval": 2.5, "last-member-query-interval": 1}
PRUNE = {"unregistered": "router-ports"}
SOON = 10  # Seconds, long before the membership interval of 2 * 6 + 1.5 s is over: something else ended it.

_session = None


def fact(line):
    """A line for the end of the output."""
    _session.fact(line)


def pytest_configure(config):
    global _session
    _session = Session(PREFIX)
    config.pluginmanager.register(_session, "session-of-the-machine")


@pytest.fixture(scope="session")
def vm():
    """The laboratory. It boots once."""
    began = time.monotonic()
    with VmLab(PREFIX, NICS) as lab:
        fact("machine: %s, ready after %.1f s" % (
            lab.machine.run("uname", "-sr").stdout.strip(), lab.machine.boot_seconds))
        for nic in NICS:
            fact("  p%d  %s  %s, driver %s" % (nic.number, nic.address, nic.describe(), lab.drivers[nic.number]))
        yield lab
    fact("all together: %.0f s" % (time.monotonic() - began))


@pytest.fixture(scope="module")
def one_switch(vm):
    """one_switch(igmp=..., port=...) starts a switch for the tests of a file, which ends after the last."""
    def start(**keys):
        switch = vm.switch(**keys)
        # e1000e takes its time to agree with the other end of the cable on a speed.
        eventually(lambda: all(row["link"] == "up" for row in switch.query("ports")), "all links are up")
        fact("switch %s: %s; %.1f s after its start, all links up %.1f s later" % (
            switch.name, switch.ready_line(), switch.became_ready - switch.started,
            time.time() - switch.became_ready))
        return switch
    yield start
    shown = "\n".join(switch.output() for switch in vm.switches)
    bad = vm.close_switches()
    assert not bad, "did not end as expected: %s\n%s" % (bad, shown)


@pytest.fixture(autouse=True)
def forget(vm):
    """Every test begins with hosts that are members of nothing; what the switch said is shown with a failure."""
    yield
    for host in vm.hosts.values():
        for receiver in host.receivers:
            receiver.close()
        host.receivers.clear()
        host.wire.read()
        host.wire.frames.clear()
    for switch in vm.switches:
        print(switch.output())
