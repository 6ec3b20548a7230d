#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs benchmarks and adds a line for each to runs.jsonl; then the tables and plots are made anew.

    bench/results/run.py                           # all of them: about an hour, as root
    bench/results/run.py mcsbench mcsmicro         # these
    bench/results/run.py mcsbench --from FILE      # what was run before, with the command below: its JSON

Measure a clean build (buildtype as in meson.build) of a commit, on a machine that does nothing else. MCSWITCH_BUILD
names another build directory than build/."""

import argparse
import datetime
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(ROOT / "bench" / "peers"), str(ROOT / "tests" / "system")]

import extract  # noqa: E402
import machine  # noqa: E402
import runs  # noqa: E402
import show  # noqa: E402

# What is run, {json} being the file that it writes, and what the line says of it.
SUITES = {
    "mcsbench": ["mcsbench", "all", "--pairs", "21", "--json", "{json}"],
    "mcsmicro": ["mcsmicro", "--benchmark_min_time=0.05", "--benchmark_out_format=json", "--benchmark_out={json}"],
    "control": ["bench/control/run.py", "--rounds", "2", "--json", "{json}"],
    "peers-rates": ["bench/peers/run.py", "--rates", "--rounds", "7", "--seconds", "1", "--json", "{json}"],
    "peers-joins": ["bench/peers/run.py", "--protocol", "--rounds", "3", "--json", "{json}"],
    "peers-delays": ["bench/peers/run.py", "--delays", "--rounds", "5", "--peers", "bridge,mcswitch", "--json",
                     "{json}"],
}
PROGRAMS = {"mcsbench", "mcsmicro"}


def said_command(suite):
    """As a person would type it, without the file."""
    words = [word for word in SUITES[suite] if "{json}" not in word and word not in ("--json",)]
    return " ".join(word for word in words if not word.startswith("--benchmark_out"))


def measure(suite, path):
    words = [word.format(json=path) for word in SUITES[suite]]
    first = machine.build_directory() / "bench" / words[0] if suite in PROGRAMS else ROOT / words[0]
    subprocess.run([str(first)] + words[1:], cwd=ROOT, check=True)


def machine_facts():
    said = machine.compiler() or ""
    compiler = re.match(r"\S+ \S+", said)
    return {"cpu": machine.cpu_model(), "cores": os.cpu_count(), "kernel": os.uname().release,
            "compiler": compiler.group() if compiler else "unknown",
            "dpdk": machine.facts(0, 0, False)["dpdk"] or "unknown", "memory": "plain"}


def line_of(suite, document):
    commit = machine.commit() or ""
    if not re.fullmatch(r"[0-9a-f]+", commit):
        raise SystemExit("%r: only what is committed can be measured for the record" % commit)
    built = document.get("commit", commit) if isinstance(document, dict) else commit
    if built != commit:
        raise SystemExit("%s is of %s, the sources are of %s: scripts/build build" % (suite, built, commit))
    numbers = extract.OF_SUITE[suite](document)
    if not numbers:
        raise SystemExit("%s has written no numbers" % suite)
    date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"date": date, "commit": commit, "suite": suite, "command": said_command(suite),
            "machine": machine_facts(), "numbers": numbers}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=", ".join(SUITES))
    parser.add_argument("--from", dest="source", metavar="FILE", type=pathlib.Path)
    options = parser.parse_args()
    suites = options.suites or list(SUITES)
    for suite in suites:
        if suite not in SUITES:
            parser.error("no suite is called %s; there are %s" % (suite, ", ".join(SUITES)))
    if options.source and len(suites) != 1:
        parser.error("--from is the JSON of one suite")
    with tempfile.TemporaryDirectory(prefix="mcs-results-") as folder:
        for suite in suites:
            path = options.source or pathlib.Path(folder) / (suite + ".json")
            if not options.source:
                measure(suite, path)
            runs.append(line_of(suite, json.loads(path.read_text())))
            print("%s: added" % suite, flush=True)
    print("\n".join(show.write(runs.Runs(runs.load()))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
