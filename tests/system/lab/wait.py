# SPDX-License-Identifier: BSD-3-Clause
"""Waiting for a fact with a deadline, instead of sleeping and hoping."""

import time


def wait_until(fact, timeout, step=0.02):
    """Returns the first true value of fact(), or the last value once `timeout` seconds are over."""
    end = time.monotonic() + timeout
    while True:
        value = fact()
        if value or time.monotonic() >= end:
            return value
        time.sleep(step)


def eventually(fact, timeout, what):
    """Like wait_until, but a fact that stays false is an AssertionError in the words of `what`."""
    value = wait_until(fact, timeout)
    assert value, "not within %g s: %s (last seen: %r)" % (timeout, what, value)
    return value
