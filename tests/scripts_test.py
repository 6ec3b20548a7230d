#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""scripts/test reports results of this run only: red where it cannot run, whatever an earlier run has left.

A small tree with the real scripts/test and summary.py, and doubles of what they call."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
OTHER = 65534  # nobody
OLD = """<testsuites><testsuite name="unit"><testcase classname="a" name="b"/></testsuite></testsuites>"""


def make_tree(tree):
    scripts = tree / "scripts"
    scripts.mkdir()
    for name in "test", "summary.py":
        shutil.copy(ROOT / "scripts" / name, scripts / name)
    for name in "install-deps", "build":
        (scripts / name).write_text("#!/bin/sh\nexit 0\n")
        (scripts / name).chmod(0o755)
    # As a run has left it.
    for folder in "build/test-results", "build/meson-logs":
        (tree / folder).mkdir(parents=True)
        (tree / folder / "unit.xml").write_text(OLD)
        (tree / folder / "unit.junit.xml").write_text(OLD)
        (tree / folder / "unit.programs").write_text("")
        (tree / folder / "unit.json").write_text("")


def run(tree, *before):
    environment = {"PATH": os.environ["PATH"], "HOME": str(tree)}
    done = subprocess.run([*before, "bash", str(tree / "scripts/test"), "--fast"], env=environment, timeout=60,
                          text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def check(what, fact, shown):
    if not fact:
        print("scripts: %s\n%s" % (what, shown))
    return bool(fact)


def main():
    good = True
    with tempfile.TemporaryDirectory() as directory:
        tree = pathlib.Path(directory)
        tree.chmod(0o755)
        make_tree(tree)
        # Nothing can be configured there, so there are no tests: old results are not those of this run.
        code, said = run(tree)
        good &= check("a run without tests is red", code != 0 and "1 passed" not in said, said)
    with tempfile.TemporaryDirectory() as directory:
        tree = pathlib.Path(directory)
        tree.chmod(0o755)
        make_tree(tree)
        if os.geteuid() == 0:
            before = ["setpriv", "--reuid", str(OTHER), "--regid", str(OTHER), "--clear-groups"]
        else:
            before = []
            for path in [tree / "build", *(tree / "build").rglob("*")]:
                path.chmod(0o555 if path.is_dir() else 0o444)
        code, said = run(tree, *before)
        good &= check("a build directory of another user is red, and the way out is named",
                      code != 0 and "passed" not in said and "chown" in said, said)
        for path in [tree / "build", *(tree / "build").rglob("*")]:
            path.chmod(0o755)
    print("scripts: %s" % ("as it should be" if good else "wrong"))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
