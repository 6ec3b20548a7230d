# SPDX-License-Identifier: BSD-3-Clause
"""runs.jsonl: one line a run, the oldest first; lines are only ever added."""

import json
import pathlib
import re

FILE = pathlib.Path(__file__).with_name("runs.jsonl")
KEYS = ["date", "commit", "suite", "command", "machine", "numbers"]
MACHINE_KEYS = ["cpu", "cores", "kernel", "compiler", "dpdk", "memory"]


class BadLine(Exception):
    pass


def check(line):
    """Raises BadLine with what is wrong."""
    if [key for key in line if key != "note"] != KEYS:
        raise BadLine("keys must be %s, and may be followed by note" % ", ".join(KEYS))
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", line["date"]):
        raise BadLine("date %r is not like 2026-11-22T19:40:06Z" % line["date"])
    if not re.fullmatch(r"[0-9a-f]{7,40}", line["commit"]):
        raise BadLine("%r is no commit" % line["commit"])
    if list(line["machine"]) != MACHINE_KEYS:
        raise BadLine("machine must have %s" % ", ".join(MACHINE_KEYS))
    for name, values in line["numbers"].items():
        if not (isinstance(values, list) and len(values) in (1, 3) and
                all(isinstance(value, (int, float)) for value in values)):
            raise BadLine("%s is neither [median, low, high] nor [value]" % name)


def load():
    lines = []
    for number, text in enumerate(FILE.read_text().splitlines(), 1):
        try:
            line = json.loads(text)
            check(line)
        except (ValueError, BadLine) as problem:
            raise SystemExit("%s:%d: %s" % (FILE.name, number, problem)) from None
        lines.append(line)
    return lines


def append(line):
    check(line)
    with FILE.open("a") as file:
        file.write(json.dumps(line, separators=(", ", ": ")) + "\n")


class Runs:
    """The newest number of each name, with the run that it is from."""

    def __init__(self, lines):
        self.lines = lines

    def having(self, *names):
        """The newest run that has all of them, or None."""
        return next((line for line in reversed(self.lines) if all(name in line["numbers"] for name in names)), None)

    def of_suite(self, suite):
        return [line for line in self.lines if line["suite"] == suite]
