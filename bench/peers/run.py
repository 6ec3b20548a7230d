#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The same work for mcswitch, the ceiling, Open vSwitch with DPDK and the Linux bridge, in turn, in one run."""

import argparse
import contextlib
import os
import pathlib
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
_HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(_HERE), str(_HERE.parents[1] / "tests" / "system")]

import delays  # noqa: E402
import machine  # noqa: E402
import plots  # noqa: E402
import protocol  # noqa: E402
import results  # noqa: E402
from captures import MOST_GROUPS, Captures  # noqa: E402
from dpdk_peers import Ceiling, ListeningCeiling, Mcswitch, Ovs  # noqa: E402
from linux_bridge import Bridge  # noqa: E402
from processes import Place  # noqa: E402
from workload import MOST_SINKS, Workload  # noqa: E402

FAILURES = (RuntimeError, AssertionError, OSError, subprocess.SubprocessError)
PEERS = {peer.name: peer for peer in (Ceiling, ListeningCeiling, Mcswitch, Ovs, Bridge)}


def say(text):
    """Progress."""
    print(text, file=sys.stderr, flush=True)


def numbers(least, most):
    def parse(text):
        try:
            values = [int(word) for word in text.split(",")]
        except ValueError:
            values = [least - 1]
        if not all(least <= value <= most for value in values):
            raise argparse.ArgumentTypeError(
                "%r: write numbers from %d to %d, with commas between" % (text, least, most))
        return sorted(set(values))
    return parse


def number(kind, least, most):
    def parse(text):
        try:
            value = kind(text)
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            raise argparse.ArgumentTypeError("%r: write a number from %g to %g" % (text, least, most))
        return value
    return parse


def names(text):
    chosen = text.split(",")
    for name in chosen:
        if name not in PEERS:
            raise argparse.ArgumentTypeError("no peer %r; there are %s" % (name, ",".join(PEERS)))
    return chosen


def arguments():
    cores = sorted(os.sched_getaffinity(0))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", type=names, default=list(PEERS), metavar=",".join(PEERS))
    parser.add_argument("--fan-outs", type=numbers(1, MOST_SINKS), default=[1, 4, 15, 31], metavar="1,4,15,31",
                        help="numbers of sinks, up to %d (default: 1,4,15,31)" % MOST_SINKS)
    parser.add_argument("--rounds", type=number(int, 1, 1000), default=7, help="each peer runs once in a round (7)")
    parser.add_argument("--seconds", type=number(float, 0.1, 600), default=2.0, help="measured per run (2)")
    parser.add_argument("--warm-up", type=number(float, 0, 60), default=0.5, help="before that (0.5)")
    parser.add_argument("--groups", type=number(int, 1, MOST_GROUPS), default=100)
    parser.add_argument("--size", type=number(int, 64, 1518), default=64, help="bytes of a frame with FCS (64)")
    parser.add_argument("--hugepages", action="store_true", help="for all of them; they must be reserved and mounted")
    parser.add_argument("--main-core", type=number(int, 0, 1023), default=cores[0])
    parser.add_argument("--worker-core", type=number(int, 0, 1023), default=cores[-1])
    parser.add_argument("--rates", action="store_true", help="egress rates (what is done without any of these)")
    parser.add_argument("--protocol", action="store_true", help="distinct joins a second")
    parser.add_argument("--delays", action="store_true", help="join, leave and stream delay on veth pairs")
    parser.add_argument("--all", action="store_true", help="all three, one after the other")
    parser.add_argument("--delay-rounds", type=number(int, 1, 100000), default=40,
                        help="joins and leaves of a switch in each round of --delays (40)")
    parser.add_argument("--rate", type=number(int, 100, 5000000), default=50000,
                        help="frames a second of the stream of --delays (50000)")
    parser.add_argument("--json", metavar="FILE", help="results, written anew after every run")
    parser.add_argument("--plots", metavar="FOLDER", help="peers.svg goes there")
    options = parser.parse_args()
    for name in "main_core", "worker_core":
        if getattr(options, name) not in cores:
            parser.error("--%s %d: this process may use cores %s" % (name.replace("_", "-"), getattr(options, name),
                                                                    " ".join(map(str, cores))))
    if options.all or not (options.protocol or options.delays):
        options.rates = True
    if options.all:
        options.protocol = options.delays = True
    if options.hugepages and not machine.free_hugepages():
        parser.error("--hugepages: none is free; echo 2048 > /proc/sys/vm/nr_hugepages")
    if os.geteuid() != 0:
        parser.error("network namespaces and core affinity need root: run it again as root")
    return options


def available(place, wanted):
    """Peers that can run here, and what the others lack."""
    peers, missing = [], {}
    for name in wanted:
        peer = PEERS[name](place)
        reason = peer.missing()
        if reason:
            say("%s is left out: %s" % (name, reason))
            missing[name] = reason
        else:
            peers.append(peer)
    return peers, missing


def workloads(options, place):
    captures = Captures(place.folder, options.groups, options.size)
    return [Workload(captures=captures, fan_out=fan_out, groups=options.groups, size=options.size,
                     seconds=options.seconds, warm_up=options.warm_up, main_core=options.main_core,
                     worker_core=options.worker_core, hugepages=options.hugepages) for fan_out in options.fan_outs]


def measure_rates(options, place, document, save):
    peers, document["missing"] = available(place, options.peers)
    runs, failed = document.setdefault("rate_runs", []), document.setdefault("failed", [])
    for turn in range(options.rounds):
        for work in workloads(options, place):
            # Another one begins each time, so that no peer always follows the same one.
            for peer in peers[turn % len(peers):] + peers[:turn % len(peers)]:
                try:
                    rates = peer.rates(work)
                except FAILURES as problem:
                    say("round %d, F=%d, %s: %s" % (turn + 1, work.fan_out, peer.name, problem))
                    failed.append({"round": turn, "fan_out": work.fan_out, "peer": peer.name, "why": str(problem)})
                    continue
                say("round %d of %d, F=%d, %-10s %7.2f Mpps out, %6.2f in" % (
                    turn + 1, options.rounds, work.fan_out, peer.name, rates.egress / 1e6, rates.ingress / 1e6))
                runs.append({"round": turn, "fan_out": work.fan_out, "peer": peer.name, "ingress": rates.ingress,
                             "egress": rates.egress, "share": rates.share, "sinks": rates.sinks})
                document["rates"] = results.rate_rows(runs)
                save()
    return not failed


def measure_joins(options, place, document, save):
    peers, document["missing"] = available(place, options.peers)
    runs, failed = document.setdefault("join_runs", []), document.setdefault("failed", [])
    chosen = [name for name in protocol.PEERS if name.partition("/")[0] in [peer.name for peer in peers]]
    wanted = [(groups, name) for groups in sorted(set(sum(protocol.GROUPS.values(), ()))) for name in chosen
              if groups in protocol.GROUPS[name]]
    for turn in range(options.rounds):
        for groups, name in wanted[turn % len(wanted):] + wanted[:turn % len(wanted)]:
            try:
                joins = protocol.PEERS[name](place, options, groups, protocol.capture_of(place, groups))
            except FAILURES as problem:
                say("round %d, %d groups, %s: %s" % (turn + 1, groups, name, problem))
                failed.append({"round": turn, "groups": groups, "peer": name, "why": str(problem)})
                continue
            say("round %d of %d, %7d groups, %-10s %8.0f joins a second" % (turn + 1, options.rounds, groups, name,
                                                                          joins))
            runs.append({"round": turn, "groups": groups, "peer": name, "joins": joins})
            document["joins"] = protocol.table(runs)
            save()
    return not failed


def measure_delays(options, place, document, save):
    if machine.missing_program(machine.bench_program()):
        raise RuntimeError(machine.missing_program(machine.bench_program()))
    peers, document["missing"] = available(place, [name for name in options.peers if name in delays.PEERS])
    names = [peer.name for peer in peers]
    runs, failed = document.setdefault("delay_runs", []), document.setdefault("failed", [])
    for turn in range(options.rounds):
        for name in names[turn % len(names):] + names[:turn % len(names)]:
            try:
                found = delays.measure(place, options, name)
            except FAILURES as problem:
                say("round %d, %s: %s" % (turn + 1, name, problem))
                failed.append({"round": turn, "peer": name, "why": str(problem)})
                continue
            say("round %d of %d, %-8s join %.1f µs, leave %.1f µs, stream %.1f µs" % (
                turn + 1, options.rounds, name, found["join_us"], found["leave_us"], found["stream_us"]))
            runs.append({"round": turn, "peer": name, **found})
            document["delays"], document["delay_levels"] = delays.table(runs), delays.levels(runs)
            save()
    return not failed


def head(facts, options):
    return ["mcswitch %s, %s" % (facts["commit"], facts["compiler"]),
            "%s, kernel %s, DPDK %s, %s" % (facts["cpu"], facts["kernel"], facts["dpdk"],
                                            facts["ovs"][0] if facts["ovs"] else "no Open vSwitch"),
            "one worker on core %d, %s, mempool caches of %d, %d round%s" % (
                facts["worker_core"], facts["memory"], facts["mempool_cache"], options.rounds,
                "" if options.rounds == 1 else "s")]


def findings(options, document):
    """The results so far, as text."""
    lines = []
    if document.get("rates"):
        usual = options.groups == 100 and options.size == 64
        lines += ["", "%d groups, %d bytes, %g s each" % (options.groups, options.size, options.seconds)]
        lines += results.rate_lines(document["rates"], usual)
    if document.get("joins"):
        lines += ["", *protocol.lines(document["joins"])]
    if document.get("delays"):
        lines += ["", *delays.lines(document["delay_runs"])]
    return lines + ["%s was left out: %s" % pair for pair in document.get("missing", {}).items()]


def plot(options, document):
    folder = pathlib.Path(options.plots)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "peers.svg").write_text(plots.rates(
        document["rates"], "%d groups, %d bytes, one worker core" % (options.groups, options.size)))


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    facts = machine.facts(options.main_core, options.worker_core, options.hugepages)
    document = {"facts": facts, "options": vars(options)}

    def save():
        if options.json:
            results.write_json(options.json, document)
    with contextlib.closing(Place()) as place:
        # This process and those that it starts stay off the worker's core, unless they choose their own cores.
        os.sched_setaffinity(0, {options.main_core})
        complete = True
        try:
            for wanted, measure in ((options.rates, measure_rates), (options.protocol, measure_joins),
                                    (options.delays, measure_delays)):
                if wanted:
                    complete = measure(options, place, document, save) and complete
        except KeyboardInterrupt:
            say("broken off; what there is:")
            complete = False
        finally:
            print("\n".join(head(facts, options) + findings(options, document)), flush=True)
            if options.plots and document.get("rates"):
                plot(options, document)
            save()
    return 0 if complete else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except RuntimeError as error:
        sys.exit("run.py: %s" % error)
