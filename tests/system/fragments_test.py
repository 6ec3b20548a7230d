# SPDX-License-Identifier: BSD-3-Clause
"""IP fragments are frames like any other: a switch neither puts them together nor loses them."""

from lab import frames

GROUP = "239.84.9.11"


# Only the first fragment has a UDP header; all three go by the group's address.
def test_a_datagram_of_three_fragments_reaches_the_member_and_nobody_else(lab):
    lab.switch(snooping={"unregistered": "router-ports"})
    receiver = lab.host(2).join(GROUP)
    lab.settles(1, GROUP, {2})
    receiver.payloads().clear()
    payload = bytes(n % 241 for n in range(4000))
    since = lab.now()
    lab.host(1).send(GROUP, payload)
    lab.fence(1)
    arrived = lab.host(2).wire.received(lambda f: f.destination == GROUP, since)
    assert [len(f.raw) for f in arrived] == [1514, 1514, 34 + 4008 - 2 * 1480]
    assert receiver.payloads() == [payload]
    assert not lab.host(3).wire.received(lambda f: f.destination == GROUP)


# A fragment of an IGMP datagram is no message: counted, and no member of anything.
def test_a_fragmented_report_is_counted_as_malformed(lab):
    switch = lab.switch(snooping={"unregistered": "router-ports"})
    packet = bytearray(frames.ipv4("10.77.0.2", GROUP, frames.IGMP, frames.igmp(frames.REPORT_V2, GROUP), 1,
                                   frames.ROUTER_ALERT))
    packet[6] = 0x20  # More fragments follow.
    packet[10:12] = b"\0\0"
    packet[10:12] = frames.checksum(bytes(packet[:24])).to_bytes(2, "big")
    lab.host(2).wire.send(frames.ethernet(frames.group_mac(GROUP), lab.host(2).mac, frames.IPV4, bytes(packet)))
    lab.fence(2)
    counted = {row["counter"]: row["value"] for row in switch.query("counters", "--port", "p2")}
    assert counted["igmp_fragment"] == 1 and counted["malformed"] == 1
    assert switch.query("groups") == []
