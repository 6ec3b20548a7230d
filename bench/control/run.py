#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""A million memberships on four ports expire and are listed, while a host on a fifth port leaves groups.

    bench/control/run.py                         # all scenarios, one round each
    bench/control/run.py shared --rounds 5 --json result.json

Runs the real mcswitch as a process of its own. The four ports are captures of joins
(net_pcap), read once; the fifth is a veth pair (net_af_packet) with a host that joins and leaves a group every few
milliseconds. `mcsctl --json groups` lists again and again from the first join to the last expiry.

What is printed:
  pause   longest time that the control thread did not look at its rings, and the same in processor time of its own.
          What lies between the two is the machine: others on that core (with two cores these are telemetry, mcsctl
          and this program) and, in a virtual machine, its owner. The kernel may count interrupts that it handles in
          between as processor time: a value that does not come again in further rounds is one of those.
  answer  from a leave on the wire to the group-specific query on the same wire, by the kernel's stamps: both
          directions, worker, control thread and, where that shares a core, its waiting for it.

Needs root (network namespaces), a build (MCSWITCH_BUILD names another directory than build/) and Python's standard
library. Nothing is left behind, also after Ctrl-C."""

import argparse
import contextlib
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "system"))

from lab import Lab, Report, Wire, frames, program  # noqa: E402
from lab.captures import write_joins  # noqa: E402
from lab.telemetry import TelemetryClient, rows  # noqa: E402

PORTS = ["m%d" % number for number in (1, 2, 3, 4)]
LEAVER_GROUPS = 200
LIMIT_PAUSE_US = 500
LIMIT_ANSWER_MS = 5.0

# Groups on each port, the same or others on each, seconds that a membership lasts: all of them have to be there
# before the first ends.
SCENARIOS = {
    "shared": (250_000, True, 6, "250,000 groups, each with members on all four ports"),
    "distinct": (250_000, False, 6, "1,000,000 groups, each with a member on one of four ports"),
    "large": (1_000_000, True, 14, "1,000,000 groups, each with members on all four ports (4,000,000 memberships)"),
}


def say(text):
    print(text, file=sys.stderr, flush=True)


class Leaver(threading.Thread):
    """Host 1 joins and leaves one of its groups after the other, one each `period` seconds. It sends by a socket of
    its own: a packet socket does not see what it has sent itself, so the host's other one sees both directions."""

    def __init__(self, host, period):
        super().__init__(daemon=True)
        self.period, self.stopping, self.count = period, threading.Event(), 0
        self.wire = Wire(host.namespace, "eth0")
        self.messages = []
        for number in range(LEAVER_GROUPS):
            group = "238.5.%d.7" % number
            pair = Report(group), Report(group, frames.LEAVE)
            self.messages.append([self.frame(host, message) for message in pair])

    @staticmethod
    def frame(host, message):
        destination = message.destination()
        packet = frames.ipv4(host.address, destination, frames.IGMP, message.raw(), 1, frames.ROUTER_ALERT)
        return frames.ethernet(frames.group_mac(destination), host.mac, frames.IPV4, packet)

    def run(self):
        while not self.stopping.wait(self.period):
            for raw in self.messages[self.count % LEAVER_GROUPS]:
                self.wire.send(raw)
            self.wire.frames.clear()
            self.count += 1

    def stop(self):
        self.stopping.set()
        self.join()
        self.wire.close()


class Lister(threading.Thread):
    """`mcsctl --json groups`, again and again."""

    def __init__(self, switch):
        super().__init__(daemon=True)
        self.switch, self.process, self.stopping = switch, None, threading.Event()
        self.count = self.failed = self.byte_count = 0

    def run(self):
        while not self.stopping.is_set():
            self.process = subprocess.Popen([program("mcsctl"), "--name", self.switch.name, "--json", "groups"],
                                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                            env=self.switch.environment())
            code = self.process.wait()
            if not self.stopping.is_set():
                self.count += 1
                self.failed += code != 0

    def stop(self):
        self.stopping.set()
        with contextlib.suppress(ProcessLookupError, AttributeError):
            self.process.send_signal(signal.SIGKILL)
        self.join()


class Thread:
    """Shares of the time since it was made that a thread of the switch ran, and waited for its core; page faults."""

    def __init__(self, task):
        self.task = task
        self.begin = self.look()

    def look(self):
        running, waiting, _ = (int(word) for word in (self.task / "schedstat").read_text().split())
        words = (self.task / "stat").read_text().rpartition(")")[2].split()
        return time.monotonic(), running / 1e9, waiting / 1e9, int(words[7]) + int(words[9])

    def read(self):
        passed, running, waiting, faults = (now - then for now, then in zip(self.look(), self.begin))
        return {"running": running / passed, "waiting": waiting / passed, "faults": faults}


class Watch:
    """What the switch and the kernel say of its threads."""

    def __init__(self, switch):
        self.client = TelemetryClient(switch, timeout=30)
        self.client.receive()
        tasks = pathlib.Path("/proc/%d/task" % switch.process.pid)
        self.control = Thread(tasks / str(switch.process.pid))  # The main thread.
        self.worker, = [Thread(task) for task in tasks.iterdir() if "worker" in (task / "comm").read_text()]

    def close(self):
        self.client.close()

    def info(self):
        return self.client.ask("/mcswitch/info")

    def counters(self):
        found = {}
        after = ""
        while True:
            reply = self.client.ask("/mcswitch/counters,limit=512" + after)
            for row in rows(reply):
                found[(row["port"], row["counter"])] = int(row["value"])
            if "next" not in reply:
                return found
            after = ",after=%d" % reply["next"]


@contextlib.contextmanager
def off_the_workers_core():
    """This program, and what it starts in the body of the with: as the kernel keeps them off an isolated core. The
    switch runs by then; the laboratory gives it the first core and, for its worker, the second."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, before - set(sorted(before)[1:2]))
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def answers(wire):
    """Milliseconds from each leave to its query, and how many had none."""
    open_leaves, times, repeated = {}, [], 0
    for frame in sorted(wire.frames, key=lambda f: f.time):
        if frame.outgoing and frame.igmp_type == frames.LEAVE:
            repeated += frame.igmp_group in open_leaves
            open_leaves[frame.igmp_group] = frame.time
        elif not frame.outgoing and frame.igmp_type == frames.QUERY and frame.igmp_group in open_leaves:
            times.append((frame.time - open_leaves.pop(frame.igmp_group)) * 1000)
    return times, repeated + len(open_leaves)


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def run_scenario(name, directory, period, prefix):
    count, is_shared, lasts, _ = SCENARIOS[name]
    memberships = count * len(PORTS)
    groups = count if is_shared else memberships
    tables = []
    for number, port in enumerate(PORTS):
        path = directory / ("%d-%d-%d.pcap" % (number, count, is_shared))
        if not path.exists():
            write_joins(path, 0 if is_shared else number * count, count, number + 1)
        tables.append({"name": port, "device": "net_pcap%d,rx_pcap=%s" % (number, path)})
    with Lab(prefix, hosts=1) as lab:
        switch = lab.prepare(
            switch={"max-groups": 1 << 20, "mbufs": 32768}, snooping={"unregistered": "router-ports"},
            igmp={"version": 2, "querier": True, "querier-address": "10.77.0.200", "last-member-query-interval": 0.1,
                  "group-membership-interval": lasts}, port_tables=tables)
        switch.start()
        with off_the_workers_core(), contextlib.closing(Watch(switch)) as watch, contextlib.ExitStack() as stack:
            leaver, lister = Leaver(lab.host(1), period), Lister(switch)
            for thread in leaver, lister:
                stack.callback(thread.stop)
                thread.start()
            most = full = 0
            begin = time.monotonic()
            while True:
                info = watch.info()
                if info["groups"] > most:
                    most = info["groups"]
                if info["groups"] >= groups and not full:
                    full = time.monotonic() - begin
                    at_full = info
                if full and info["groups"] <= LEAVER_GROUPS:
                    break
                if time.monotonic() - begin > lasts + 60:
                    raise RuntimeError("%s: %d groups, and the memberships do not end\n%s" % (
                        name, info["groups"], switch.output()))
                lab.host(1).wire.read()
                time.sleep(0.05)
            control, worker = watch.control.read(), watch.worker.read()
            seconds = time.monotonic() - begin
            leaver.stop()
            lister.stop()
            time.sleep(0.05)  # The answers that are on their way.
            lab.host(1).wire.read()
            info, counters = watch.info(), watch.counters()
        times, missing = answers(lab.host(1).wire)
        joined = sum(value for (port, counter), value in counters.items() if counter == "joins" and port in PORTS)
        expired = counters[("", "memberships_expired")]
        if joined != memberships or expired < memberships:
            raise RuntimeError("%s: %d of %d memberships began and %d expired" % (name, joined, memberships, expired))
    return {"scenario": name, "memberships": memberships, "seconds": seconds, "seconds_to_fill": full,
            "listings": lister.count, "listings_failed": lister.failed,
            "pause_us": info["control_longest_pause_us"], "turn_us": info["control_longest_turn_us"],
            "turn_us_when_full": at_full["control_longest_turn_us"], "turns": info["control_turns"],
            "control": control, "worker": worker,
            "leaves": leaver.count, "answers": len(times), "unanswered": missing,
            "answer_ms_median": statistics.median(times), "answer_ms_p99": percentile(times, 0.99),
            "answer_ms_max": max(times), "answers_over_5_ms": sum(t > LIMIT_ANSWER_MS for t in times),
            "queries_delayed": counters[("", "queries_delayed")]}


def show(results):
    print("%-9s %9s | %-23s | %-15s | %-40s |" % (
        "", "", "control thread", "waited for core", "leave answered, ms"))
    print("%-9s %9s | %11s %11s | %7s %7s | %6s %8s %8s %8s %6s | %s" % (
        "scenario", "members", "pause us", "turn us", "control", "worker", "count", "median", "p99", "max", "never",
        "listings"))
    for r in results:
        print("%-9s %9d | %11d %11d | %6.1f%% %6.1f%% | %6d %8.3f %8.3f %8.3f %6d | %d" % (
            r["scenario"], r["memberships"], r["pause_us"], r["turn_us"], 100 * r["control"]["waiting"],
            100 * r["worker"]["waiting"], r["answers"], r["answer_ms_median"], r["answer_ms_p99"], r["answer_ms_max"],
            r["unanswered"], r["listings"]))
    print("levels: turn %d us, answer %g ms" % (LIMIT_PAUSE_US, LIMIT_ANSWER_MS))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO",
                        help="; ".join("%s: %s" % (name, row[3]) for name, row in SCENARIOS.items()))
    parser.add_argument("--rounds", type=int, default=1, help="times that each is run")
    parser.add_argument("--leave-period", type=float, default=0.004, help="seconds between two leaves (0.004)")
    parser.add_argument("--json", type=pathlib.Path, help="write all results to this file")
    parser.add_argument("--prefix", default="mcsb-ctl", help="of the names of namespaces and switches")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.scenarios if name not in SCENARIOS]
    if unknown:
        parser.error("no scenario %s; there are %s" % (" ".join(unknown), " ".join(SCENARIOS)))
    if os.geteuid() != 0:
        parser.error("needs root: network namespaces")
    if not os.access(program("mcswitch"), os.X_OK):
        parser.error("there is no %s: build first, or name the build directory in MCSWITCH_BUILD" % program("mcswitch"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    results = []
    try:
        with tempfile.TemporaryDirectory(prefix="mcsbench-control-") as directory:
            for number in range(arguments.rounds):
                for name in arguments.scenarios or SCENARIOS:
                    say("round %d, %s: %s" % (number + 1, name, SCENARIOS[name][3]))
                    results.append(
                        run_scenario(name, pathlib.Path(directory), arguments.leave_period, arguments.prefix))
    except KeyboardInterrupt:
        say("stopped")
    finally:
        if results:
            show(results)
            if arguments.json:
                arguments.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
