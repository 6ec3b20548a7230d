#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""Boots a virtual machine with systemd, installs mcswitch there as config/README.md says, and uses its unit.

    tests/service/run.py [OPTION OF PYTEST]...      -k kill: only the tests with "kill" in their names; -s: as it goes

Like tests/vm/run.py, whose machine it is: root, what scripts/install-deps installs, MCSWITCH_BUILD,
MCSWITCH_TEST_PREFIX, MCSWITCH_VM and the exit codes.
"""

import importlib.util
import pathlib
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "vm"))

_spec = importlib.util.spec_from_file_location("vm_run", HERE.parent / "vm" / "run.py")
vm_run = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(vm_run)

if __name__ == "__main__":
    sys.exit(vm_run.main(HERE, needs=("/lib/systemd/systemd",)))
