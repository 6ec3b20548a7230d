# SPDX-License-Identifier: BSD-3-Clause
"""Fixtures of the system tests: the real mcswitch on real interfaces. Needs root; /usr/bin/python3 has pytest."""

import os
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import pytest  # noqa: E402

from lab import Lab, NoBridge, program, remove_left_overs  # noqa: E402

PREFIX = os.environ.get("MCSWITCH_TEST_PREFIX", "mcst")
# Quick timers with unlike values, so that a mix-up of two of them shows.
QUERIER = {"version": 2, "querier": True, "querier-address": "10.77.0.200", "query-interval": 3,
           "query-response-interval": 0.5, "startup-query-interval": 0.7, "last-member-query-interval": 0.6}
# The same, asking as version 3 does: the Group Membership Interval is 2 * 3 + 2 * 0.5 s.
QUERIER_V3 = dict(QUERIER, version=3)
# The same with memberships that outlive every wait, 2 * 60 + 2 * 0.5 s: where one ends, a leave or a question ended it.
LASTING = dict(QUERIER_V3, **{"query-interval": 60})


def pytest_configure(config):
    if os.geteuid() != 0:
        raise pytest.UsageError("the system tests need root: network namespaces")
    if not os.access(program("mcswitch"), os.X_OK):
        raise pytest.UsageError("there is no %s: scripts/build build; or name the build directory in MCSWITCH_BUILD" %
                                program("mcswitch"))
    remove_left_overs(PREFIX)


@pytest.fixture
def make_lab():
    """make_lab(hosts=4, igmp_versions={2: 3}): a laboratory. What its switches printed is shown when the test fails,
    and a switch that does not end with 0 on SIGTERM fails the test by itself."""
    labs = []

    def make(**keys):
        try:
            labs.append(Lab(PREFIX, **keys))
        except NoBridge as problem:
            pytest.skip("hosts that share a port need a bridge, which this kernel does not make: %s" % problem)
        return labs[-1]
    yield make
    bad = []
    for lab in labs:
        for switch in lab.switches:
            print(switch.output())
        bad += lab.close()
    assert not bad, "did not end as expected: %s" % bad


@pytest.fixture
def lab(make_lab):
    """Three hosts, IGMPv2."""
    return make_lab(hosts=3)
