# SPDX-License-Identifier: BSD-3-Clause
"""Whose messages count (docs/forwarding.md, "Who is believed"): no frame from one port takes a stream from a member on
another one, or makes the switch believe in a querier or router that nobody else hears."""

import struct

import pytest

from conftest import QUERIER
from lab import Query, QueryV3, Report, eventually, frames, igmpv3

GROUP, OTHER_GROUP, UNKNOWN = "239.88.7.9", "239.88.7.10", "239.88.7.11"
SENDER, MEMBER, ATTACKER, ROUTER = 1, 2, 3, 4
PRUNE = {"unregistered": "router-ports"}
PASSIVE = {"version": 2, "query-interval": 60, "query-response-interval": 0.5, "last-member-query-interval": 0.6}
# The switch is 10.77.0.200: a lower address wins an election, a higher one does not.
ASKING = dict(PASSIVE, **{"querier": True, "querier-address": "10.77.0.200"})
LOWER, HIGHER = "10.77.0.7", "10.77.0.201"
NO_HOSTS = ("127.0.0.1", "224.0.0.5", "255.255.255.255", "240.0.0.1", "0.0.0.1")
IN_A_HURRY = Query(GROUP, 0.1)


@pytest.fixture
def lab(make_lab):
    return make_lab(hosts=4)


def counted(switch, name):
    return sum(row["value"] for row in switch.query("counters") if row["counter"] == name)


def routers(switch):
    return {row["port"] for row in switch.query("routers")}


def whole(lab, since):
    journeys = [(moment, arrived) for moment, arrived in lab.journeys(SENDER, MEMBER, GROUP) if moment >= since]
    lost = ["%.3f" % (moment - since) for moment, arrived in journeys if not arrived]
    assert not lost, "%d of %d datagrams are lost, sent after %s s" % (len(lost), len(journeys), ", ".join(lost[:5]))
    return len(journeys) > 20


def misaddressed(lab, source):
    """Queries in the name of `source` that the member cannot hear: what they are, message, keys."""
    station = lab.host(SENDER).mac
    everybody = Query(max_resp_time=0.1)
    return [
        ("specific, to one station", IN_A_HURRY, {"to": station}),
        ("specific, in a broadcast frame", IN_A_HURRY, {"to": frames.BROADCAST}),
        ("specific, to another group", IN_A_HURRY, {"destination": "239.200.200.200"}),
        ("specific, to a group of the same MAC address", IN_A_HURRY, {"destination": "239.216.7.9"}),
        ("specific, to all systems", IN_A_HURRY, {"destination": "224.0.0.1"}),
        ("specific, to one address in the group's frame", IN_A_HURRY,
         {"destination": "10.77.0.222", "to": frames.group_mac(GROUP)}),
        ("specific, of version 3", QueryV3(GROUP, max_resp_time=0.1), {"to": station}),
        ("general, to one station", everybody, {"to": station}),
        ("general, to another group", everybody, {"destination": "239.200.200.200"}),
        ("general, to one address", everybody, {"destination": "10.77.0.222", "to": frames.group_mac("224.0.0.1")}),
        ("general, of version 3", QueryV3(max_resp_time=0.1, robustness=7), {"to": station}),
    ], {"source": source}


# R2236-81, RFC 9776 section 9.1: what the members of a group cannot hear, they cannot answer.
@pytest.mark.parametrize("role, source", [("passive", "10.77.0.4"), ("passive", LOWER), ("querier", LOWER),
                                          ("querier", HIGHER)])
def test_a_query_that_not_all_hear_changes_nothing(lab, role, source):
    switch = lab.switch(snooping=PRUNE, igmp=PASSIVE if role == "passive" else ASKING)
    if role == "passive":
        lab.host(ROUTER).send_igmp(Query(max_resp_time=0.5), source="10.77.0.4")
        eventually(lambda: routers(switch) == {"p4"}, "the router is known")
    lab.host(MEMBER).join(GROUP)
    lab.settles(SENDER, GROUP, {MEMBER, ROUTER} if role == "passive" else {MEMBER})
    known = switch.query("queriers")[0]["address"]
    queries, keys = misaddressed(lab, source)
    with lab.host(SENDER).stream(GROUP, rate=100):
        since = lab.now()
        for what, query, to in queries:
            lab.host(ATTACKER).send_igmp(query, **keys, **to)
        lab.fence(ATTACKER)
        lab.until(lab.now() + 0.5)
        assert whole(lab, since)
    assert counted(switch, "timers_lowered") == 0
    assert routers(switch) == ({"p4"} if role == "passive" else set())
    assert switch.query("queriers")[0]["address"] == known
    assert switch.members(GROUP) == {"p2"}


# A specific query counts only where its sender asks everybody. The member's answer to one that it hears would hide the
# fault, so it is nobody's: a report that no host stands behind.
@pytest.mark.parametrize("source", ["10.77.0.4", LOWER, HIGHER, "0.0.0.0"])
def test_a_specific_query_from_a_port_without_its_querier_lowers_nothing(lab, source):
    switch = lab.switch(snooping=PRUNE, igmp=PASSIVE)
    lab.host(ROUTER).send_igmp(Query(max_resp_time=0.5), source="10.77.0.4")
    lab.host(MEMBER).send_igmp(Report(GROUP))
    lab.settles(SENDER, GROUP, {MEMBER, ROUTER})
    for query in IN_A_HURRY, QueryV3(GROUP, max_resp_time=0.1):
        lab.host(ATTACKER).send_igmp(query, source=source)
    lab.until(lab.now() + 0.6)
    assert switch.members(GROUP) == {"p2"}
    assert counted(switch, "specific_queries_ignored") == 2
    # The querier's own does.
    lab.host(ROUTER).send_igmp(IN_A_HURRY, source="10.77.0.4")
    eventually(lambda: switch.members(GROUP) == set(), "the querier is believed")


# RFC 9776 section 6.6.2: only general queries elect. RFC 1122 section 3.2.1.3: nor does what no host can be.
def test_specific_queries_and_impossible_addresses_elect_nobody(lab):
    switch = lab.switch(snooping=PRUNE, igmp=ASKING)
    attacker = lab.host(ATTACKER)
    attacker.send_igmp(IN_A_HURRY, source=LOWER)
    for source in NO_HOSTS:
        attacker.send_igmp(Query(max_resp_time=0.5), source=source)
        attacker.send_igmp(Report(OTHER_GROUP), source=source)
        attacker.send_report_v3((igmpv3.CHANGE_TO_EXCLUDE, OTHER_GROUP), source=source)
    lab.fence(ATTACKER)
    querier, = switch.query("queriers")
    assert (querier["role"], querier["address"]) == ("querier", "10.77.0.200")
    assert switch.members(OTHER_GROUP) == set()
    assert counted(switch, "igmp_source_invalid") == 3 * len(NO_HOSTS)
    # Only the specific query, which is from an address of this network, has made a router port.
    assert [row["address"] for row in switch.query("routers")] == [LOWER]


class Raw:
    """An IGMP or PIM message as bytes."""

    def __init__(self, raw, destination):
        self.bytes, self.to = raw, destination

    def raw(self):
        return self.bytes

    def destination(self):
        return self.to


def pim_hello():
    body = struct.pack("!HHH", 1, 2, 105)
    return struct.pack("!BBH", 0x20, 0, frames.checksum(b"\x20\0\0\0" + body)) + body


# The same of routers that say so themselves.
def test_hellos_and_advertisements_from_impossible_addresses_make_no_router_port(lab):
    switch = lab.switch(snooping=PRUNE, igmp=PASSIVE)
    attacker = lab.host(ATTACKER)
    advertisement = Raw(frames.igmp(0x30, body=struct.pack("!HH", 10, 2), code=20), "224.0.0.106")

    def announce(source):
        attacker.send_igmp(advertisement, source=source)
        packet = frames.ipv4(source, "224.0.0.13", 103, pim_hello(), 1)
        attacker.wire.send(frames.ethernet(frames.group_mac("224.0.0.13"), attacker.mac, frames.IPV4, packet))
    for source in NO_HOSTS:
        announce(source)
    lab.fence(ATTACKER)
    assert switch.query("routers") == []
    announce(HIGHER)
    eventually(lambda: {row["origin"] for row in switch.query("routers")} == {"pim", "mrd"}, "others do")


# Pruning is held until the hosts of every port have been asked, and those who cannot hear a query have not.
def test_queries_that_not_all_hear_do_not_end_held_pruning(lab):
    switch = lab.switch(snooping={"hold-pruning": 1}, igmp=PASSIVE)
    queries, keys = misaddressed(lab, LOWER)
    for what, query, to in queries:
        lab.host(ATTACKER).send_igmp(query, **keys, **to)
    for source in NO_HOSTS:
        lab.host(ATTACKER).send_igmp(Query(max_resp_time=0.1), source=source)
    lab.fence(ATTACKER)
    lab.until(lab.now() + 0.6)
    assert lab.reached(SENDER, UNKNOWN) == {MEMBER, ATTACKER, ROUTER}
    assert switch.query("queriers")[0]["role"] == "off"
    lab.host(ROUTER).send_igmp(Query(max_resp_time=0.1), source="10.77.0.4")
    lab.settles(SENDER, UNKNOWN, {ROUTER})


# RFC 4541 section 2.1.1(1b): a querier at 0.0.0.0 needs what queriers need, as long as there is no other one.
def test_a_querier_without_an_address_counts_until_one_with_an_address_is_heard(lab):
    switch = lab.switch(snooping={"hold-pruning": 1}, igmp=PASSIVE)
    router, member = lab.host(ROUTER), lab.host(MEMBER)
    router.send_igmp(Query(max_resp_time=0.1), source="0.0.0.0")
    lab.settles(SENDER, UNKNOWN, {ROUTER})
    joined = lab.now()
    member.send_igmp(Report(GROUP))
    router.wire.wait(lambda f: f.is_igmp(frames.REPORT_V2, GROUP), joined)
    lab.settles(SENDER, GROUP, {MEMBER, ROUTER})
    router.send_igmp(IN_A_HURRY, source="0.0.0.0")
    eventually(lambda: switch.members(GROUP) == set(), "its specific queries count")

    lab.host(ATTACKER).send_igmp(Query(max_resp_time=0.1), source=HIGHER)
    eventually(lambda: routers(switch) == {"p3"}, "from now on it counts for nothing")
    member.send_igmp(Report(GROUP))
    eventually(lambda: switch.members(GROUP) == {"p2"}, "a member")
    router.send_igmp(IN_A_HURRY, source="0.0.0.0")
    lab.until(lab.now() + 0.6)
    assert switch.members(GROUP) == {"p2"}
    assert routers(switch) == {"p3"}


# RFC 9776 sections 4.1.6 and 4.1.7: one query says 7 * 31744 s. It is believed for ten times our own interval.
def test_a_querier_that_says_62_hours_and_falls_silent_is_forgotten(lab):
    # Other Querier Present Interval: 1 * 0.6 + 0.2 / 2 s.
    switch = lab.switch(snooping=PRUNE, igmp=dict(ASKING, **{
        "robustness": 1, "query-interval": 0.6, "query-response-interval": 0.2, "startup-query-interval": 0.5,
        "last-member-query-interval": 0.1}))
    asked = lab.host(ATTACKER).send_igmp(QueryV3(max_resp_time=0.1, robustness=7, query_interval=31744), source=LOWER)
    eventually(lambda: switch.query("queriers")[0]["role"] == "non-querier", "the forger is believed")
    taken = lab.now()
    query = lab.host(MEMBER).wire.wait(lambda f: f.is_query() and f.source == "10.77.0.200", taken)[0]
    assert 6.9 < query.time - asked < 8


# IEEE 802.1Q section 8.8: what one station sends to another one is theirs alone.
def test_igmp_in_a_unicast_frame_goes_to_its_receiver_and_changes_nothing(lab):
    switch = lab.switch(snooping=PRUNE, igmp=ASKING)
    receiver, attacker = lab.host(SENDER), lab.host(ATTACKER)
    lab.host(SENDER).send_fence()
    lab.fence(ATTACKER)
    mrinfo = Raw(frames.igmp(0x13, code=4), receiver.address)
    since = lab.now()
    for message, ttl in (Report(GROUP), 1), (Report(GROUP), 64), (Query(), 1), (IN_A_HURRY, 1), (mrinfo, 255):
        attacker.send_igmp(message, source=LOWER, ttl=ttl, destination=receiver.address, to=receiver.mac)
    lab.fence(ATTACKER)

    def arrived(number):
        return len(lab.host(number).wire.received(
            lambda f: f.source == LOWER and f.igmp_type is not None, since))
    assert [arrived(number) for number in (SENDER, MEMBER, ROUTER)] == [5, 0, 0]
    assert switch.members(GROUP) == set() and switch.query("routers") == []
    assert switch.query("queriers")[0]["role"] == "querier"


# --- what can be configured (RFC 2236 section 10, RFC 9776 section 9)

# R2236-80: "A forged Query message from a machine with a lower IP address".
def test_queries_from_outside_allowed_queriers_are_only_forwarded(lab):
    switch = lab.switch(snooping=PRUNE, igmp=dict(ASKING, **{"allowed-queriers": ["10.77.0.4", "10.77.0.128/25"]}))
    since = lab.now()
    for source in LOWER, "10.77.0.5", "0.0.0.0":
        for query in Query(max_resp_time=0.5), IN_A_HURRY:
            lab.host(ATTACKER).send_igmp(query, source=source)
    lab.host(MEMBER).wire.wait(lambda f: f.is_query() and f.source == LOWER, since)
    lab.fence(ATTACKER)
    assert counted(switch, "queries_not_allowed") == 6
    assert switch.query("queriers")[0]["role"] == "querier" and switch.query("routers") == []
    lab.host(ROUTER).send_igmp(Query(max_resp_time=0.5), source="10.77.0.4")
    eventually(lambda: switch.query("queriers")[0]["address"] == "10.77.0.4", "one that is allowed wins")


# R2236-82: "off-link" reports.
def test_reports_from_outside_report_sources_change_nothing_and_go_nowhere(lab):
    switch = lab.switch(snooping=PRUNE, igmp=dict(ASKING, **{"report-sources": ["10.77.0.0/24"]}),
                        port={ROUTER: {"multicast-router": "always"}})
    attacker = lab.host(ATTACKER)
    since = lab.now()
    for source in "192.0.2.1", "10.77.1.3", "0.0.0.0":
        attacker.send_igmp(Report(GROUP), source=source)
        attacker.send_igmp(Report(GROUP, frames.REPORT_V1), source=source)
        attacker.send_igmp(Report(GROUP, frames.LEAVE), source=source)
        attacker.send_report_v3((igmpv3.CHANGE_TO_EXCLUDE, GROUP), source=source)
    lab.fence(ATTACKER)
    assert switch.members(GROUP) == set()
    assert counted(switch, "igmp_reports_off_link") == 12
    assert not lab.host(ROUTER).wire.received(lambda f: f.igmp_group == GROUP, since)
    attacker.send_igmp(Report(GROUP))
    eventually(lambda: switch.members(GROUP) == {"p3"}, "its own address is of the link")


# RFC 9776 section 9.2: an old report turns off the source filters of its port.
def test_version_2_reports_are_ignored_if_so_configured(lab):
    switch = lab.switch(snooping=PRUNE, igmp=dict(QUERIER, **{
        "version": 3, "query-interval": 60, "ignore-v1-reports": True, "ignore-v2-reports": True}))
    member = lab.host(MEMBER)
    member.send_report_v3((igmpv3.ALLOW, GROUP, "10.77.0.1"))
    lab.settles(SENDER, GROUP, {MEMBER})
    for kind in frames.REPORT_V1, frames.REPORT_V2, frames.LEAVE:
        member.send_igmp(Report(GROUP, kind))
    lab.fence(MEMBER)
    assert lab.reached(SENDER, GROUP, source="10.77.0.99") == set()
    assert lab.reached(SENDER, GROUP) == {MEMBER}
    assert counted(switch, "igmp_v1_reports_ignored") == 1 and counted(switch, "igmp_v2_reports_ignored") == 2
