# SPDX-License-Identifier: BSD-3-Clause
"""The virtual machine: start, commands, cables, end."""

import collections
import itertools
import json
import pathlib
import select
import shlex
import socket
import subprocess
import time

from .kernel import initramfs_of

QEMU = "/usr/bin/qemu-system-x86_64"
SHARE = "/run/share"  # In the machine.
_MEBIBYTES, _HUGE_PAGES = 1024, 160
_COMMAND_LINE = ("console=ttyS0 loglevel=4 intel_iommu=on panic=-1 nokaslr mitigations=off tsc=reliable "
                 "random.trust_cpu=on nmi_watchdog=0 nosoftlockup hugepages=%d" % _HUGE_PAGES)

# What its kernel says when a processor of it has stopped.
_STALL = "detected stalls on CPUs"

Done = collections.namedtuple("Done", "returncode stdout stderr")


class MachineStalled(Exception):
    """A processor of the emulated machine has stopped, as its own kernel says: nothing can be said about mcswitch."""


class _Lines:
    """One end of a pair of sockets whose other end qemu has: lines of text."""

    def __init__(self):
        self._socket, self._theirs = socket.socketpair()
        self._pending = b""

    def fileno(self):
        """For qemu."""
        return self._theirs.fileno()

    def given_away(self):
        self._theirs.close()

    def close(self):
        self._socket.close()
        self._theirs.close()

    def send(self, line):
        self._socket.sendall(line.encode() + b"\n")

    def read(self, timeout):
        """The next line, or None: not in time, or never any more."""
        end = time.monotonic() + timeout
        while b"\n" not in self._pending:
            if not select.select([self._socket], [], [], max(0.0, end - time.monotonic()))[0]:
                return None
            raw = self._socket.recv(65536)
            if not raw:
                return None
            self._pending += raw
        line, _, self._pending = self._pending.partition(b"\n")
        return line.decode(errors="replace").strip()


class Machine:
    """Software emulation, with an IOMMU: a kernel hands a device to a program only behind one.

    Files are in `directory`: the console, and in `share` what both sides see. qemu runs in `namespace`, so that it
    ends when that is removed; and it ends with the thread that started it, however that comes to its end. `parameters`
    are further words on the kernel's command line; with "systemd" that is its first process (init)."""

    def __init__(self, namespace, directory, nics, cores=3, parameters=""):
        self.namespace, self.directory = namespace, pathlib.Path(directory)
        self.nics, self.cores, self.parameters = nics, cores, parameters
        self.share = self.directory / "share"
        self.share.mkdir()
        self.boot_seconds = None
        self._numbers = itertools.count(1)
        self._process = self._agent = self._monitor = None

    # --- life

    def start(self, kernel, cables):
        """Returns once the machine takes commands. `cables` are the files of each network card's cable, which are
        closed here; the machine has them then."""
        initramfs = initramfs_of(kernel, self.directory / "initramfs", pathlib.Path(__file__).with_name("init"))
        self._agent, self._monitor = _Lines(), _Lines()
        argv = [
            "setpriv", "--pdeathsig", "KILL", QEMU, "-name", self.namespace.name, "-nodefaults", "-no-user-config",
            "-display", "none", "-no-reboot", "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max",
            "-smp", str(self.cores), "-m", str(_MEBIBYTES),
            "-kernel", str(kernel.image), "-initrd", initramfs, "-append", _COMMAND_LINE + " " + self.parameters,
            "-device", "intel-iommu,caching-mode=on,aw-bits=48",
            "-serial", "file:%s" % (self.directory / "console"),
            "-chardev", "socket,id=agent,fd=%d" % self._agent.fileno(), "-serial", "chardev:agent",
            "-chardev", "socket,id=monitor,fd=%d" % self._monitor.fileno(), "-mon", "chardev=monitor,mode=control"]
        for number, (tag, path, access) in enumerate((("root", "/", "on"), ("share", self.share, "off"))):
            argv += ["-fsdev", "local,id=%s,path=%s,security_model=none,multidevs=remap,readonly=%s" %
                     (tag, path, access),
                     "-device", "virtio-9p-pci,fsdev=%s,mount_tag=%s,addr=0x%x" % (tag, tag, 8 + number)]
        for nic in self.nics:
            argv += nic.qemu_options(cables[nic.number])
        files = [file for nic in self.nics for file in cables[nic.number]]
        began = time.monotonic()
        with open(self.directory / "qemu", "w") as log, self.namespace.inside():
            # A session of its own: Ctrl-C in a terminal is for the tests, which then end it.
            self._process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
                pass_fds=[*files, self._agent.fileno(), self._monitor.fileno()])
        self._agent.given_away()
        self._monitor.given_away()
        self._monitor.read(10)  # The greeting.
        self._ask("qmp_capabilities")
        line = self._agent.read(120)
        assert line == "ready", "the virtual machine does not come up\n" + self.console()
        self.boot_seconds = time.monotonic() - began
        return self

    def is_running(self):
        return self._process is not None and self._process.poll() is None

    def close(self):
        if self.is_running():
            try:
                self._monitor.send(json.dumps({"execute": "quit"}))
                self._process.wait(5)
            except (OSError, subprocess.TimeoutExpired):
                self._process.kill()
                self._process.wait()
        for lines in self._agent, self._monitor:
            if lines:
                lines.close()

    def console(self):
        """What the kernel and qemu have said, for a person to read."""
        text = ""
        for name in "console", "qemu":
            path = self.directory / name
            lines = path.read_text(errors="replace").splitlines()[-60:] if path.exists() else []
            text += "---- the machine's %s\n%s\n" % (name, "\n".join(lines))
        return text

    def check_for_stall(self):
        """Raises MachineStalled if that is why something does not come to its end."""
        if _STALL in self.console():
            raise MachineStalled(self._processors() + self.console())

    # --- commands

    def run(self, *argv, timeout=30, check=True):
        """Runs a program in the machine to its end."""
        return self.shell(shlex.join(argv), timeout, check)

    def shell(self, command, timeout=30, check=True):
        """One line for the machine's shell."""
        number = next(self._numbers)
        self._agent.send("%d %s" % (number, command))
        answer = self._agent.read(timeout)
        if answer is None:
            self.check_for_stall()
        assert answer is not None, "the virtual machine has not finished in %g s: %s\n%s%s" % (
            timeout, command, self._processors(), self.console())
        said, code = answer.split()
        assert int(said) == number, "the answer to command %s, not to %d" % (said, number)
        out, err = (self.share / ("%d.%s" % (number, kind)) for kind in ("out", "err"))
        done = Done(int(code), out.read_text(errors="replace"), err.read_text(errors="replace"))
        out.unlink()
        err.unlink()
        assert not check or done.returncode == 0, "%s: exit code %d\n%s%s" % (
            command, done.returncode, done.stdout, done.stderr)
        return done

    def bind_to_vfio(self):
        """Gives every network card to vfio-pci. Returns the driver that each then has, as the kernel says."""
        for nic in self.nics:
            self.shell("cd /sys/bus/pci/devices/{0} && echo vfio-pci >driver_override && "
                       "{{ [ ! -e driver ] || echo {0} >driver/unbind; }} && "
                       "echo {0} >/sys/bus/pci/drivers_probe".format(nic.address))
        return {nic.number: self.shell("basename $(readlink /sys/bus/pci/devices/%s/driver)" % nic.address,
                                       check=False).stdout.strip() for nic in self.nics}

    def _ask(self, command, **arguments):
        self._monitor.send(json.dumps({"execute": command, "arguments": arguments}))
        while True:
            line = self._monitor.read(10)
            assert line is not None, "qemu does not answer to %s\n%s" % (command, self.console())
            answer = json.loads(line)
            if "event" not in answer:
                assert "error" not in answer, "%s: %s" % (command, answer)
                return answer["return"]

    def _processors(self):
        """Where each of them is, for who looks for the reason why the machine does not answer."""
        try:
            registers = self._ask("human-monitor-command", **{"command-line": "info registers -a"})
        except (AssertionError, OSError) as problem:
            return "%s\n" % problem
        return "".join(line + "\n" for line in registers.splitlines() if line.startswith(("CPU#", "RIP=")))

    def set_link(self, nic, up):
        """Pulls the cable out of a card, or puts it back. Returns the time before."""
        before = time.time()
        self._ask("set_link", name=nic.netdev, up=up)
        return before
