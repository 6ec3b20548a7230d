# SPDX-License-Identifier: BSD-3-Clause
"""Network namespaces, veth pairs, and working inside a namespace for a moment."""

import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import struct
import subprocess

from .wait import PATIENCE, wait_until

NAMES = "/run/netns"
_CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def run(*argv, check=True, stdin=None):
    """Runs a program to its end and returns what it printed; a failure raises with its words."""
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          input=stdin, timeout=PATIENCE)
    if check and done.returncode != 0:
        raise RuntimeError("%s: %s" % (" ".join(argv), done.stdout.strip()))
    return done.stdout


def _enter(fd):
    if _libc.setns(fd, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns: " + os.strerror(ctypes.get_errno()))


class Namespace:
    """One named network namespace."""

    def __init__(self, name):
        self.name = name

    def create(self, ipv6=False):
        run("ip", "netns", "add", self.name)
        run("ip", "-n", self.name, "link", "set", "lo", "up")
        if not ipv6:
            for scope in "all", "default":
                self.sysctl("net/ipv6/conf/%s/disable_ipv6" % scope, 1)
        # Hosts of one subnet on several links: never judge a datagram by the way back.
        for scope in "all", "default":
            self.sysctl("net/ipv4/conf/%s/rp_filter" % scope, 0)
        return self

    def processes(self):
        out = run("ip", "netns", "pids", self.name, check=False)
        return [int(word) for word in out.split() if word.isdigit()]

    def end_processes(self):
        """Ends every process inside: they are ours, since the namespace is."""
        for how in signal.SIGTERM, signal.SIGKILL:
            for pid in self.processes():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, how)
            if wait_until(lambda: not self.processes(), 5):
                return

    def delete(self):
        self.end_processes()
        run("ip", "netns", "del", self.name, check=False)

    @contextlib.contextmanager
    def inside(self):
        """The calling thread, and what it starts, is in this namespace for the body of the with."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            there = os.open(os.path.join(NAMES, self.name), os.O_RDONLY)
            try:
                _enter(there)
            finally:
                os.close(there)
            try:
                yield
            finally:
                _enter(home)
        finally:
            os.close(home)

    def ip(self, *words):
        return run("ip", "-n", self.name, *words)

    def sysctl(self, key, value=None):
        """Reads a /proc/sys value of this namespace, or writes it."""
        with self.inside(), open("/proc/sys/" + key, "r" if value is None else "w") as file:
            if value is None:
                return file.read().strip()
            file.write(str(value))
            return str(value)

    def interface_index(self, interface):
        with self.inside():
            return socket.if_nametoindex(interface)

    def mac(self, interface):
        with self.inside(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            reply = fcntl.ioctl(sock, 0x8927, struct.pack("256s", interface.encode()))  # SIOCGIFHWADDR
        return ":".join("%02x" % byte for byte in reply[18:24])

    def rx_packets(self, interface):
        with self.inside(), open("/proc/thread-self/net/dev") as file:
            for line in file:
                name, _, numbers = line.partition(":")
                if name.strip() == interface:
                    return int(numbers.split()[1])
        raise KeyError(interface)


def add_veth(left, left_name, right, right_name, mtu=1500, offloads=False):
    """A cable between two namespaces, both ends up. Checksum and segmentation offload are off on both: what
    is on a veth pair is then what would be on a wire, finished and no longer than the link allows. With `offloads`
    they stay as the kernel makes a pair."""
    run("ip", "link", "add", left_name, "mtu", str(mtu), "netns", left.name, "type", "veth",
        "peer", "name", right_name, "mtu", str(mtu), "netns", right.name)
    for namespace, interface in ((left, left_name), (right, right_name)):
        if not offloads:
            offload_off(namespace, interface)
        namespace.ip("link", "set", interface, "up")


class NoBridge(RuntimeError):
    """This kernel has no bridges."""


def add_unmanaged_switch(namespace):
    """Makes the namespace a switch that knows nothing of multicast, a bridge, until plug() without cables."""
    try:
        namespace.ip("link", "add", "bridge", "type", "bridge", "mcast_snooping", "0")
    except RuntimeError as problem:
        raise NoBridge(str(problem)) from None
    namespace.ip("link", "set", "bridge", "up")


def plug(namespace, interface):
    """Puts one end of a cable into the unmanaged switch."""
    namespace.ip("link", "set", interface, "master", "bridge")


RXCSUM, TXCSUM, TSO, GSO, GRO = 0x15, 0x17, 0x1f, 0x24, 0x2c  # ETHTOOL_S...


def offload_off(namespace, interface, settings=(RXCSUM, TXCSUM, TSO, GSO, GRO)):
    """As `ethtool -K` does, which not every machine has."""
    with namespace.inside(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for setting in settings:
            value = ctypes.create_string_buffer(struct.pack("II", setting, 0))
            request = struct.pack("16sP16x", interface.encode(), ctypes.addressof(value))
            with contextlib.suppress(OSError):  # A kernel may lack one of them: then it is off.
                fcntl.ioctl(sock, 0x8946, request)  # SIOCETHTOOL


def left_overs(prefix):
    """Namespaces of an earlier run."""
    try:
        return [Namespace(name) for name in sorted(os.listdir(NAMES)) if name.startswith(prefix + "-")]
    except FileNotFoundError:
        return []


def remove_left_overs(prefix):
    found = left_overs(prefix)
    for namespace in found:
        namespace.delete()
    return found
