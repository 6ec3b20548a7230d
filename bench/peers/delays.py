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


def ask_tester(tester, options, folder, tests, more=()):
    """What mcsbench finds, by test."""
    found = folder / "found.json"
    argv = [str(machine.bench_program()), "interfaces", "--source", PORTS[0], "--test", ",".join(tests),
            "--rounds", str(options.delay_rounds), "--rate", str(options.rate), "--querier",
            "--core", str(options.main_core), "--json", str(found), *more]
    for port in PORTS[1:]:
        argv += ["--receiver", port]
    child = Child(argv, tester, folder / "log")
    try:
        child.finish(120 + 12 * options.delay_rounds)
    finally:
        child.end()
    by_test = {}
    for row in json.loads(found.read_text())["results"]:
        by_test.setdefault(row["test"], []).append(row)
    missing = set(tests) - set(by_test)
    if missing:
        raise RuntimeError("mcsbench has found nothing for %s" % ", ".join(sorted(missing)))
    return by_test


def measure(place, options, name):
    """Medians in microseconds: join, leave, stream (while hosts join and leave) and latency of each receiver; joins
    once more with another stream on all ports."""
    folder = place.folder_for("delays")
    with cables(place) as tester, PEERS[name](place, options):
        eventually(lambda: all(link["operstate"] == "UP" for link in json.loads(tester.ip("-j", "link", "show"))
                               if link["ifname"] in PORTS), "the cables are up", within=10)
        alone = ask_tester(tester, options, folder, ("join-delay", "leave-delay", "latency"))
        busy = ask_tester(tester, options, folder, ("join-delay",), ("--background",))
    return medians(alone, busy)


def medians(alone, busy):
    """Of the reports of mcsbench."""
    join, leave, busy_join = alone["join-delay"][0], alone["leave-delay"][0], busy["join-delay"][0]
    return {"join_us": join["delay_us"]["median"], "busy_join_us": busy_join["delay_us"]["median"],
            "leave_us": leave["delay_us"]["median"],
            "stream_us": join["stream_delay_us"], "busy_stream_us": busy_join["stream_delay_us"],
            "latency_us": statistics.median(row["p50_us"] for row in alone["latency"]),
            "without_number": sum(row["without_number"] for row in (join, leave, busy_join))}


def levels(runs):
    """What mcswitch may take for a join in each round, against what it took; and its leaves. Of rounds in which both
    switches were measured."""
    by_round = {}
    for run in runs:
        by_round.setdefault(run["round"], {})[run["peer"]] = run
    pairs = [pair for pair in by_round.values() if "mcswitch" in pair and "bridge" in pair]
    ours = [run for run in runs if run["peer"] == "mcswitch"]
    found = {}
    for name, prefix in ("join", ""), ("join while another stream runs", "busy_"):
        if pairs:
            join_key, stream_key = prefix + "join_us", prefix + "stream_us"
            allowed = statistics.median(p["bridge"][join_key] + p["mcswitch"][stream_key] - p["bridge"][stream_key]
                                        for p in pairs)
            join = statistics.median(p["mcswitch"][join_key] for p in pairs)
            found[name] = {"median_us": join, "allowed_us": allowed, "reached": join <= allowed}
    if ours:
        leave = statistics.median(run["leave_us"] for run in ours)
        found["leave"] = {"median_us": leave, "allowed_us": LEVEL_LEAVE_US, "reached": leave < LEVEL_LEAVE_US}
    return found


def table(runs):
    keys = ("join_us", "busy_join_us", "leave_us", "stream_us", "latency_us")
    return {name: {key: results.summary([run[key] for run in runs if run["peer"] == name]) for key in keys}
            for name in _NAMES if any(run["peer"] == name for run in runs)}


def lines(runs):
    form = "%-10s %26s %26s %26s %20s %20s"
    out = [form % ("µs", "join to first frame", "the same, ports in use", "fast leave to last frame",
                   "stream, 1 receiver", "stream, all")]
    for name, row in table(runs).items():
        out.append(form % (name, *(results.spread(row[key]) for key in row)))
    for name, level in levels(runs).items():
        out.append("mcswitch, %s: median %.1f µs, level %.1f µs: %s" % (
            name, level["median_us"], level["allowed_us"], "reached" if level["reached"] else "MISSED"))
    without = sum(run["without_number"] for run in runs)
    if without:
        out.append("%d joins or leaves had no end within the time that mcsbench waits" % without)
    return out
