#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Reads the #include lines of lib/, drivers/ and app/, and the names of other folders' namespaces, and refuses an
arrow that the layer diagram does not have.

    tests/layering_test.py [ROOT]

A folder may include and name itself and what stands to its right: a name that comes through the header of a third one
is an arrow like any other. DPDK's headers are for the folders that say so, and
rte_telemetry.h for one. Prints a line per offence, or one that all is well; the exit code is 1 or 0.
"""

import pathlib
import re
import sys

ARROWS = {
    "base": "",
    "proto": "base",
    "table": "base",
    "membership": "base proto",
    "host": "base proto membership",
    "forwarding": "base proto table",
    "config": "base membership",
    "control": "base proto table membership host config",
    "dataplane": "base proto table forwarding config",
    "telemetry": "base proto table membership config control",
    "machine": "base table config control dataplane",
    "engine": "base table config control dataplane telemetry machine",
    "drivers": "base config dataplane",
    "app": "base proto table membership host forwarding config control dataplane telemetry machine engine "
           "drivers",
}
# Where headers of DPDK may be included.
DPDK = {"dataplane", "telemetry", "machine", "engine", "drivers", "app"}
# Protocol and tables get the time as a parameter; only programs and workers read a clock.
CLOCKS = re.compile(r"\b(steady_clock|system_clock|high_resolution_clock)::now|\bclock_gettime\b|\brte_rdtsc\b")
CLOCK_FREE = {"base", "proto", "table", "membership", "host", "forwarding", "config", "control"}

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')
SOURCES = {".hpp", ".cpp", ".h", ".cc"}
# Each folder of lib/ but base has a namespace of its name: `membership::Role`, not `xmembership::` or `a.membership::`.
NAMESPACE = re.compile(r"(?<![\w.])(%s)::" % "|".join(layer for layer in ARROWS if layer not in ("base", "app")))


def layer_of(path, root):
    parts = path.relative_to(root).parts
    return parts[1] if parts[0] == "lib" else parts[0]


def sources(root):
    for top in "lib", "drivers", "app":
        for path in sorted((root / top).rglob("*")):
            if path.suffix in SOURCES:
                yield path


def target_of(included, path, root):
    """The layer that an include in quotes leads to; None if it is not one of the project's own headers."""
    for base in root / "lib", root / "drivers", root / "app", root, path.parent:
        found = (base / included).resolve()
        if found.is_file() and root in found.parents:
            top = found.relative_to(root).parts[0]
            if top in ("lib", "drivers", "app"):
                return layer_of(found, root)
    return None


def without_comments(text):
    text = re.sub(r"/\*.*?\*/", lambda match: "\n" * match.group().count("\n"), text, flags=re.S)
    return re.sub(r"//[^\n]*", "", text)


def offences(root):
    for path in sources(root):
        layer, name = layer_of(path, root), path.relative_to(root)
        if layer not in ARROWS:
            yield "%s: folder %s is not in the layer diagram" % (name, layer)
            continue
        allowed = {layer, *ARROWS[layer].split()}
        for number, line in enumerate(without_comments(path.read_text()).splitlines(), 1):
            place = "%s:%d" % (name, number)
            if layer in CLOCK_FREE and CLOCKS.search(line):
                yield "%s: %s reads a clock; the time is a parameter there" % (place, layer)
            for named in NAMESPACE.findall(line):
                if named not in allowed:
                    yield "%s: %s must not name %s::" % (place, layer, named)
            match = INCLUDE.match(line)
            if not match:
                continue
            included = match.group(2)
            if included.startswith("rte_"):
                if layer not in DPDK:
                    yield "%s: %s includes <%s>, a header of DPDK" % (place, layer, included)
                elif included.startswith("rte_telemetry") and layer != "telemetry":
                    yield "%s: only telemetry includes <%s>" % (place, included)
            elif match.group(1) == '"':
                target = target_of(included, path, root)
                if target is None:
                    yield '%s: "%s" is not in this project; headers of others go in <>' % (place, included)
                elif target not in allowed:
                    yield "%s: %s must not include %s" % (place, layer, included)


def programs_in(root, users):
    """Programs are nobody's library: these folders include nothing of app/."""
    for path in sorted(path for user in users for path in (root / user).rglob("*") if path.suffix in SOURCES):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            if match and (root / "app" / match.group(2)).is_file():
                yield '%s:%d: includes "%s", a part of a program' % (path.relative_to(root), number, match.group(2))


def diagram_is_sound():
    """No cycles: each layer includes only what the list has above it."""
    seen = set()
    for layer, below in ARROWS.items():
        if not set(below.split()) <= seen:
            return False
        seen.add(layer)
    return True


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[1]).resolve()
    files = list(sources(root))
    found = list(offences(root)) + list(programs_in(root, ("lib", "drivers", "bench")))
    if not diagram_is_sound():
        found.append("layering_test.py: the diagram has a cycle, or a layer above one that it includes")
    if not files:
        found.append("%s: no sources found" % root)
    for offence in found:
        print(offence)
    print("layering: %d files, %d offences" % (len(files), len(found)))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
