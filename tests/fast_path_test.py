#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Each variant of the packet path has all that it calls in itself, built for its instruction set: what it takes from
the libraries instead is slower, and is called where it could be inlined.

    tests/fast_path_test.py OBJECT...

Prints a line per function of the tables, the parsers or the forwarder that an object takes from elsewhere; the exit
code is 1 or 0.
"""

import subprocess
import sys

INSIDE = ("mcswitch::forwarding::", "mcswitch::table::", "mcswitch::proto::")


def taken_from_elsewhere(path):
    """Names, demangled."""
    symbols = subprocess.run(["nm", "--undefined-only", "--demangle", path], check=True, capture_output=True, text=True)
    names = [line.strip().removeprefix("U ") for line in symbols.stdout.splitlines()]
    return [name for name in names if name.startswith(INSIDE)]


def main():
    paths = sys.argv[1:]
    if not paths:
        sys.exit(__doc__)
    found = [(path, name) for path in paths for name in taken_from_elsewhere(path)]
    for path, name in found:
        print(f"{path} takes from elsewhere: {name}; its source belongs into lib/dataplane/fastpath.cpp")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
