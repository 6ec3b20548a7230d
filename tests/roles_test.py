#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compiles calls by what each thread has of the shared tables (lib/table/tables.hpp): what only the control thread may
do does not compile in a worker, and telemetry changes nothing.

    tests/roles_test.py [ROOT] [--compiler g++]

Prints a line per call that compiles and must not, or must and does not; the exit code is 1 or 0.
"""

import argparse
import os
import pathlib
import subprocess
import sys

FLAGS = ["-std=c++20", "-fsyntax-only", "-march=x86-64-v2", "-x", "c++"]

# What each thread is given.
ROLES = {
    "control": "Tables& tables",
    "worker": "WorkerTables tables",
    "telemetry": "const Tables& tables",
}

HEAD = """#include "table/group_lookup.hpp"
#include "table/tables.hpp"
using namespace mcswitch;
using namespace mcswitch::table;
"""
SNIPPET = HEAD + """void role(%s, const GroupKey& key) { static_cast<void>(%s); static_cast<void>(key); }
"""
# Asked of the compiler for all calls and threads at once.
CONCEPT = """template <typename T> concept May%d =
  requires(T tables, const GroupKey& key, GracePeriod& grace, GroupTable::EntryView view) { %s; };
"""
ASSERT = 'static_assert(%sMay%d<%s>, "%s and %s");\n'

# A call, and who may make it.
CALLS = [
    ("tables.groups.find(key)", "control worker telemetry"),
    ("tables.groups.find_v4(1, {})", "control worker telemetry"),
    ("tables.groups.snapshot(0, view)", "control worker telemetry"),
    ("tables.groups.membership_count(1)", "control worker telemetry"),
    ("tables.groups.join(key, 1, 2, 3)", "control worker"),
    ("tables.groups.join_source(key, key.group, 1, 2)", "control worker"),
    ("tables.groups.remove(0, 1, 2)", "control"),
    ("tables.groups.reclaim(grace)", "control"),
    ("tables.groups.drain_fresh(1, [](EntryId) {})", "control"),
    ("tables.groups.for_each([](EntryId) {})", "control telemetry"),
    ("tables.groups.for_each_child(0, [](EntryId) {})", "control telemetry"),
    ("tables.groups.control_join(key, 1, 2)", "control"),
    ("tables.groups.set_limit(1, 2)", "control"),
    ("tables.groups.set_source_limit(1)", "control"),
    ("tables.macs.find(1, {})", "control worker telemetry"),
    ("tables.macs.snapshot(0)", "control worker telemetry"),
    ("tables.macs.learn(1, {}, 1, {})", "control worker"),
    ("tables.macs.age(1, {})", "control"),
    ("tables.macs.forget({}, 0, 1)", "control"),
    ("tables.forwarding.current().vlans[1].flood.load()", "control worker telemetry"),
    ("tables.forwarding.words(1).flood.store({})", "control"),
    ("tables.forwarding.publish(nullptr, grace)", "control"),
    ("tables.forwarding.reclaim(grace)", "control"),
    # What is published stays as it is.
    ("tables.forwarding.current().vlans[1].flood.store({})", ""),
    ("tables.forwarding.current().vlans[1].igmp = Snooping::off", ""),
    ("tables.forwarding.current().ports[1].vlan = 1", ""),
    ("tables.link_up.load()", "control worker telemetry"),
    ("tables.link_up.store({})", "control"),
    ("tables.ports[1].saw_host({}, {})", "control worker"),
]
# Whole functions, so that the table above is not all there is to believe: one that compiles, one that does not.
SNIPPETS = [("worker", "find(key)", "remove(0, 1, 2)"), ("telemetry", "find(key)", "join(key, 1, 2, 3)")]


def compiles(compiler, lib, text):
    """Whether it does, and the compiler's words."""
    done = subprocess.run([compiler, *FLAGS, "-I", str(lib), "-"], input=text, text=True,
                          env={**os.environ, "LC_ALL": "C"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode == 0, done.stdout


def table_text():
    lines = [HEAD]
    for number, (call, who) in enumerate(CALLS):
        lines.append(CONCEPT % (number, call))
        for role, given in ROLES.items():
            lines.append(ASSERT % ("" if role in who.split() else "!", number, given.rsplit(" ", 1)[0], role,
                                   call.replace('"', "'")))
    return "".join(lines)


def offences(compiler, lib):
    good, output = compiles(compiler, lib, table_text())
    if not good:
        yield "not as the table in this file says:\n%s" % output
    for role, right, wrong in SNIPPETS:
        good, output = compiles(compiler, lib, SNIPPET % (ROLES[role], "tables.groups." + right))
        if not good:
            yield "%s may not call %s:\n%s" % (role, right, output)
        good, output = compiles(compiler, lib, SNIPPET % (ROLES[role], "tables.groups." + wrong))
        if good:
            yield "%s may call %s" % (role, wrong)
        elif wrong.split("(")[0] not in output:
            yield "%s may not call %s, but for another reason:\n%s" % (role, wrong, output)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("root", nargs="?", default=pathlib.Path(__file__).parents[1], type=pathlib.Path)
    parser.add_argument("--compiler", default=os.environ.get("CXX", "g++"))
    args = parser.parse_args()
    found = list(offences(args.compiler, args.root.resolve() / "lib"))
    for offence in found:
        print(offence)
    print("roles: %d calls, %d offences" % (len(CALLS), len(found)))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
