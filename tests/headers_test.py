#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compiles every header of the folders without DPDK by itself: what a header needs, it includes.

    tests/headers_test.py [ROOT] [--compiler g++]

Prints a line per header that does not compile, or one that all do; the exit code is 1 or 0.
"""

import argparse
import concurrent.futures
import os
import pathlib
import subprocess
import sys

FOLDERS = ["base", "proto", "table", "membership", "host", "forwarding", "config", "control"]
FLAGS = ["-std=c++20", "-fsyntax-only", "-march=x86-64-v2", "-Wall", "-Wextra", "-Werror", "-x", "c++"]


def compile_alone(compiler, lib, header):
    name = header.relative_to(lib)
    # Included twice, so that a missing #pragma once shows.
    text = '#include "%s"\n#include "%s"\n' % (name, name)
    done = subprocess.run([compiler, *FLAGS, "-I", str(lib), "-"], input=text, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return name, done.returncode == 0, done.stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("root", nargs="?", default=pathlib.Path(__file__).parents[1], type=pathlib.Path)
    parser.add_argument("--compiler", default=os.environ.get("CXX", "g++"))
    args = parser.parse_args()
    lib = args.root.resolve() / "lib"
    headers = [header for folder in FOLDERS for header in sorted((lib / folder).rglob("*.hpp"))]
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=len(os.sched_getaffinity(0))) as pool:
        for name, good, output in pool.map(lambda header: compile_alone(args.compiler, lib, header), headers):
            if not good:
                bad += 1
                print("%s does not compile alone:\n%s" % (name, output))
    print("headers: %d compile alone, %d do not" % (len(headers) - bad, bad))
    return 1 if bad or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
