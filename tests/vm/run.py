#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""Boots a virtual machine with PCI network cards, runs the built mcswitch in it, and passes multicast through it.

    tests/vm/run.py [OPTION OF PYTEST]...      -k link: only the tests with "link" in their names; -s: as it goes

Needs root, and what scripts/install-deps installs. MCSWITCH_BUILD names another build directory than build/; what is
made is named mcsvm-*, or after MCSWITCH_TEST_PREFIX. Where there cannot be such a machine, MCSWITCH_VM=skip says that
this is known; without it that is a failure. Exit code 77: not run.
"""

import os
import pathlib
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from machine import QEMU, GuestKernel, MissingKernel  # noqa: E402
from lab import program  # noqa: E402

NOT_RUN = 77  # meson's code for a test that was skipped.
STALLED = 75  # As in machine/session.py.


def lacks(needs=()):
    """What this machine lacks for it, in words; None if nothing. `needs` are further programs."""
    for path in QEMU, "/bin/busybox", *needs:
        if not os.access(path, os.X_OK):
            return "there is no %s; scripts/install-deps installs it" % path
    try:
        GuestKernel()
    except MissingKernel as problem:
        return "%s; scripts/install-deps fetches it" % problem
    if not os.path.exists("/dev/net/tun"):
        return "there is no /dev/net/tun: this kernel has no tap devices, which are the machine's cables"
    for name in "mcswitch", "mcsctl":
        if not os.access(program(name), os.X_OK):
            return "there is no %s: scripts/build build; or name the build directory in MCSWITCH_BUILD" % program(name)
    return None


def run_tests(tests):
    """pytest's exit code. It ends in good order when this program is asked to end, or is killed."""
    sys.stdout.flush()
    child = subprocess.Popen(["setpriv", "--pdeathsig", "TERM", "/usr/bin/python3", "-B", "-m", "pytest", str(tests),
                              "-v", *sys.argv[1:]])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal reaches it as well.
    for number in signal.SIGTERM, signal.SIGHUP:
        signal.signal(number, lambda *_: child.terminate())
    try:
        return child.wait()
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def main(tests=HERE, needs=()):
    """Runs the tests of a folder."""
    if os.environ.get("MCSWITCH_VM") == "skip":
        print("vm: not run, because MCSWITCH_VM=skip says so")
        return NOT_RUN
    if os.geteuid() != 0:
        print("vm: not run: network namespaces and tap devices need root: run tests/vm/run.py as root")
        return NOT_RUN
    problem = lacks(needs)
    if problem:
        print("vm: %s. Where it cannot be had: MCSWITCH_VM=skip" % problem)
        return 1
    code = run_tests(tests)
    if code == STALLED:
        print("vm: the emulated machine stalled, as its kernel says above; once more with a new one")
        code = run_tests(tests)
    return code


if __name__ == "__main__":
    sys.exit(main())
