# SPDX-License-Identifier: BSD-3-Clause
"""A shipped example, followed as its own comment says, on a machine of its own: network, names of namespaces and mounts
are those of a child process, so that the comment's names cannot meet the real machine's."""

import pathlib
import re
import subprocess

from .switch import ROOT
from .wait import PATIENCE

EXAMPLES = ROOT / "config" / "examples"


def commands(path):
    """The lines of its comment that are indented like code."""
    comment = pathlib.Path(path).read_text().split("\n\n[", 1)[0]
    return "\n".join(re.findall(r"^#   (.*)$", comment, re.M))


class Machine:
    """A namespace as lab.Namespace is one, in which `ip netns` has names of its own."""

    def __init__(self):
        ready = "mount --make-rprivate / && mkdir -p /run/netns && mount -t tmpfs none /run/netns && " \
                "ip link set lo up && echo ready && exec cat"
        self._process = subprocess.Popen(["unshare", "--net", "--mount", "sh", "-c", ready], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True)
        assert self._process.stdout.readline() == "ready\n"

    def _argv(self, argv):
        return ["nsenter", "--target", str(self._process.pid), "--net", "--mount", *argv]

    def run(self, *argv, stdin=None):
        done = subprocess.run(self._argv(argv), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              input=stdin, timeout=PATIENCE, check=False)
        assert done.returncode == 0, "%s\n%s\n%s" % (argv, stdin, done.stdout)
        return done.stdout

    def start(self, *argv, **keys):
        return subprocess.Popen(self._argv(argv), text=True, **keys)

    def close(self):
        self._process.stdin.close()
        self._process.wait()
