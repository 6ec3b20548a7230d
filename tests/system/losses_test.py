# SPDX-License-Identifier: BSD-3-Clause
"""What a device loses, and what the switch drops on arrival, are columns of `mcsctl ports`."""

import os
import signal

from lab import eventually, frames

RING = 512  # slots of DPDK's AF_PACKET device


def port(switch, name):
    row, = [row for row in switch.query("ports") if row["port"] == name]
    return row


# Frames to nobody: they go nowhere, and are received all the same.
def frame(host, payload=b"x"):
    return frames.ethernet("01:80:c2:00:00:0e", host.mac, 0x88b5, payload)


def test_frames_that_found_the_ring_of_the_kernel_full_are_counted(lab):
    switch = lab.switch()
    before = port(switch, "p2")
    os.kill(switch.process.pid, signal.SIGSTOP)
    sent = RING + 300
    for _ in range(sent):
        lab.host(2).wire.send(frame(lab.host(2)))
    os.kill(switch.process.pid, signal.SIGCONT)
    eventually(lambda: port(switch, "p2")["rx_packets"] > before["rx_packets"], "it goes on")
    lab.fence(2)
    eventually(lambda: port(switch, "p2")["rx_missed"] >= before["rx_missed"] + 300 - 1, "the lost ones are counted")
    after = port(switch, "p2")
    received = after["rx_packets"] - before["rx_packets"]
    assert received + after["rx_missed"] - before["rx_missed"] >= sent + 1
    assert after["rx_missed"] == port(switch, "p2")["rx_missed"], "asked again, it is the same"
    header, line = [line for line in switch.ctl("ports").stdout.splitlines() if line.startswith(("port ", "p2 "))]
    place = header.index("  lost") + len("  lost")
    assert line[:place].split()[-1] == str(after["rx_missed"])


def test_what_is_dropped_on_arrival_is_counted(lab):
    switch = lab.switch()
    before = port(switch, "p2")
    for _ in range(7):
        lab.host(2).wire.send(frames.ethernet(frames.BROADCAST, "01:00:5e:00:00:07", 0x88b5, b"from a group"))
    lab.host(2).wire.send(frame(lab.host(2)))  # to a reserved address: for the port, not dropped
    lab.fence(2)
    after = port(switch, "p2")
    assert after["rx_dropped"] - before["rx_dropped"] == 7
    assert after["tx_dropped"] == before["tx_dropped"]
