#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""`meson install` installs what config/README.md says, below any prefix and DESTDIR, and without tests builds none.

    tests/install_test.py BUILD_DIRECTORY       where app/mcswitch and app/mcsctl are built

Prints a line per fault; the exit code is 1 or 0.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
MESON = "/usr/bin/meson"
UNIT = "lib/systemd/system/mcswitch@.service"
PROGRAMS = ("bin/mcswitch", "bin/mcsctl")
OTHER_PREFIX = "/opt/multicast"


def run(*argv, **keys):
    done = subprocess.run([str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=600, check=False, **keys)
    if done.returncode != 0:
        sys.exit("install: %s\n%s" % (" ".join(map(str, argv)), done.stdout))
    return done.stdout


def documents():
    """Paths from the top of the repository of what is to be read where it is installed."""
    found = [ROOT / "LICENSE", ROOT / "config/README.md", ROOT / "config/reference.toml"]
    for pattern in "config/examples/*.toml", "drivers/README.md", "drivers/*/README.md":
        found += ROOT.glob(pattern)
    return {str(path.relative_to(ROOT)) for path in found}


def faults_of_installation(top, prefix):
    """What is wrong with the files below `top`, a DESTDIR."""
    installed = {str(path.relative_to(top)) for path in top.rglob("*") if not path.is_dir()}
    inside = prefix.lstrip("/") + "/"
    wanted = {inside + name for name in (*PROGRAMS, UNIT)}
    wanted |= {inside + "share/doc/mcswitch/" + name for name in documents()}
    for name in sorted(wanted - installed):
        yield "%s is not installed" % name
    for name in sorted(installed - wanted):
        yield "%s is installed" % name
    if not wanted <= installed:
        return
    keys = dict(line.split("=", 1) for line in (top / (inside + UNIT)).read_text().splitlines() if "=" in line)
    program = keys["ExecStart"].split()[0]
    if program != prefix + "/bin/mcswitch" or not os.access(top / program.lstrip("/"), os.X_OK):
        yield "the unit starts %s, which is not there" % program
    elif not run(top / program.lstrip("/"), "--version").startswith("mcswitch "):
        yield "%s is not mcswitch" % program
    document = keys["Documentation"].removeprefix("file:")
    if not (top / document.lstrip("/")).is_file():
        yield "the unit names %s, which is not there" % document


def built_for_tests(build):
    """What of tests and benchmarks `meson install` would build first."""
    names = run("/usr/bin/ninja", "-C", build, "-t", "inputs", "install").splitlines()
    assert "app/mcswitch.p/mcswitch_main.cpp.o" in names, "mcswitch is no part of the installation"
    return sorted(name for name in names if name.startswith(("tests/", "bench/")))


def faults(build, scratch):
    options = {row["name"]: row["value"] for row in json.loads(run(MESON, "introspect", "--buildoptions", build))}
    run(MESON, "install", "-C", build, "--no-rebuild", "--destdir", scratch / "first")
    yield from faults_of_installation(scratch / "first", options["prefix"])
    # That this can be seen: here there are tests.
    if not built_for_tests(build):
        yield "no test is known in %s" % build

    # As for a package, but for the compiling.
    other = scratch / "build"
    run(MESON, "setup", other, ROOT, "--prefix=" + OTHER_PREFIX, "-Dtests=false", "-Dbenchmarks=false")
    for name in built_for_tests(other):
        yield "an installation without tests builds " + name
    (other / "app").mkdir(exist_ok=True)
    for program in "mcswitch", "mcsctl":
        shutil.copy(build / "app" / program, other / "app")
    run(MESON, "install", "-C", other, "--no-rebuild", env={**os.environ, "DESTDIR": str(scratch / "second")})
    yield from faults_of_installation(scratch / "second", OTHER_PREFIX)


def main():
    with tempfile.TemporaryDirectory() as scratch:
        found = list(faults(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(scratch)))
    for fault in found:
        print("install: " + fault)
    print("install: %d faults" % len(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
