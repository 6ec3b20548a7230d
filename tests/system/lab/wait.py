# SPDX-License-Identifier: BSD-3-Clause
"""Waiting for a fact with a deadline, instead of sleeping and hoping."""

import time

# Seconds after which something hangs that was to happen: never a matter of speed, also on a machine with other work.
# What must not take longer than something else is a fact to be asserted, of times on the wire where there are any.
PATIENCE = 60


def wait_until(fact, timeout=PATIENCE, step=0.02):
    """Returns the first true value of fact(), or the last value once `timeout` seconds are over."""
    end = time.monotonic() + timeout
    while True:
        value = fact()
        if value or time.monotonic() >= end:
            return value
        time.sleep(step)


def eventually(fact, what, within=PATIENCE):
    """Like wait_until, but a fact that stays false is an AssertionError in the words of `what`."""
    value = wait_until(fact, within)
    assert value, "not within %g s: %s (last seen: %r)" % (within, what, value)
    return value
