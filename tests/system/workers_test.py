# SPDX-License-Identifier: BSD-3-Clause
"""Two workers on two cores, the control thread on the core of one of them, against one worker: two streams that do not
end, each to a port of its own, without and with some groups that go to both (those frames change hands between the
cores). MCSWITCH_PAIRS is the number of pairs of runs (10 for a record; bench/README.md has one). What is asserted is
that both workers work and that no frame is lost uncounted; rates are only printed, because the machine is shared."""

import os
import statistics
import struct
import time

import pytest

from lab import eventually, frames
from lab.telemetry import TelemetryClient, rows

PAIRS = int(os.environ.get("MCSWITCH_PAIRS", "1"))
WINDOW = 2.0
GROUPS = 100  # of each stream


def group(stream, number):
    return "239.%d.7.%d" % (10 + stream, number)


def capture(path, packets):
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for packet in packets:
            file.write(struct.pack("<IIII", 1700000000, 0, len(packet), len(packet)) + packet)


def data(stream, number):
    text = group(stream, number)
    packet = frames.ipv4("10.77.0.%d" % (60 + stream), text, frames.UDP,
                         struct.pack("!HHHH", 5004, 5004, 26, 0) + bytes(18), 8)
    return frames.ethernet(frames.group_mac(text), "02:00:00:00:00:%02x" % (0x60 + stream), frames.IPV4, packet)


def join(sink, text):
    packet = frames.ipv4("10.77.1.%d" % sink, text, frames.IGMP, frames.igmp(frames.REPORT_V2, text), 1,
                         frames.ROUTER_ALERT)
    return frames.ethernet(frames.group_mac(text), "02:00:00:00:01:%02x" % sink, frames.IPV4, packet)


def port_tables(tmp_path, both):
    """`both` groups of each stream go to both sinks. Sinks first, so that they have joined when the streams begin. The
    workers take ports in turn: each has a sink and a source, and half of what goes to both sinks is handed over."""
    for stream in (0, 1):
        capture(tmp_path / ("s%d.pcap" % stream), [data(stream, n) for _ in range(4) for n in range(GROUPS)])
    for sink in (0, 1):
        joined = [group(stream, n) for stream in (0, 1) for n in range(GROUPS) if stream == sink or n < both]
        capture(tmp_path / ("k%d.pcap" % sink), [join(sink, text) for text in joined])
    tables = [{"name": "k0", "device": "net_pcap0,rx_pcap=%s/k0.pcap" % tmp_path},
              {"name": "k1", "device": "net_pcap1,rx_pcap=%s/k1.pcap" % tmp_path},
              {"name": "s0", "device": "net_pcap2,rx_pcap=%s/s0.pcap,infinite_rx=1" % tmp_path},
              {"name": "s1", "device": "net_pcap3,rx_pcap=%s/s1.pcap,infinite_rx=1" % tmp_path}]
    # Where no router can be the switch looks for none: its solicitations would be handed over.
    return [dict(table, **{"multicast-router": "never"}) for table in tables]


def run(lab, tables, cores, memberships):
    """Frames a second, and the rows of the workers."""
    switch = lab.switch(ports=[], switch={"worker-cores": cores, "mbufs": 16384},
                        snooping={"unregistered": "drop"}, igmp={"version": 2}, port_tables=tables)
    client = TelemetryClient(switch)
    client.receive()

    def workers():
        return rows(client.ask("/mcswitch/workers"))

    def received():
        return sum(int(row["frames"]) for row in workers())
    eventually(lambda: sum(int(row["groups"]) for row in rows(client.ask("/mcswitch/ports"))) == memberships,
               "all joined")
    start, before = time.monotonic(), received()
    time.sleep(WINDOW)
    more, passed = received() - before, time.monotonic() - start
    last = workers()
    ports = {row["port"]: row for row in rows(client.ask("/mcswitch/ports"))}
    client.close()
    switch.stop()
    return more / passed, last, ports


@pytest.mark.skipif(os.cpu_count() < 2, reason="needs two processors")
@pytest.mark.parametrize("both", [0, 10])
def test_two_workers_share_the_ports_and_lose_nothing_uncounted(lab, tmp_path, both):
    ratios = []
    tables = port_tables(tmp_path, both)
    for _ in range(PAIRS):
        one, rows_of_one, _ = run(lab, tables, [1], 2 * (GROUPS + both))
        two, rows_of_two, ports = run(lab, tables, [0, 1], 2 * (GROUPS + both))
        ratios.append(two / one)
    assert [row["core"] for row in rows_of_one] == ["1"]
    assert [row["core"] for row in rows_of_two] == ["0", "1"]
    for row in rows_of_two:
        assert int(row["frames"]) > 100000
        assert (int(row["handed_over"]) > 0) == (both > 0)
        assert (int(row["taken_over"]) > 0) == (both > 0)
    for name in ("k0", "k1"):
        assert int(ports[name]["tx_packets"]) > 100000
    print("%d of %d groups to both: one worker %.2f, two workers %.2f million frames a second; ratio in %d pairs: "
          "median %.2f, from %.2f to %.2f" % (both, GROUPS, one / 1e6, two / 1e6, PAIRS, statistics.median(ratios),
                                              min(ratios), max(ratios)))


@pytest.mark.skipif(os.cpu_count() < 2, reason="needs two processors")
@pytest.mark.parametrize("cores, policy", [([1], os.SCHED_RR), ([0], os.SCHED_OTHER)])
def test_the_control_thread_has_real_time_priority_unless_a_worker_is_on_its_core(lab, cores, policy):
    switch = lab.switch(ports=[], switch={"main-core": 0, "worker-cores": cores},
                        port_tables=[{"name": "null", "device": "net_null0"}])
    threads = os.listdir("/proc/%d/task" % switch.process.pid)

    def policies():
        return {thread: os.sched_getscheduler(int(thread)) & ~os.SCHED_RESET_ON_FORK for thread in threads}
    eventually(lambda: policies()[str(switch.process.pid)] == policy, "the control thread's policy")
    assert all(found == os.SCHED_OTHER for thread, found in policies().items() if thread != str(switch.process.pid))
