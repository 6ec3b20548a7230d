#!/usr/bin/python3 -B
# SPDX-License-Identifier: BSD-3-Clause
"""Shows mcswitch at work: Linux hosts in network namespaces join and leave a group through it.

    scripts/demo                    builds, runs, shows, cleans up; exit code 0 if all came out as it should
    scripts/demo --keep             the switch and its hosts stay, to explore
    scripts/demo join HOST GROUP    in a kept laboratory: host HOST receives GROUP until Ctrl-C
    scripts/demo send HOST GROUP    in a kept laboratory: host HOST sends to GROUP until Ctrl-C
    scripts/demo --stop             ends a kept laboratory

Safe to run again at any time: what an earlier run left behind, even one that was killed, is removed first.
Needs root, for network namespaces.
"""

import argparse
import contextlib
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "system"))

from lab import Host, Lab, Namespace, Switch, Wire, left_overs, program, remove_left_overs, wait_until  # noqa: E402
from lab.frames import QUERY  # noqa: E402

from demo_screen import Screen, watched  # noqa: E402

PREFIX = "mcsdemo"
GROUP = "239.77.1.2"
HOSTS, SENDER, LEAVER, STAYER, OUTSIDER = 4, 1, 2, 3, 4
RATE = 500  # datagrams a second
QUERIER = "10.77.0.200"
RESPONSE, LAST_MEMBER = 2, 1  # seconds: query response interval, last member query interval
RUN_DIRECTORY = pathlib.Path("/run") / PREFIX


class Tracer:
    """Prints every IGMP message on the hosts' links as it passes. A message that comes to several hosts is printed
    once."""

    def __init__(self, lab, screen):
        self._screen = screen
        self._wires = {number: Wire(host.namespace, "eth0") for number, host in lab.hosts.items()}
        self._lock = threading.Lock()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self):
        if not self._end.is_set():
            self._end.set()
            self._thread.join()
            self.catch_up()
            for wire in self._wires.values():
                wire.close()

    def _run(self):
        while not self._end.wait(0.05):
            self.catch_up()

    def catch_up(self):
        """Prints what has passed so far."""
        with self._lock:
            self._tell()

    def _tell(self):
        seen = {}
        for number, wire in self._wires.items():
            for frame in wire.read():
                if frame.igmp_type is not None:
                    seen.setdefault((frame.outgoing, frame.describe()), []).append((frame.time, number))
            wire.frames.clear()
        for (outgoing, what), places in sorted(seen.items(), key=lambda item: item[1]):
            numbers = " ".join(str(number) for number in sorted({number for _, number in places}))
            self._screen.event(places[0][0], ("host %s > switch    %s" if outgoing else "switch > host %s    %s")
                               % (numbers, what))


class Numbered:
    """The datagrams of the stream that have come somewhere, by their numbers."""

    def __init__(self, payloads, first, end):
        numbers = [int(payload) for payload in payloads]
        self.numbers = [number for number in numbers if first <= number < end]
        self.expected = end - first

    def count(self):
        return len(self.numbers)

    def is_whole(self):
        """Each one once, in order."""
        return len(self.numbers) == self.expected and self.numbers == sorted(set(self.numbers))


class Demo:
    def __init__(self, screen):
        self.screen = screen
        self.lab = self.switch = self.tracer = None

    def build_lab(self):
        self.lab = Lab(PREFIX, hosts=HOSTS)
        RUN_DIRECTORY.mkdir(exist_ok=True)
        config = self.lab.config(
            PREFIX, switch={"hugepages": "auto"},
            snooping={"hold-pruning": 1},  # by default pruning waits for the answers to a second query
            igmp={"version": 2, "querier": True, "querier-address": QUERIER, "query-interval": 10,
                  "query-response-interval": RESPONSE, "last-member-query-interval": LAST_MEMBER})
        self.switch = Switch(self.lab.switch_namespace, PREFIX, config, RUN_DIRECTORY)
        self.screen.line("hosts: namespaces %s-h1 to -h%d, IGMPv2, addresses 10.77.0.1 to .%d; switch: %s-sw" %
                         (PREFIX, HOSTS, HOSTS, PREFIX))

    # --- telling, in the order of events

    def event(self, when, text):
        self.tracer.catch_up()
        self.screen.event(when, text)

    def check(self, holds, text):
        self.tracer.catch_up()
        self.screen.check(holds, text)

    # --- looking

    def wire(self, number):
        return self.lab.host(number).wire

    def stream_frames(self, number, since=0.0):
        return self.wire(number).received(lambda frame: frame.is_data(GROUP), since)

    def show(self, *words):
        """A command of mcsctl as a person would type it, and its answer."""
        done = self.switch.ctl(*words)
        self.tracer.catch_up()
        self.screen.output(done.stdout + done.stderr, ["$ %s --name %s %s" % (ctl(), PREFIX, " ".join(words))])
        return done.returncode == 0

    def members(self):
        return self.switch.members(GROUP)

    # --- acts

    def start_switch(self, stays):
        self.screen.act("1. The switch starts")
        self.screen.zero = time.time()
        self.tracer = Tracer(self.lab, self.screen)
        self.switch.start(stays=stays)
        self.event(self.switch.became_ready, self.switch.ready_line())
        self.check(self.show("ports"), "mcsctl lists the ports")

    def nobody_is_a_member(self, stream):
        self.screen.act("2. Host %d sends %d datagrams a second to %s; nobody has joined" % (SENDER, RATE, GROUP))
        self.screen.line("    For the first %d s, until hosts have had time to answer the first query, everything is "
                         "flooded." % RESPONSE)
        others = [number for number in self.lab.hosts if number != SENDER]

        def is_quiet():
            return stream.sent > RATE // 2 and not any(
                self.stream_frames(number, time.time() - 0.4) for number in others)
        with self.screen.in_order():
            quiet = wait_until(is_quiet, RESPONSE + 10)
            flooded = [frame.time for number in others for frame in self.stream_frames(number)]
            if flooded:
                self.event(max(flooded), "last datagram that went to everyone")
        self.check(quiet, "from then on the stream reaches no link but the sender's")

    def two_join(self):
        self.screen.act("3. Hosts %d and %d join: an ordinary UDP socket, IP_ADD_MEMBERSHIP" % (LEAVER, STAYER))
        receivers = {}
        for number in LEAVER, STAYER:
            before = time.time()
            receivers[number] = self.lab.host(number).join(GROUP)
            came = receivers[number].wait(3)
            if came:
                self.event(time.time(), "host %d: first datagram at its socket, %.1f ms after the join" %
                           (number, (time.time() - before) * 1e3))
            self.check(came, "host %d receives" % number)
        wanted = {"p%d" % number for number in receivers}
        known = wait_until(lambda: self.members() == wanted, 3)
        self.show("groups")
        self.check(known, "the group's members are the ports %s" % " and ".join(sorted(wanted)))
        return receivers

    def only_members_receive(self, stream, receivers):
        self.screen.act("4. The stream arrives only at the members")
        sockets = dict(receivers)
        sockets[OUTSIDER] = self.lab.host(OUTSIDER).listen(GROUP)
        since, first = time.time(), stream.sent
        before = self.lab.host(OUTSIDER).namespace.rx_packets("eth0")
        wait_until(lambda: stream.sent >= first + 1000, 10)
        end = stream.sent
        self.lab.fence(SENDER)
        link = self.lab.host(OUTSIDER).namespace.rx_packets("eth0") - before
        self.screen.line("    sent by host %d: %d datagrams" % (SENDER, end - first))
        self.screen.line("    %-10s %22s %22s" % ("", "at the host's socket", "on the host's link"))
        for number in sorted(self.lab.hosts):
            if number == SENDER:
                continue
            at_socket = Numbered(sockets[number].payloads(), first, end)
            on_link = Numbered([frame.udp_payload for frame in self.stream_frames(number)], first, end)
            self.screen.line("    host %-5d %22d %22d" % (number, at_socket.count(), on_link.count()))
            if number in receivers:
                self.check(at_socket.is_whole() and on_link.is_whole(),
                           "host %d: each datagram once and in order" % number)
            else:
                self.check(on_link.count() == 0 and not self.stream_frames(number, since),
                           "host %d: no frame of the group; its interface counted %d frames of other kinds" %
                           (number, link))

    def one_leaves(self, stream, receivers):
        self.screen.act("5. Host %d leaves: the switch asks twice, then prunes" % LEAVER)
        first = stream.sent
        left = receivers[LEAVER].leave()
        wire = self.wire(LEAVER)
        wait_until(lambda: len(wire.received(lambda f: f.is_query(GROUP), left)) >= 2, 3 * LAST_MEMBER)
        with self.screen.in_order():
            wait_until(lambda: not self.stream_frames(LEAVER, time.time() - 0.5), 4 * LAST_MEMBER)
            # A third query would come now, if there were one.
            queries = wire.received(lambda f: f.is_query(GROUP), left)
            data = self.stream_frames(LEAVER, left)
            if data:
                self.event(data[-1].time, "last datagram on host %d's link, %.3f s after the leave" %
                           (LEAVER, data[-1].time - left))
        end = stream.sent
        self.lab.fence(SENDER)
        self.check(len(queries) == 2, "two group-specific queries: %d seen" % len(queries))
        if len(queries) == 2:
            gap = queries[1].time - queries[0].time
            self.check(queries[0].time - left < 0.3 and abs(gap - LAST_MEMBER) < 0.3 * LAST_MEMBER,
                       "the first %.1f ms after the leave, the second %.3f s later" %
                       ((queries[0].time - left) * 1e3, gap))
            self.check(all(q.destination == GROUP and q.ttl == 1 and q.router_alert and q.source == QUERIER and
                           q.igmp_type == QUERY and q.igmp_code == 10 * LAST_MEMBER for q in queries),
                       "sent to the group, TTL 1, Router Alert, max response time %d s" % LAST_MEMBER)
        if data:
            self.check(abs(data[-1].time - left - 2 * LAST_MEMBER) < 0.7 * LAST_MEMBER,
                       "pruned after the last member query time, 2 x %d s" % LAST_MEMBER)
        else:
            self.check(False, "the stream goes on until the last member query time is over")
        stayer = Numbered(receivers[STAYER].payloads(), first, end)
        self.check(stayer.is_whole(), "host %d, which stayed, has each of the %d datagrams sent meanwhile" %
                   (STAYER, end - first))
        pruned = wait_until(lambda: self.members() == {"p%d" % STAYER}, 2)
        self.show("groups")
        self.check(pruned, "the group's only member is p%d" % STAYER)

    def stop_switch(self):
        self.screen.act("6. The switch ends on SIGTERM")
        began = time.time()
        code = self.switch.stop()
        # Without the times, which are no news here.
        said = re.sub(r"^\S+Z (?=mcswitch: )", "", self.switch.stderr(), flags=re.MULTILINE)
        self.screen.output(said or "(nothing on stderr)")
        self.check(code == 0, "exit code %d after %.2f s" % (code, time.time() - began))

    def run(self, keep):
        self.build_lab()
        self.start_switch(stays=keep)
        with self.lab.host(SENDER).stream(GROUP, RATE) as stream:
            self.nobody_is_a_member(stream)
            receivers = self.two_join()
            self.only_members_receive(stream, receivers)
            self.one_leaves(stream, receivers)
        if not keep:
            self.stop_switch()
        self.tracer.stop()
        return self.summary()

    def summary(self):
        self.screen.line()
        if self.screen.failures:
            self.screen.line("Some checks failed:")
            for failure in self.screen.failures:
                self.screen.line("  - " + failure)
            return False
        self.screen.line(
            "All checks passed: %d Linux hosts on one mcswitch. Each datagram of host %d reached the members of %s\n"
            "exactly once and nobody else. The host that left was asked twice, one last member query interval apart,\n"
            "and then pruned; the one that stayed missed nothing." %
            (HOSTS, SENDER, GROUP))
        return True

    def close(self):
        if self.tracer:
            self.tracer.stop()
        if self.lab:
            self.lab.close()


def clean(quietly):
    """Ends what an earlier run has left."""
    found = remove_left_overs(PREFIX)
    if found and not quietly:
        print("removed what an earlier run left: %s" % " ".join(namespace.name for namespace in found))
    shutil.rmtree(RUN_DIRECTORY, ignore_errors=True)
    shutil.rmtree("/run/dpdk/" + PREFIX, ignore_errors=True)
    subprocess.run([str(ROOT / "scripts" / "hugepages"), "--restore"], check=False)
    return found


def build():
    """Packages and programs, unless MCSWITCH_BUILD names a place where they are."""
    if subprocess.run([str(ROOT / "scripts" / "install-deps"), "build", "demo"]).returncode != 0:
        sys.exit("demo: the packages that it needs cannot be installed")
    if "MCSWITCH_BUILD" not in os.environ:
        print("building in build/ (the first time: some minutes)", flush=True)
        # Without tests, so that `meson install` builds none either; scripts/test adds them.
        if watched([str(ROOT / "scripts" / "build"), str(ROOT / "build"), "-Dtests=false", "-Dbenchmarks=false", "--",
                    "app/mcswitch", "app/mcsctl"]) != 0:
            sys.exit("demo: the build failed")


def ctl():
    """How mcsctl is called from here."""
    return os.path.relpath(program("mcsctl"))


def explore():
    print("""
The switch keeps running. To explore, as root:
    %(ctl)s --name %(name)s groups          (and ports, routers, queriers, macs, counters, workers)
    scripts/demo join %(outsider)d %(group)s    host %(outsider)d receives, until Ctrl-C
    scripts/demo send %(sender)d %(group)s    host %(sender)d sends, until Ctrl-C
    ip netns exec %(name)s-h%(outsider)d bash       a shell on host %(outsider)d
    %(directory)s/stderr                  its log; switch.toml in the same folder is its configuration
To end it:
    scripts/demo --stop""" % {
        "ctl": ctl(), "name": PREFIX, "group": GROUP, "outsider": OUTSIDER,
        "sender": SENDER, "directory": RUN_DIRECTORY})


def kept_host(number):
    namespace = Namespace("%s-h%d" % (PREFIX, number))
    if namespace.name not in [found.name for found in left_overs(PREFIX)]:
        sys.exit("demo: there is no host %d; start a lab that stays with: scripts/demo --keep" % number)
    return Host(number, namespace).open()


def join(number, group):
    receiver = kept_host(number).join(group)
    print("host %d has joined %s; Ctrl-C leaves" % (number, group), flush=True)
    told = 0
    while True:
        time.sleep(1)
        count = len(receiver.payloads())
        print("%d datagrams (+%d)" % (count, count - told), flush=True)
        told = count


def send(number, group):
    print("host %d sends %d datagrams a second to %s; Ctrl-C ends" % (number, RATE, group), flush=True)
    with kept_host(number).stream(group, RATE):
        signal.pause()


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__.split("\n")[0])
    parser.add_argument("--keep", action="store_true", help="leave switch and hosts running, to explore")
    parser.add_argument("--stop", action="store_true", help="end what --keep left running")
    verbs = parser.add_subparsers(dest="verb")
    for verb, text in (("join", "a host receives a group"), ("send", "a host sends to a group")):
        sub = verbs.add_parser(verb, help=text)
        sub.add_argument("host", type=int, choices=range(1, HOSTS + 1))
        sub.add_argument("group")
    return parser.parse_args()


def main():
    args = arguments()
    if os.geteuid() != 0:
        sys.exit("demo: network namespaces need root: run scripts/demo again as root")
    if args.verb:
        with contextlib.suppress(KeyboardInterrupt):
            {"join": join, "send": send}[args.verb](args.host, args.group)
        return 0

    lock = socket.socket(socket.AF_UNIX)
    try:
        lock.bind("\0" + PREFIX)  # An abstract name: nothing of it stays, whatever happens to us.
    except OSError:
        sys.exit("demo: another demo is running")
    if args.stop:
        print("stopped" if clean(quietly=True) else "nothing was running")
        return 0

    def end(number, _):
        raise SystemExit(128 + number)
    for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
        signal.signal(number, end)
    build()
    clean(quietly=False)
    subprocess.run([str(ROOT / "scripts" / "hugepages")], check=False)
    demo = Demo(Screen())
    keep = False
    try:
        good = demo.run(args.keep)
        keep = args.keep
        if keep:
            explore()
        return 0 if good else 1
    except (AssertionError, RuntimeError, OSError) as problem:
        print("\ndemo: %s" % problem, file=sys.stderr)
        return 1
    finally:
        for number in signal.SIGINT, signal.SIGTERM, signal.SIGHUP:
            signal.signal(number, signal.SIG_IGN)
        if not keep:
            demo.close()
            clean(quietly=True)


if __name__ == "__main__":
    sys.exit(main())
