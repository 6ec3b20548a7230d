# SPDX-License-Identifier: BSD-3-Clause
"""The port families, and what they do to frames and interfaces."""

import socket
import struct

from lab import Report, eventually, frames

GROUP = "239.83.8.10"
PRUNE = {"unregistered": "router-ports"}


def counters(switch, port):
    return {row["counter"]: row["value"] for row in switch.query("counters", "--port", port)}


# --- AF_PACKET

def test_jumbo_frames_pass_whole(make_lab):
    lab = make_lab(hosts=3, mtu=9000)
    lab.switch(snooping=PRUNE, port={n: {"device": "net_af_packet%d,iface=sw%d,framesz=16384,blocksz=65536" % (n, n)}
                                     for n in (1, 2, 3)})
    receiver = lab.host(2).join(GROUP)
    lab.settles(1, GROUP, {2})
    receiver.payloads().clear()
    payload = bytes(n % 251 for n in range(9000 - 28))
    lab.host(1).send(GROUP, payload)
    lab.fence(1)
    assert receiver.payloads() == [payload]


def test_frames_with_the_ports_own_mac_address_are_dropped_and_counted(lab):
    switch = lab.switch(snooping={"unregistered": "flood"})
    own = lab.switch_namespace.mac("sw2")
    before = counters(switch, "p2")["own_source_mac"]
    packet = frames.ipv4("10.77.0.2", GROUP, frames.UDP, struct.pack("!HHHH", 1, 2, 12, 0) + b"mine", 8)
    lab.host(2).wire.send(frames.ethernet(frames.group_mac(GROUP), own, frames.IPV4, packet))
    lab.fence(2)
    assert not lab.host(1).wire.received(lambda f: f.source_mac == own)
    assert counters(switch, "p2")["own_source_mac"] == before + 1


def test_ipv6_of_the_interfaces_is_off_while_the_switch_runs(lab):
    key = "net/ipv6/conf/sw2/disable_ipv6"
    assert lab.switch_namespace.sysctl(key) == "0"
    switch = lab.switch()
    assert lab.switch_namespace.sysctl(key) == "1"
    assert switch.stop() == 0
    assert lab.switch_namespace.sysctl(key) == "0"


# RFC 4286 section 4: it looks for routers, within the first second.
def test_the_switch_itself_sends_nothing_but_queries_and_router_solicitations(lab):
    switch = lab.switch(snooping=PRUNE)
    lab.until(lab.now() + 1.5)
    since = switch.became_ready
    for number in (1, 2, 3):
        heard = lab.host(number).wire.received(lambda f: True, since)
        assert {(f.igmp_type, f.destination) for f in heard} == {(frames.ROUTER_SOLICITATION, "224.0.0.2")}, number


# --- malformed messages: one counter each, no state (RFC 2236 section 2, R2236-31; docs/forwarding.md, rule 2)

def malformed():
    report = Report(GROUP).raw()
    alert = {"options": frames.ROUTER_ALERT}
    bad = frames.igmp(frames.REPORT_V2, GROUP, wrong_checksum=True)
    yield "igmp_checksum_wrong", frames.ipv4("10.77.0.2", GROUP, frames.IGMP, bad, **alert)
    yield "igmp_too_short", frames.ipv4("10.77.0.2", GROUP, frames.IGMP, report[:6], **alert)
    yield "ip_checksum_wrong", frames.ipv4("10.77.0.2", GROUP, frames.IGMP, report, header_checksum=0x1234, **alert)
    yield "igmp_ttl_not_1", frames.ipv4("10.77.0.2", GROUP, frames.IGMP, report, ttl=2, **alert)
    yield "ip_header_truncated", frames.ipv4("10.77.0.2", GROUP, frames.IGMP, report, total_length=90, **alert)
    unicast = frames.igmp(frames.REPORT_V2, "10.1.2.3")
    yield "igmp_group_invalid", frames.ipv4("10.77.0.2", GROUP, frames.IGMP, unicast, **alert)


def test_malformed_messages_are_counted_by_reason_and_change_nothing(lab):
    switch = lab.switch(snooping=PRUNE)
    before = counters(switch, "p2")
    reasons = []
    for reason, packet in malformed():
        lab.host(2).wire.send(frames.ethernet(frames.group_mac(GROUP), lab.host(2).mac, frames.IPV4, packet))
        reasons.append(reason)
    lab.fence(2)
    after = counters(switch, "p2")
    assert {name: after[name] - before[name] for name in reasons} == {name: 1 for name in reasons}
    assert after["malformed"] - before["malformed"] == len(reasons)
    assert switch.query("groups") == []
    assert lab.reached(1, GROUP) == set()
    assert not lab.host(3).wire.received(lambda f: f.source == "10.77.0.2")


# --- TAP

# The machine itself is the station behind the port: what its network stack sends comes in like anybody's.
def test_a_tap_takes_what_its_own_machine_sends(lab):
    switch = lab.switch(snooping=PRUNE, igmp={"version": 2}, port_tables=[
        {"name": "tap", "device": "net_tap0,iface=mcstap"}])
    machine = lab.switch_namespace
    machine.ip("address", "add", "10.77.0.77/24", "dev", "mcstap")
    machine.ip("link", "set", "mcstap", "up")
    with machine.inside():
        local = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        distant = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with local, distant, lab.host(1).namespace.inside():
        peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with peer:
            for sock, address in ((local, "10.77.0.77"), (peer, "10.77.0.1")):
                sock.bind((address, 5006))
                sock.settimeout(60)
            eventually(lambda: switch.query("ports")[3]["link"] == "up", "the port has its link")
            peer.sendto(b"question", ("10.77.0.77", 5006))
            assert local.recv(100) == b"question"
            local.sendto(b"answer", ("10.77.0.1", 5006))
            assert peer.recv(100) == b"answer"
        index = machine.interface_index("mcstap")
        distant.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                           socket.inet_aton(GROUP) + bytes(4) + struct.pack("i", index))
        eventually(lambda: switch.members(GROUP) == {"tap"}, "the machine is a member")
    row = switch.query("ports")[3]
    assert row["mac"] != machine.mac("mcstap")
    assert counters(switch, "tap")["own_source_mac"] == 0


# --- ring and pcap

def test_ring_ports_start_anywhere(lab):
    switch = lab.switch(ports=[], **{"port_tables": [
        {"name": "left", "device": "net_ring0"}, {"name": "right", "device": "net_ring1"}]})
    assert [(row["port"], row["driver"]) for row in switch.query("ports")] == [
        ("left", "net_ring"), ("right", "net_ring")]


def write_pcap(path, packets):
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for number, packet in enumerate(packets):
            file.write(struct.pack("<IIII", 1700000000 + number, 0, len(packet), len(packet)) + packet)


def read_pcap(path):
    data, packets, place = path.read_bytes(), [], 24
    while place + 16 <= len(data):
        length = struct.unpack("<I", data[place + 8:place + 12])[0]
        packets.append(data[place + 16:place + 16 + length])
        place += 16 + length
    return packets


def datagram(number):
    payload = struct.pack("!HHHH", 5004, 5004, 16, 0) + b"%08d" % number
    packet = frames.ipv4("10.77.0.61", GROUP, frames.UDP, payload, 8)
    return frames.ethernet(frames.group_mac(GROUP), "02:00:00:00:00:61", frames.IPV4, packet)


def test_pcap_ports_receive_from_one_file_and_send_into_another(lab, tmp_path):
    stream = [datagram(number) for number in range(40)]
    write_pcap(tmp_path / "in.pcap", stream)
    write_pcap(tmp_path / "empty.pcap", [])
    files = [("source", "in.pcap", "back.pcap"), ("sink", "empty.pcap", "out.pcap")]
    tables = [{"name": name, "device": "net_pcap%d,rx_pcap=%s,tx_pcap=%s" % (n, tmp_path / rx, tmp_path / tx)}
              for n, (name, rx, tx) in enumerate(files)]
    switch = lab.switch(ports=[], snooping={"unregistered": "flood"}, port_tables=tables)
    eventually(lambda: switch.query("ports")[1]["tx_packets"] == len(stream), "all has been sent")
    assert switch.stop() == 0
    assert read_pcap(tmp_path / "out.pcap") == stream
    assert read_pcap(tmp_path / "back.pcap") == []
