# SPDX-License-Identifier: BSD-3-Clause
"""The laboratory of the system tests with its switch in a virtual machine."""

import itertools
import os
import shlex
import shutil
import signal
import tempfile
import time

from lab import Host, Lab, Switch, program, to_toml, wait_until

from .kernel import GuestKernel
from .qemu import SHARE, Machine, MachineStalled

_switch_numbers = itertools.count(1)
_SLOW = 60  # Seconds for what takes one or two in a machine without other load.


class GuestSwitch(Switch):
    """A mcswitch in the machine. Its files are in the directory that both sides see."""

    def __init__(self, machine, name, config):
        self.machine, self.inside = machine, "%s/%s" % (SHARE, name)
        directory = machine.share / name
        directory.mkdir()
        super().__init__(None, name, config, directory)

    def _argv(self, *arguments):
        return [program("mcswitch"), "--config", self.inside + "/switch.toml", *arguments]

    def run(self, *arguments):
        """Runs it to its own end."""
        return self.machine.run(*self._argv(*arguments), check=False, timeout=_SLOW)

    def start(self, *arguments):
        words = shlex.join(self._argv(*arguments))
        self.started = time.time()
        self.machine.shell(
            "cd %s && { { sh -c 'echo $$ >pid && exec %s >stdout 2>stderr'; echo $? >code.new; mv code.new code; } "
            "</dev/null >/dev/null 2>&1 & }" % (self.inside, words.replace("'", "'\\''")))
        self.process = self.machine
        wait_until(lambda: self.ready_line() or not self.is_running(), _SLOW, 0.05)
        if not self.ready_line() and self.is_running():
            self.machine.check_for_stall()
        assert self.ready_line(), "mcswitch %s\n%s" % (
            "is not ready in %d s" % _SLOW if self.is_running() else "ended with %d" % self._code(), self.output())
        self.became_ready = time.time()
        return self

    def _read(self, name):
        path = self.directory / name
        return path.read_text(errors="replace") if path.exists() else ""

    def stdout(self):
        return self._read("stdout")

    def stderr(self):
        return self._read("stderr")

    def _code(self):
        text = self._read("code")
        return int(text) if text else None

    def is_running(self):
        return self.process is not None and self.machine.is_running() and self._code() is None

    def wait(self, timeout=_SLOW):
        code = wait_until(lambda: self._read("code"), timeout, 0.05)
        if not code:
            self.machine.check_for_stall()
        assert code, "mcswitch has not ended within %g s\n%s" % (timeout, self.output())
        return int(code)

    def stop(self, signal_number=signal.SIGTERM):
        if self.is_running():
            self.machine.run("kill", "-%d" % signal_number, self._read("pid").strip())
        return self.wait()

    def discard(self):
        """Returns its exit code, or None if it never ran."""
        if self.process is None or not self.machine.is_running():
            return None
        try:
            return self.stop()
        finally:
            if self.is_running():
                self.machine.run("kill", "-KILL", self._read("pid").strip(), check=False)

    def ctl(self, *words, name=None):
        return self.machine.run(program("mcsctl"), "--name", name or self.name, *words, check=False)


class Segment(Lab):
    """Some hosts of a laboratory that are in one VLAN: what is observed is observed on them."""

    def __init__(self, hosts):
        self.hosts = {host.number: host for host in hosts}

    def close(self):
        """They belong to others."""


class VmLab(Lab):
    """Host n is on the machine's card n. Made, it has booted and vfio-pci has the cards."""

    def __init__(self, prefix, nics, cores=3):
        self.nics = {nic.number: nic for nic in nics}
        self.machine = self.drivers = None
        self._cables = {}
        self.directory = tempfile.mkdtemp(prefix=prefix + "-")
        self._extra = []
        super().__init__(prefix, hosts=0)
        try:
            for number in self.nics:
                self.add_host(number, 2)
            self.machine = Machine(self.switch_namespace, self.directory, list(self.nics.values()), cores)
            self.machine.start(GuestKernel(), self._cables)
            self._drop_cables()
            self.drivers = self.machine.bind_to_vfio()
        except BaseException:
            self.close()
            raise

    def _drop_cables(self):
        """qemu has its own copies; with the last one the cable goes."""
        for files in self._cables.values():
            for file in files:
                os.close(file)
        self._cables = {}

    def add_host(self, number, igmp_version):
        host = Host(number, self._namespace("h%d" % number))
        self._cables[number] = self.nics[number].open_cable(host.namespace, "eth0")
        host.namespace.ip("link", "set", "eth0", "mtu", str(self.mtu), "up")
        host.configure(igmp_version)
        self.hosts[number] = host
        return host

    def add_namespace(self, suffix):
        """One more, that goes with the laboratory."""
        return self._namespace(suffix)

    def add_resource(self, resource):
        """To be closed before the hosts are."""
        self._extra.append(resource)
        return resource

    def close(self):
        for resource in reversed(self._extra):
            resource.close()
        self._extra = []
        try:
            bad = self.close_switches()
        except MachineStalled:
            bad = [("the machine", "stalled")]
        if self.machine:
            self.machine.close()
        self._drop_cables()
        shutil.rmtree(self.directory, ignore_errors=True)
        return bad + super().close()

    def close_switches(self):
        """Returns (name, exit code, or what went wrong) of those that did not end as expected."""
        bad = []
        for switch in self.switches:
            try:
                code = switch.discard()
            except AssertionError as problem:
                code = str(problem)
            if code not in (switch.expected_code, None):
                bad.append((switch.name, code))
        self.switches = []
        return bad

    def config(self, name, ports=None, switch=None, port=None, port_tables=(), **sections):
        ports = sorted(self.nics) if ports is None else ports
        return to_toml({
            "switch": {"name": name, "main-core": 0, "worker-cores": [1], "hugepages": "required",
                       "max-groups": 4096, **(switch or {})},
            "port": [{"name": "p%d" % n, "device": self.nics[n].address, **(port or {}).get(n, {})} for n in ports] +
            list(port_tables),
            **sections})

    def prepare(self, name=None, **keys):
        name = name or "%s-%d" % (self.prefix, next(_switch_numbers))
        self.switches.append(GuestSwitch(self.machine, name, self.config(name, **keys)))
        return self.switches[-1]

    def set_link(self, number, up):
        """Pulls the cable out of the switch's card, or puts it back. The host's own end does not notice. Returns the
        time before."""
        self.hosts[number].link_up = up
        return self.machine.set_link(self.nics[number], up)
