# SPDX-License-Identifier: BSD-3-Clause
"""Join delay, fast leave delay and the delay of the stream on veth pairs, as `mcsbench interfaces` finds them, for one
switch after the other: the same tester, on another core than the switch's worker. The tester is the querier."""

import contextlib
import json
import statistics

from lab import Switch, eventually, to_toml
from lab.netns import add_veth

import machine
import results
from open_vswitch import OpenVSwitch
from processes import PREFIX, Child, on_all_cores

PORTS = ("source", "first", "second")  # Interfaces of the tester; those of the switch have an "s" before them.
BRIDGE = "mcsplinux"
LEVEL_LEAVE_US = 200.0
_NAMES = ("bridge", "mcswitch", "ovs")


def _switch_end(port):
    return "s" + port


@contextlib.contextmanager
def cables(place):
    """veth pairs between the place's namespace and a new one for the tester, which is given."""
    tester = place.new_namespace("tester")
    made = []
    try:
        for port in PORTS:
            add_veth(place.namespace, _switch_end(port), tester, port)
            made.append(_switch_end(port))
        yield tester
    finally:
        for interface in made:  # At once: a namespace that is deleted takes its devices along only some time later.
            place.namespace.ip("link", "del", interface)
        place.drop_namespace(tester)


@contextlib.contextmanager
def bridge(place, _options):
    namespace = place.namespace
    namespace.ip("link", "add", BRIDGE, "type", "bridge", "mcast_snooping", "1", "mcast_igmp_version", "2")
    try:
        for port in PORTS:
            namespace.ip("link", "set", _switch_end(port), "master", BRIDGE)
            namespace.ip("link", "set", _switch_end(port), "type", "bridge_slave", "fastleave", "on")
        namespace.ip("link", "set", BRIDGE, "up")
        yield
    finally:
        namespace.ip("link", "del", BRIDGE)


@contextlib.contextmanager
def mcswitch(place, options):
    config = to_toml({
        "switch": {"name": PREFIX, "main-core": options.main_core, "worker-cores": [options.worker_core],
                   "hugepages": "required" if options.hugepages else "off", "eal-args": ["--no-pci"]},
        "snooping": {"unregistered": "router-ports"}, "igmp": {"version": 2},
        "port": [{"name": port, "device": "net_af_packet%d,iface=%s" % (number, _switch_end(port)), "fast-leave": True}
                 for number, port in enumerate(PORTS)]})
    folder = place.folder_for("mcswitch")
    switch = Switch(place.namespace, PREFIX, config, folder, str(folder))
    try:
        with on_all_cores():
            switch.start()
        yield
    finally:
        switch.discard()


@contextlib.contextmanager
def ovs(place, options):
    switch = OpenVSwitch(place, options.main_core, options.worker_core, options.hugepages, 10000)
    try:
        switch.start()
        switch.add_ports({port: "net_af_packet%d,iface=%s" % (number, _switch_end(port))
                          for number, port in enumerate(PORTS)})
        yield
    finally:
        switch.stop()


PEERS = {"bridge": bridge, "mcswitch": mcswitch, "ovs": ovs}


def measure(place, options, name):
    """Medians in microseconds: join, leave, stream (while hosts join and leave) and latency of each receiver."""
    folder = place.folder_for("delays")
    found = folder / "found.json"
    argv = [str(machine.bench_program()), "interfaces", "--source", PORTS[0],
            "--test", "join-delay,leave-delay,latency", "--rounds", str(options.delay_rounds), "--rate", str(options.rate), "--querier",
            "--core", str(options.main_core), "--json", str(found)]
    for port in PORTS[1:]:
        argv += ["--receiver", port]
    with cables(place) as tester, PEERS[name](place, options):
        eventually(lambda: all(link["operstate"] == "UP" for link in json.loads(tester.ip("-j", "link", "show"))
                               if link["ifname"] in PORTS), 10, "the cables are up")
        child = Child(argv, tester, folder / "log")
        try:
            child.finish(120 + 12 * options.delay_rounds)
        finally:
            child.end()
    return medians(json.loads(found.read_text()))


def medians(document):
    """Of the report of mcsbench."""
    by_test = {}
    for row in document["results"]:
        by_test.setdefault(row["test"], []).append(row)
    missing = {"join-delay", "leave-delay", "latency"} - set(by_test)
    if missing:
        raise RuntimeError("mcsbench has found nothing for %s" % ", ".join(sorted(missing)))
    join, leave = by_test["join-delay"][0], by_test["leave-delay"][0]
    return {"join_us": join["delay_us"]["median"], "leave_us": leave["delay_us"]["median"],
            "stream_us": join["stream_delay_us"],
            "latency_us": statistics.median(row["p50_us"] for row in by_test["latency"]),
            "without_number": join["without_number"] + leave["without_number"]}


def levels(runs):
    """What mcswitch may take for a join in each round, against what it took; and its leaves. Of rounds in which both
    switches were measured."""
    by_round = {}
    for run in runs:
        by_round.setdefault(run["round"], {})[run["peer"]] = run
    pairs = [pair for pair in by_round.values() if "mcswitch" in pair and "bridge" in pair]
    ours = [run for run in runs if run["peer"] == "mcswitch"]
    found = {}
    if pairs:
        allowed = statistics.median(p["bridge"]["join_us"] + p["mcswitch"]["stream_us"] - p["bridge"]["stream_us"]
                                    for p in pairs)
        join = statistics.median(p["mcswitch"]["join_us"] for p in pairs)
        found["join"] = {"median_us": join, "allowed_us": allowed, "reached": join <= allowed}
    if ours:
        leave = statistics.median(run["leave_us"] for run in ours)
        found["leave"] = {"median_us": leave, "allowed_us": LEVEL_LEAVE_US, "reached": leave < LEVEL_LEAVE_US}
    return found


def table(runs):
    keys = ("join_us", "leave_us", "stream_us", "latency_us")
    return {name: {key: results.summary([run[key] for run in runs if run["peer"] == name]) for key in keys}
            for name in _NAMES if any(run["peer"] == name for run in runs)}


def lines(runs):
    out = ["%-10s %26s %26s %24s %24s" % ("µs", "join to first frame", "fast leave to last frame",
                                          "stream, 1 receiver", "stream, all")]
    for name, row in table(runs).items():
        out.append("%-10s %26s %26s %24s %24s" % (name, *(results.spread(row[key]) for key in row)))
    for name, level in levels(runs).items():
        out.append("mcswitch, %s: median %.1f µs, level %.1f µs: %s" % (
            name, level["median_us"], level["allowed_us"], "reached" if level["reached"] else "MISSED"))
    without = sum(run["without_number"] for run in runs)
    if without:
        out.append("%d joins or leaves had no end within the time that mcsbench waits" % without)
    return out
