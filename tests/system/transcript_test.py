# SPDX-License-Identifier: BSD-3-Clause
"""The transcript that the project began with, on the real switch: its frames between their router and their host, and
mcswitch in the router's place. tests/data/README.md says where the frames come from."""

import re
import subprocess
import sys

from lab import captures, eventually, frames
from lab.netns import run
from lab.switch import ROOT

DATA = ROOT / "tests" / "data"
CAPTURE, LINES = DATA / "transcript.pcap", DATA / "transcript.txt"
GROUP, ROUTER = "225.1.2.3", "10.1.1.254"
PRUNE = {"unregistered": "router-ports"}


def test_the_capture_is_what_the_lines_say_and_prints_like_them(tmp_path):
    made = tmp_path / "made.pcap"
    run(sys.executable, "-B", str(DATA / "make_transcript.py"), str(LINES), str(made))
    assert made.read_bytes() == CAPTURE.read_bytes()
    assert captures.tcpdump(CAPTURE.read_bytes()) == LINES.read_text()
    assert len(captures.read(CAPTURE)) == 16


# --- between their router and their host

# The minutes up to the leave take a fortieth of their time, and so do our own intervals. From there on time is as it
# was: what the queries say of a second is in the frames.
SPEED_UP = 40
QUERY_INTERVAL = 125 / SPEED_UP
LAST_MEMBER_QUERY_TIME = 2  # two queries with a Max Response Time of one second (SEED-1)
ROUTER_PORT, HOST_PORT, SENDER = 1, 2, 3
DISCUSSION = [  # what the frame is, and whether the router sent it
    ("join", False), ("query", True), ("link-local", True), ("link-local", True), ("answer", False),
    ("query", True), ("link-local", True), ("answer", False), ("link-local", True),
    ("query", True), ("answer", False), ("link-local", True), ("link-local", True),
    ("leave", False), ("specific query", True), ("specific query", True)]


class Replay:
    """The switch between the two, and what mcsctl says of it."""

    def __init__(self, lab):
        self.lab = lab
        self.switch = lab.switch(snooping=PRUNE, igmp={"version": 2, "query-interval": QUERY_INTERVAL,
                                                       "query-response-interval": 10 / SPEED_UP})
        self.expires = None  # of the group, at the step before
        self.sent = {ROUTER_PORT: [], HOST_PORT: []}  # bytes

    def send(self, raw, by_router):
        """As it was on the wire: padded (SEED-7)."""
        port = ROUTER_PORT if by_router else HOST_PORT
        self.sent[port].append(raw.ljust(60, b"\0"))
        moment = self.lab.host(port).wire.send(self.sent[port][-1])
        self.lab.fence(port)
        return moment

    def groups_expire(self):
        """Milliseconds. The one membership there is, whatever the router reports for itself (SEED-3)."""
        row, = self.switch.query("groups")
        assert (row["vlan"], row["group"], row["source"], row["port"], row["filter_mode"], row["protocol"]) == (
            1, GROUP, "*", "p2", "exclude", "igmpv2")
        return row["expires_ms"]

    def look(self, what, is_router_known):
        if what in ("join", "answer"):
            eventually(lambda: self.groups_expire() > 1000 * (2 * QUERY_INTERVAL - 1), "a whole membership interval")
        elif what == "specific query":
            eventually(lambda: self.groups_expire() <= 1000 * LAST_MEMBER_QUERY_TIME, "the query lowered the timer")
        else:
            # A general query, reports of others, and the leave, which is the querier's business: time goes on.
            assert self.groups_expire() > 1000 * LAST_MEMBER_QUERY_TIME
            assert what == "query" or self.groups_expire() <= self.expires
        self.expires = self.groups_expire()
        if is_router_known:
            eventually(lambda: self.switch.query("routers"), "the router is known")
        assert [(row["vlan"], row["port"], row["origin"], row["address"]) for row in self.switch.query("routers")] == (
            [(1, "p1", "query", ROUTER)] if is_router_known else [])
        row, = self.switch.query("queriers")
        assert (row["protocol"], row["role"]) == ("igmp", "non-querier" if is_router_known else "off")
        if is_router_known:
            assert (row["address"], row["version"]) == (ROUTER, 2) and row["expires_ms"] > 0


# SEED-1 to SEED-7, R2236-29, and RFC 4541 section 2.1.1 for who hears what. What tests/property/transcript_test.cpp
# shows to the nanosecond, with real frames on real interfaces.
def test_the_switch_between_the_router_and_the_host(lab):
    replay = Replay(lab)
    frames_shown = captures.read(CAPTURE)
    begin = lab.now() + 0.1 - frames_shown[0][0] / SPEED_UP
    sent = []
    with lab.host(SENDER).stream(GROUP, rate=100):
        for (moment, raw), (what, by_router) in zip(frames_shown, DISCUSSION):
            if what == "specific query":
                # The first 0.4 ms after the leave, or as soon as mcsctl has answered; the second a second after it.
                lab.until(sent[-1] + moment - frames_shown[len(sent) - 1][0])
            else:
                lab.until(begin + moment / SPEED_UP)
            sent.append(replay.send(raw, by_router))
            if len(sent) < len(DISCUSSION):
                replay.look(what, is_router_known=len(sent) > 1)
        eventually(lambda: replay.switch.query("groups") == [], "nobody has answered: there is no member")
        lab.until(sent[-2] + LAST_MEMBER_QUERY_TIME + 1.3)
    assert sent[-1] - sent[-2] >= 1

    # The membership ends two seconds after the first specific query; the second one does not put it off.
    for moment, arrived in lab.journeys(SENDER, HOST_PORT, GROUP):
        if sent[0] + 0.75 < moment < sent[-2] + LAST_MEMBER_QUERY_TIME - 0.5:
            assert arrived, "%.3f s before the first specific query" % (sent[-2] - moment)
        elif moment > sent[-2] + LAST_MEMBER_QUERY_TIME + 1:
            assert not arrived, "%.3f s after the first specific query" % (moment - sent[-2])
    assert lab.reached(SENDER, GROUP) == {ROUTER_PORT}
    routers, = replay.switch.query("routers")
    assert routers["port"] == "p1"

    # Queries go to everybody as they are. What the host says goes to the router, once it is known, and to nobody else.
    # (The switch itself looks for routers.)
    def igmp(frame):
        return frame.protocol == frames.IGMP and frame.igmp_type != frames.ROUTER_SOLICITATION
    queries = [raw for raw, (what, _) in zip(replay.sent[ROUTER_PORT], filter(lambda d: d[1], DISCUSSION))
               if "query" in what]
    for number in HOST_PORT, SENDER:
        assert [f.raw for f in lab.host(number).wire.received(igmp)] == queries
    assert [f.raw for f in lab.host(ROUTER_PORT).wire.received(igmp)] == replay.sent[HOST_PORT][1:]


# --- in the router's place

SOCK = ("import socket, struct, sys, time\n"
        "receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"
        "receiver.bind(('', 1234))\n"
        "receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton('%s') +\n"
        "                    socket.inet_aton('0.0.0.0') + struct.pack('i', socket.if_nametoindex('eth0')))\n"
        "print('joined', flush=True)\n"
        "time.sleep(600)\n" % GROUP)


def start_server(host):
    """"Start a sock UDP server on hostA1 on port 1234 and join the group"."""
    with host.namespace.inside():
        process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", sys.executable, "-c", SOCK], text=True,
                                   stdout=subprocess.PIPE)
    assert process.stdout.readline() == "joined\n"
    return process


def kill(process):
    process.kill()
    process.wait()
    process.stdout.close()


def shown(number, mac):
    """Frame `number` of the discussion, in one line and without its time, as it would be from this MAC address: with
    Router Alert and so a longer header, as RFC 2236 section 2 wants it (SEED-2), and padded (SEED-7)."""
    text = " ".join(LINES.read_text().splitlines()[2 * (number - 1):2 * number]).split(" ", 1)[1]
    text = re.sub(r"^\S+", mac, " ".join(text.split()))
    return text.replace("length 42:", "length 60:").replace("length 28)", "length 32, options (RA))")


def without_the_senders_own(line):
    """Identification and Don't Fragment are."""
    return re.sub(r"id \d+, offset 0, flags \[\w+\]", "id, offset 0, flags", line)


# "A host sends an IGMP report when the first process joins", and only then; "Kill the server. HostA1 will leave": the
# kernel says so when the last one ends, and not before. SEED-1, SEED-2, SEED-5, R2236-17, -22, -55, -56.
def test_in_the_routers_place_the_switch_says_what_the_router_said(lab):
    switch = lab.switch(snooping=PRUNE, igmp={"version": 2, "querier": True, "querier-address": ROUTER})
    host = lab.host(HOST_PORT)
    host.namespace.ip("addr", "add", "10.1.1.1/24", "dev", "eth0")
    host.namespace.ip("addr", "del", host.address + "/24", "dev", "eth0")
    host.namespace.sysctl("net/ipv4/igmp_qrv", 1)  # One report, as in the transcript.
    general = host.wire.wait(lambda f: f.is_query())[0]

    def said(since=0.0):
        return [f.describe() for f in host.wire.sent(lambda f: f.protocol == frames.IGMP, since)]

    first = start_server(host)
    host.wire.wait_sent(lambda f: f.is_igmp(frames.REPORT_V2, GROUP))
    eventually(lambda: switch.members(GROUP) == {"p2"}, "the host is a member")
    second = start_server(host)
    with lab.host(SENDER).stream(GROUP, rate=100):
        kill(first)
        lab.until(lab.now() + 1.2)
        assert said() == ["version 2 report 225.1.2.3, from 10.1.1.1"]
        assert not host.wire.received(lambda f: f.is_query(GROUP))
        since = lab.now()
        kill(second)
        leave = host.wire.wait_sent(lambda f: f.is_igmp(frames.LEAVE, GROUP), since)
        queries = host.wire.wait(lambda f: f.is_query(GROUP), since, count=2)
        eventually(lambda: switch.members(GROUP) == set(), "nobody has answered: there is no member")
        lab.until(leave.time + LAST_MEMBER_QUERY_TIME + 1.3)
    assert said(since) == ["leave 225.1.2.3, from 10.1.1.1"]
    assert len(host.wire.received(lambda f: f.is_query(GROUP))) == 2
    for moment, arrived in lab.journeys(SENDER, HOST_PORT, GROUP):
        if moment < leave.time + LAST_MEMBER_QUERY_TIME - 0.5:
            assert arrived, "%.3f s before the leave" % (leave.time - moment)
        elif moment > leave.time + LAST_MEMBER_QUERY_TIME + 1:
            assert not arrived, "%.3f s after the leave" % (moment - leave.time)

    assert 0 <= queries[0].time - leave.time < 1
    assert 0.5 < queries[1].time - queries[0].time < 2
    for number, frame in (2, general), (15, queries[0]), (16, queries[1]):
        assert without_the_senders_own(captures.printed(frame)) == without_the_senders_own(
            shown(number, frame.source_mac))
