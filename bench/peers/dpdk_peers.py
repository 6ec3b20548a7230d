# SPDX-License-Identifier: BSD-3-Clause
"""Rates of mcswitch, of the ceiling, and of Open vSwitch, all over the same net_pcap devices."""

import json
import time

from lab import Switch, eventually, program, to_toml
from lab.telemetry import TelemetryClient, rows

import machine
from open_vswitch import OpenVSwitch
from processes import PREFIX, Child, on_all_cores
from workload import Rates, Window, check_even, reading, worker_task


class Mcswitch:
    """The program that is installed, configured by a file and read over telemetry."""
    name = "mcswitch"

    def __init__(self, place):
        self.place = place

    def missing(self):
        return machine.missing_program(program("mcswitch"))

    @staticmethod
    def config(work, ports):
        """TOML. `ports`: name to device string."""
        return to_toml({
            "switch": {"name": PREFIX, "main-core": work.main_core, "worker-cores": [work.worker_core],
                       "hugepages": "required" if work.hugepages else "off", "eal-args": ["--no-pci"],
                       "mbufs": work.mbufs, "max-groups": max(4096, 2 * work.groups)},
            "snooping": {"unregistered": "router-ports"}, "igmp": {"version": 2},
            "port": [{"name": name, "device": device} for name, device in ports.items()]})

    def rates(self, work):
        ports = {"sink%d" % n: work.sink_device(n) for n in work.sinks}
        if work.has_bystander:
            ports["bystander"] = work.bystander_device()
        ports["source"] = work.source_device()
        folder = self.place.folder_for(self.name)
        switch = Switch(self.place.namespace, PREFIX, self.config(work, ports), folder, str(folder))
        try:
            with on_all_cores():
                switch.start()
            with TelemetryClient(switch, timeout=20) as client:
                client.receive()
                return self._measure(work, switch, client)
        finally:
            switch.discard()

    @staticmethod
    def _measure(work, switch, client):
        def ports():
            return {row["port"]: row for row in rows(client.ask("/mcswitch/ports"))}
        eventually(lambda: sum(int(row["groups"]) for row in ports().values()) == work.memberships,
                   "all sinks have joined at mcswitch", within=60)
        worker = worker_task(switch.process.pid, "worker")
        time.sleep(work.warm_up)
        begin = reading([worker], ports)
        time.sleep(work.seconds)
        window = Window(begin, reading([worker], ports))
        rates = window.rates(("source", "rx_packets"), [("sink%d" % n, "tx_packets") for n in work.sinks])
        check_even("mcswitch", rates, window.rate("bystander", "tx_packets") if work.has_bystander else 0)
        return rates


class Ceiling:
    """What the devices allow: mcsceiling, which neither parses nor looks anything up."""
    name, options = "ceiling", []

    def __init__(self, place):
        self.place = place

    def missing(self):
        return machine.missing_program(machine.ceiling_program())

    def rates(self, work):
        argv = [str(machine.ceiling_program()), "--from", work.source_device(), "--main-core", str(work.main_core),
                "--worker-core", str(work.worker_core), "--mbufs", str(work.mbufs),
                "--warm-up", str(work.warm_up), "--seconds", str(work.seconds)]
        for number in work.sinks:
            argv += ["--to", work.sink_device(number)]
        argv += ["--hugepages"] * work.hugepages + self.options
        child = Child(argv, self.place.namespace, self.place.folder_for(self.name) / "log", pipe=True)
        try:
            counted = json.loads(child.finish(work.warm_up + work.seconds + 60))
        finally:
            child.end()
        running = counted["running"]
        rates = Rates(counted["received"] / running, [sent / running for sent in counted["sent"]],
                      running / counted["seconds"])
        check_even("the " + self.name, rates)
        return rates


class ListeningCeiling(Ceiling):
    """The same, but it asks the sinks for frames too, as a switch must: what asking costs is the devices' as well."""
    name, options = "ceiling+rx", ["--listen"]


class Ovs:
    """Open vSwitch with DPDK: a standalone bridge with multicast snooping, groups learned from the sinks' reports."""
    name = "ovs"

    def __init__(self, place):
        self.place = place

    def missing(self):
        return machine.missing_ovs()

    def rates(self, work):
        ovs = OpenVSwitch(self.place, work.main_core, work.worker_core, work.hugepages, work.groups + 1000,
                          work.captures.source_frames)
        try:
            ovs.start()
            sinks = {"sink%d" % n: work.sink_device(n) for n in work.sinks}
            ovs.add_ports(sinks)
            ovs.restart_devices(sinks)
            ovs.settle(work.memberships, 10 + work.memberships / 5000)
            if work.has_bystander:
                ovs.add_ports({"bystander": work.bystander_device()})
            ovs.add_ports({"source": work.source_device()})
            time.sleep(work.warm_up)
            return self._measure(work, ovs)
        finally:
            ovs.stop()

    @staticmethod
    def _measure(work, ovs):
        worker = worker_task(ovs.daemon.process.pid, "pmd-c")
        begin = reading([worker], ovs.counters)
        time.sleep(work.seconds)
        window = Window(begin, reading([worker], ovs.counters))
        rates = window.rates(("source", 0), [("sink%d" % n, 1) for n in work.sinks])
        check_even("Open vSwitch", rates, window.rate("bystander", 1) if work.has_bystander else 0)
        if ovs.memberships() != work.memberships:
            raise RuntimeError("Open vSwitch has forgotten memberships during the run")
        return rates
