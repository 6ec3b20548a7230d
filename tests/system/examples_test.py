# SPDX-License-Identifier: BSD-3-Clause
"""Each shipped example does what its own comment says, followed word by word."""

import os
import subprocess
import sys

import pytest

from lab import Switch, eventually, program
from lab.example import EXAMPLES, Machine, commands

COUNT = 50
GROUP = "239.1.2.3"

RECEIVE = """
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 5004))
s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, struct.pack("4s4si", socket.inet_aton("%(group)s"),
             bytes(4), socket.if_nametoindex("eth0")))
print("joined", flush=True)
s.settimeout(20)
print(*(s.recv(100).decode() for _ in range(%(count)d)), flush=True)
"""
SEND = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("10.0.0.1"))
for n in range(%(count)d):
    s.sendto(str(n).encode(), ("%(group)s", 5004))
"""


@pytest.fixture
def machine():
    machine = Machine()
    yield machine
    machine.close()


class Running:
    """mcswitch with an example's file as it is, on a machine of its own."""

    def __init__(self, machine, name, runtime):
        self.environment = dict(os.environ, RUNTIME_DIRECTORY=str(runtime))
        self.name = name
        self.process = machine.start("setpriv", "--pdeathsig", "KILL", program("mcswitch"), "--config",
                                     str(EXAMPLES / (name + ".toml")), stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT, env=self.environment)
        heard = []
        for line in self.process.stdout:
            heard.append(line)
            if "ready" in line:
                return
        raise AssertionError("".join(heard))

    def ctl(self, *words):
        return subprocess.run([program("mcsctl"), "--name", self.name, *words], env=self.environment, text=True,
                              stdout=subprocess.PIPE, check=True).stdout

    def stop(self):
        self.process.terminate()
        said = self.process.stdout.read()
        assert self.process.wait() == 0, said
        return said


def test_lab_on_veth_delivers(machine, tmp_path):
    said = commands(EXAMPLES / "lab-on-veth.toml")
    assert "ip netns add" in said
    machine.run("sh", "-e", stdin=said)
    switch = Running(machine, "lab-on-veth", tmp_path)
    machine.run("ip", "netns", "exec", "host0", "sh", "-c", "ip route add 224.0.0.0/4 dev eth0")
    values = {"count": COUNT, "group": GROUP}
    receiver = machine.start("ip", "netns", "exec", "host1", sys.executable, "-c", RECEIVE % values,
                             stdout=subprocess.PIPE)
    assert receiver.stdout.readline() == "joined\n"
    eventually(lambda: GROUP in switch.ctl("groups"), "the report is there")
    machine.run("ip", "netns", "exec", "host0", sys.executable, "-c", SEND % values)
    assert receiver.stdout.read().split() == [str(n) for n in range(COUNT)]
    receiver.wait()
    switch.stop()


def test_two_rings_runs_anywhere(machine, tmp_path):
    switch = Running(machine, "two-rings", tmp_path)
    assert "p0" in switch.ctl("ports")
    assert "querier" not in switch.ctl("queriers").replace("non-querier", "").split()
    switch.stop()


def plugged(lab, example):
    """The example's switch; its port on ethN has host N + 1."""
    for number in lab.hosts:
        for words in (("sw%d" % number, "down"), ("sw%d" % number, "name", "eth%d" % (number - 1)),
                      ("eth%d" % (number - 1), "up")):
            lab.switch_namespace.ip("link", "set", *words)
    text = (EXAMPLES / (example + ".toml")).read_text()
    switch = Switch.in_its_own_directory(lab.switch_namespace, example, text)
    lab.switches.append(switch)
    return switch.start()


# VLAN 10: untagged to the camera, tagged to the trunk. VLAN 20: untagged to the box, tagged to trunk and office.
def test_trunk_with_vlans_has_the_vlans_of_its_table(make_lab):
    lab = make_lab(hosts=4, offloads=True)
    switch = plugged(lab, "trunk-with-vlans")
    uplink, camera, box, office = (lab.host(n) for n in (1, 2, 3, 4))

    def heard(host, mark):
        return [int.from_bytes(f.raw[14:16], "big") & 0xfff if f.ethertype == 0x8100 else 0
                for f in host.wire.received(lambda f: mark in f.raw)]
    for sender, ways in ((camera, {uplink: 10}), (box, {uplink: 20, office: 20}), (office, {uplink: 0}),
                         (uplink, {office: 0})):
        mark = sender.send_fence()
        for host, vlan in ways.items():
            assert [f for f in host.wire.wait(lambda f: mark in f.raw)]
            assert heard(host, mark) == [vlan], str(sender)
        others = set(lab.hosts.values()) - set(ways) - {sender}
        assert not any(heard(host, mark) for host in others)
    roles = {row["vlan"]: row["role"] for row in switch.query("queriers") if row["protocol"] == "igmp"}
    assert roles[20] == "querier" and roles[10] != "querier"
    # What no one has joined goes to the ports of its VLAN, as pruning is held in all of them.
    camera.send(GROUP, b"picture")
    mark = camera.send_fence()
    uplink.wire.wait(lambda f: mark in f.raw)
    assert uplink.wire.received(lambda f: b"picture" in f.raw)
    assert not any(host.wire.received(lambda f: b"picture" in f.raw) for host in (box, office))


# A camera is a source of its own groups; a receiver joins a group together with the source that it wants.
def test_ssm_media_prunes_at_once_and_plays_to_the_loudspeaker_for_good(make_lab):
    lab = make_lab(hosts=4, igmp_versions={2: 3, 3: 3, 4: 3}, offloads=True)
    switch = plugged(lab, "ssm-media")
    group, camera = "232.30.1.9", lab.host(1)
    lab.settles(1, "232.30.1.7", {4}, source="10.30.0.11")
    mixer = lab.host(2).join_sources(group, camera.address)
    lab.settles(1, group, {2}, source=camera.address)
    mixer.drop_source(camera.address)
    lab.settles(1, group, set(), source=camera.address)
    # Any source is too much to ask for in the range of source-specific groups.
    lab.host(3).join(group)
    lab.fence(3)
    assert lab.reached(1, group, source=camera.address) == set()
    assert "multiview" not in switch.members(group)


# The cards are not here: --check follows the comment as far as it goes, and says what is missing.
def test_pci_two_workers_names_its_cards(tmp_path):
    done = subprocess.run([program("mcswitch"), "--config", str(EXAMPLES / "pci-two-workers.toml"), "--check"],
                          stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    for card in "0000:03:00.0", "0000:03:00.1":
        assert card in done.stdout


RESTARTS = {
    "lab-on-veth": ["VLAN 1: hold-pruning is on"],
    "two-rings": ["VLAN 1: hold-pruning is on"],
    "pci-two-workers": ["VLAN 1: hold-pruning is on"],
    "trunk-with-vlans": ["VLANs 1, 10: hold-pruning is on", "VLAN 20: hold-pruning is on"],
    "ssm-media": ["VLAN 1: hold-pruning is off"],
}


@pytest.mark.parametrize("name", sorted(path.stem for path in EXAMPLES.glob("*.toml")))
def test_the_check_of_each_example_says_what_a_restart_costs(name):
    done = subprocess.run([program("mcswitch"), "--config", str(EXAMPLES / (name + ".toml")), "--check"],
                          stdout=subprocess.PIPE, text=True, check=False)
    said = [line for line in done.stdout.splitlines() if line.startswith("notice: restart: ")]
    for line, words in zip(said, RESTARTS[name], strict=True):
        assert words in line and "flooded for up to " in line and "without their streams for up to " in line
