#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Adds up the results in a directory and ends with the line "N passed, N failed", with ", N skipped" if there are any.

    scripts/summary.py DIRECTORY

Of each stage of the tests there is one of these, named after it:

    STAGE.xml + STAGE.programs   JUnit file and testlog.json of `meson test`
    STAGE.xml                    JUnit file of pytest
    STAGE.conformance            what the conformance suite writes with --results
    STAGE.unsteady               beside it: cases that failed and passed when run again, a line each; they count as
                                 passed, and are named
    STAGE.failed                 the stage did not come to its tests; the reason is inside

The exit code is 1 if anything failed, or if there is nothing to add up.
"""

import argparse
import collections
import json
import pathlib
import sys
import xml.etree.ElementTree as ElementTree

Result = collections.namedtuple("Result", "name outcome why")
BAD_PROGRAM = ("FAIL", "ERROR", "TIMEOUT", "INTERRUPT", "UNEXPECTEDPASS")


def first_line(text):
    lines = [line for line in (text or "").strip().splitlines() if line.strip()]
    return lines[0].strip()[:160] if lines else ""


def of_junit(path):
    for suite in ElementTree.parse(path).getroot().iter("testsuite"):
        for case in suite.findall("testcase"):
            name = "%s.%s" % (case.get("classname") or suite.get("name"), case.get("name"))
            bad = case.find("failure")
            bad = case.find("error") if bad is None else bad
            skipped = case.find("skipped")
            if bad is not None:
                yield suite.get("name"), Result(name, "failed", first_line(bad.get("message") or bad.text))
            elif skipped is not None:
                yield suite.get("name"), Result(name, "skipped", first_line(skipped.get("message") or skipped.text))
            else:
                yield suite.get("name"), Result(name, "passed", "")


def of_meson(path, programs):
    """A program can fail although no case in it did: a sanitizer's report at the end, a crash, a time limit."""
    suites_with_failures = set()
    for suite, result in of_junit(path):
        if result.outcome == "failed":
            suites_with_failures.add(suite)
        yield result
    for line in programs.read_text().splitlines():
        program = json.loads(line)
        told = any(program["name"] in suite for suite in suites_with_failures)
        if program["result"] in BAD_PROGRAM and not told:
            yield Result(program["name"], "failed", "the program: " + program["result"])


def unsteady(path):
    beside = path.with_suffix(".unsteady")
    return beside.read_text().split() if beside.exists() else []


def of_conformance(path):
    outcomes = {"pass": "passed", "not supported": "skipped"}
    for case in json.loads(path.read_text())["cases"]:
        outcome = outcomes.get(case["result"], "failed")
        if case["id"] in unsteady(path):
            outcome = "passed"
        yield Result(case["id"], outcome, first_line(case["why"]))


def stages(directory):
    for path in sorted(directory.iterdir()):
        try:
            if path.suffix == ".xml":
                programs = path.with_suffix(".programs")
                if programs.exists():
                    yield path.stem, list(of_meson(path, programs))
                else:
                    yield path.stem, [result for _, result in of_junit(path)]
            elif path.suffix == ".conformance":
                yield path.stem, list(of_conformance(path))
            elif path.suffix == ".failed":
                yield path.stem, [Result("the stage itself", "failed", first_line(path.read_text()))]
        except (ElementTree.ParseError, ValueError, KeyError) as problem:
            yield path.stem, [Result("its results", "failed", "%s cannot be read: %s" % (path.name, problem))]


def main():
    parser = argparse.ArgumentParser(prog="scripts/summary.py")
    parser.add_argument("directory", type=pathlib.Path)
    args = parser.parse_args()

    total = collections.Counter()
    failures, reasons = [], collections.Counter()
    print("\n%-16s %8s %8s %8s" % ("", "passed", "failed", "skipped"))
    for stage, results in stages(args.directory):
        count = collections.Counter(result.outcome for result in results)
        total += count
        print("%-16s %8d %8d %8d" % (stage, count["passed"], count["failed"], count["skipped"]))
        failures += [(stage, result) for result in results if result.outcome == "failed"]
        reasons.update((stage, result.why) for result in results if result.outcome == "skipped")
    for (stage, why), count in sorted(reasons.items()):
        print("skipped in %s: %d (%s)" % (stage, count, why))
    for stage, result in failures:
        print("FAILED in %s: %s%s" % (stage, result.name, "\n    " + result.why if result.why else ""))
    for path in sorted(args.directory.glob("*.conformance")):
        for case in unsteady(path):
            print("UNSTEADY in %s: %s failed, and passed when run again" % (path.stem, case))
    line = "%d passed, %d failed" % (total["passed"], total["failed"])
    if total["skipped"]:
        line += ", %d skipped" % total["skipped"]
    print("\n" + line)
    return 1 if failures or not total["passed"] else 0


if __name__ == "__main__":
    sys.exit(main())
