# SPDX-License-Identifier: BSD-3-Clause
"""Interfaces that are ports: late ones, deleted ones, and those that the machine uses for something else."""

import json
import shutil
import signal
import socket
import subprocess

import pytest

from conftest import QUERIER
from lab import eventually, program
from lab.netns import NoBridge, add_unmanaged_switch, add_veth
from lab.switch import ROOT

GROUP = "239.68.10.8"
PRUNE = {"unregistered": "drop", "hold-pruning": False}


def port(switch, name):
    row, = [row for row in switch.query("ports") if row["port"] == name]
    return row


def check(switch):
    """Exit code and output of --check in the switch's namespace."""
    with switch.namespace.inside():
        done = subprocess.run([program("mcswitch"), "--config", str(switch.config), "--check"], text=True,
                              stdout=subprocess.PIPE, check=False)
    return done.returncode, done.stdout


# --- late, and made again

def unplug(lab, number):
    """The cable goes, with both its ends: as when a container ends."""
    lab.host(number).close()
    lab.switch_namespace.ip("link", "del", "sw%d" % number)


def plug_in(lab, number):
    """A new cable, between interfaces of the same names."""
    host = lab.host(number)
    add_veth(lab.switch_namespace, "sw%d" % number, host.namespace, "eth0")
    host.configure(2)


def works(lab, switch, number):
    """A member on the port gets a stream, and nobody else does."""
    eventually(lambda: port(switch, "p%d" % number)["link"] == "up", "the port has its link")
    receiver = lab.host(number).join(GROUP)
    lab.settles(1, GROUP, {number})
    receiver.leave()


def test_an_interface_that_is_made_again_is_taken_again(lab):
    switch = lab.switch(snooping=PRUNE, igmp=QUERIER, port={3: {"fast-leave": True}})
    works(lab, switch, 3)
    mac = port(switch, "p3")["mac"]
    for round_number in (1, 2):
        unplug(lab, 3)
        eventually(lambda: switch.stderr().count("port p3: its interface sw3 is gone") == round_number,
                   "the log says that it is gone")
        eventually(lambda: port(switch, "p3")["link"] == "down", "the port has lost its link")
        plug_in(lab, 3)
        works(lab, switch, 3)
        assert switch.stderr().count("port p3: its interface sw3 is there") == round_number
        # The port is the same one, and the new interface is prepared as the first was.
        assert port(switch, "p3")["mac"] == mac == lab.switch_namespace.mac("sw3")
        assert lab.switch_namespace.sysctl("net/ipv6/conf/sw3/disable_ipv6") == "1"
    assert switch.stop() == 0
    assert lab.switch_namespace.sysctl("net/ipv6/conf/sw3/disable_ipv6") == "0"
    assert lab.switch_namespace.mac("sw3") != mac


def test_a_stream_to_others_is_not_disturbed_while_an_interface_goes_and_comes(lab):
    lab.switch(snooping=PRUNE, igmp=QUERIER)
    receiver = lab.host(2).join(GROUP)
    lab.settles(1, GROUP, {2})
    receiver.payloads().clear()
    with lab.host(1).stream(GROUP, rate=200) as stream:
        unplug(lab, 3)
        eventually(lambda: len(receiver.payloads()) > 100, "the stream goes on")
        plug_in(lab, 3)
        eventually(lambda: len(receiver.payloads()) > 200, "the stream goes on")
    mark = lab.host(1).send_fence()
    lab.host(2).wire.wait(lambda f: mark in f.raw)
    assert receiver.payloads() == [b"%08d" % n for n in range(stream.sent)]


def test_a_switch_starts_without_an_interface_and_takes_it_when_it_comes(lab):
    unplug(lab, 3)
    switch = lab.prepare(snooping=PRUNE, igmp=QUERIER, port={3: {"fast-leave": True}})
    code, said = check(switch)
    assert code == 0 and "there is no interface sw3 yet" in said
    switch.start()
    assert "there is no interface sw3 yet" in switch.stderr()
    assert port(switch, "p3")["link"] == "down"
    # The loopback interface, which stands in for it, is none of the switch's business.
    with lab.switch_namespace.inside(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"to myself", ("127.0.0.1", 9))
    assert "PROMISC" not in lab.switch_namespace.ip("link", "show", "lo")
    lab.host(2).join(GROUP)
    heard = len(lab.host(2).wire.received(lambda f: f.source == "127.0.0.1"))
    plug_in(lab, 3)
    works_with_two(lab, switch)
    assert heard == 0 and port(switch, "p3")["mac"] == lab.switch_namespace.mac("sw3")


def works_with_two(lab, switch):
    eventually(lambda: port(switch, "p3")["link"] == "up", "the port has its link")
    lab.host(3).join(GROUP)
    lab.settles(1, GROUP, {2, 3})


# AF_XDP cannot wait for it. The code of a machine that is not ready, not that of a wrong file: the unit tries again.
def test_with_af_xdp_the_unit_waits_for_a_late_interface(lab):
    unplug(lab, 3)
    switch = lab.prepare(port={3: {"device": "net_af_xdp3,iface=sw3"}})
    switch.expected_code = 1
    assert switch.start(wait=False).wait() == 1
    assert "there is no interface sw3" in switch.stderr()
    unit = (ROOT / "config" / "mcswitch@.service.in").read_text().splitlines()
    assert {"StartLimitIntervalSec=0", "Restart=on-failure", "RestartPreventExitStatus=2"} <= set(unit)


# --- used otherwise

def addressed(lab):
    """sw3 is an interface of the machine: two global addresses and a default route, as by hand."""
    namespace = lab.switch_namespace
    namespace.ip("address", "add", "192.0.2.5/24", "dev", "sw3")
    namespace.ip("-6", "address", "add", "2001:db8::5/64", "dev", "sw3", "nodad")
    namespace.ip("-6", "route", "add", "default", "via", "2001:db8::1", "dev", "sw3", "metric", "77")


def ipv6_of(lab):
    """Global addresses and routes of sw3 that the kernel does not make by itself."""
    namespace = lab.switch_namespace
    addresses = json.loads(namespace.ip("-j", "-6", "address", "show", "dev", "sw3", "scope", "global"))
    routes = json.loads(namespace.ip("-j", "-6", "route", "show", "dev", "sw3"))
    return ([info["local"] for link in addresses for info in link.get("addr_info", []) if "local" in info],
            [(route["dst"], route.get("gateway"), route.get("metric")) for route in routes
             if route.get("protocol") != "kernel"])


@pytest.mark.parametrize("device", ["net_af_packet3,iface=sw3", "net_af_xdp3,iface=sw3"])
def test_an_interface_with_addresses_of_the_machine_is_refused(lab, device):
    addressed(lab)
    before = ipv6_of(lab)
    switch = lab.prepare(port={3: {"device": device}})
    code, said = check(switch)
    assert code == 2
    assert "sw3 has 2 of this machine's addresses (192.0.2.5, ...) and a default route" in said
    assert "take-over = true" in said
    switch.expected_code = 1
    assert switch.start(wait=False).wait() == 1
    assert "sw3 has 2 of this machine's addresses" in switch.stderr()
    assert ipv6_of(lab) == before and before[0] == ["2001:db8::5"] and len(before[1]) == 1


def test_an_interface_that_may_be_taken_over_has_its_addresses_and_routes_at_the_end(lab):
    addressed(lab)
    before = ipv6_of(lab)
    switch = lab.prepare(snooping=PRUNE, igmp=QUERIER, port={3: {"take-over": True, "fast-leave": True}})
    assert check(switch)[0] == 0
    switch.start()
    assert ipv6_of(lab)[0] == []
    works(lab, switch, 3)
    assert switch.stop() == 0
    assert ipv6_of(lab) == before


def test_a_port_of_a_bridge_is_refused_or_taken_over_and_put_back(lab):
    namespace = lab.switch_namespace
    try:
        add_unmanaged_switch(namespace)
    except NoBridge as problem:
        pytest.skip(str(problem))
    namespace.ip("link", "set", "sw3", "master", "bridge")

    def master():
        return json.loads(namespace.ip("-j", "link", "show", "sw3"))[0].get("master")
    switch = lab.prepare()
    code, said = check(switch)
    assert code == 2 and "sw3 is a port of bridge bridge" in said
    switch.expected_code = 1
    assert switch.start(wait=False).wait() == 1
    assert master() == "bridge"
    switch = lab.prepare(snooping=PRUNE, igmp=QUERIER, port={3: {"take-over": True, "fast-leave": True}})
    switch.start()
    assert master() is None
    works(lab, switch, 3)
    assert switch.stop() == 0
    assert master() == "bridge"


# --- after kill -9

def state_of(lab):
    link = json.loads(lab.switch_namespace.ip("-j", "-d", "link", "show", "sw3"))[0]
    with lab.switch_namespace.inside():
        off = open("/proc/sys/net/ipv6/conf/sw3/disable_ipv6", encoding="ascii").read().strip()
        offloads = subprocess.run(["ethtool", "-k", "sw3"], stdout=subprocess.PIPE, text=True, check=False).stdout \
            if shutil.which("ethtool") else ""
    return ipv6_of(lab), "PROMISC" in link["flags"], link.get("master"), off, offloads


@pytest.mark.parametrize("take_over", [False, True])
def test_after_a_kill_the_next_run_makes_the_interface_what_it_was(lab, take_over):
    if take_over:
        addressed(lab)
    before = state_of(lab)
    assert before[3] == "0"
    switch = lab.prepare(port={3: {"take-over": take_over}})
    for _ in range(2):  # what the first run has left is not what the second one takes for the state before
        switch.start()
        switch.stop(signal.SIGKILL)
        assert state_of(lab)[3] == "1"
    switch.start()
    assert switch.stop() == 0
    assert state_of(lab) == before


def test_after_a_kill_another_interface_of_that_name_is_not_the_one_before(lab):
    addressed(lab)
    switch = lab.prepare(port={3: {"take-over": True}})
    switch.start()
    switch.stop(signal.SIGKILL)
    unplug(lab, 3)
    plug_in(lab, 3)
    switch.start()
    assert switch.stop() == 0
    assert ipv6_of(lab) == ([], []) and state_of(lab)[3] == "0"
