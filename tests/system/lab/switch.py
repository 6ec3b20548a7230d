# SPDX-License-Identifier: BSD-3-Clause
"""The program under test as a process: configuration, start, output, mcsctl, end."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

from .wait import PATIENCE, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[3]
READY = "mcswitch: ready"


def program(name):
    """Path of a built program. MCSWITCH_BUILD names another build directory than build/."""
    return str(pathlib.Path(os.environ.get("MCSWITCH_BUILD", ROOT / "build")).resolve() / "app" / name)


def _value(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "[%s]" % ", ".join(_value(item) for item in value)
    return json.dumps(value)


def _table(lines, name, content):
    for table in content if isinstance(content, list) else [content]:
        lines.append(("[[%s]]" if isinstance(content, list) else "[%s]") % name)
        inner = {key: value for key, value in table.items() if _is_table(value)}
        lines += ["%s = %s" % (key, _value(value)) for key, value in table.items() if key not in inner]
        lines.append("")
        for key, value in inner.items():
            _table(lines, "%s.%s" % (name, key), value)


def _is_table(value):
    return isinstance(value, dict) or isinstance(value, list) and any(isinstance(item, dict) for item in value)


def to_toml(sections):
    """TOML text of {"switch": {key: value}, "port": [{...}, ...]}; a list of dictionaries makes a table per item, and
    a dictionary among the values a table inside."""
    lines = []
    for name, content in sections.items():
        _table(lines, name, content)
    return "\n".join(lines)


class Switch:
    """One mcswitch in one namespace.

    Configuration and output are files in `directory`. `runtime` is where DPDK puts the telemetry socket; None
    leaves that to DPDK."""

    def __init__(self, namespace, name, config, directory, runtime=None):
        self.namespace, self.name, self.runtime = namespace, name, runtime
        self.directory = pathlib.Path(directory)
        self.config = self.directory / "switch.toml"
        self.config.write_text(config)
        self.process = None
        self.started = self.became_ready = None
        self.expected_code = 0  # With which it is to end; the laboratory looks.

    @classmethod
    def in_its_own_directory(cls, namespace, name, config):
        """Runtime directory included, so that nothing of it stays behind after discard()."""
        directory = tempfile.mkdtemp(prefix=name + "-")
        return cls(namespace, name, config, directory, directory)

    def environment(self):
        return dict(os.environ, RUNTIME_DIRECTORY=self.runtime) if self.runtime else dict(os.environ)

    def start(self, *arguments, wait=True, stays=False, behind=()):
        """With `wait`, returns once it is ready and fails with its words if it does not come to that. Unless it
        `stays`, the kernel ends it together with the thread that started it, however that comes to its end.
        `behind`: words of a command that changes its surroundings and becomes it, such as unshare."""
        argv = [*behind, program("mcswitch"), "--config", str(self.config), *arguments]
        if not stays:
            argv = ["setpriv", "--pdeathsig", "KILL"] + argv
        self.started = time.time()
        with open(self.directory / "stdout", "w") as out, open(self.directory / "stderr", "w") as err:
            with self.namespace.inside():
                # A session of its own: Ctrl-C in a terminal is for the program that runs the laboratory.
                self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                                env=self.environment(), start_new_session=True)
        if wait:
            wait_until(lambda: self.ready_line() or not self.is_running(), step=0.01)
            assert self.ready_line(), "mcswitch %s\n%s" % (
                "is not ready in %d s" % PATIENCE if self.is_running() else "ended with %d" % self.process.returncode,
                self.output())
            self.became_ready = time.time()
        return self

    def stdout(self):
        return (self.directory / "stdout").read_text(errors="replace")

    def stderr(self):
        return (self.directory / "stderr").read_text(errors="replace")

    def ready_line(self):
        for line in self.stdout().splitlines(keepends=True):
            if line.startswith(READY) and line.endswith("\n"):
                return line.rstrip("\n")
        return None

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def wait(self, timeout=PATIENCE):
        """Exit code, once it has ended by itself; AssertionError when it does not."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError("mcswitch has not ended within %g s\n%s" % (timeout, self.output())) from None

    def stop(self, signal_number=signal.SIGTERM):
        """Asks it to end and returns its exit code."""
        if self.is_running():
            self.process.send_signal(signal_number)
        return self.wait()

    def discard(self):
        """Removes every trace. Returns its exit code, or None if it never ran; a switch that cannot be stopped is
        killed, and that is an AssertionError."""
        try:
            return self.stop() if self.process else None
        finally:
            if self.is_running():
                self.process.kill()
                self.process.wait()
            shutil.rmtree(self.directory, ignore_errors=True)

    def output(self):
        """All that it printed."""
        if self.process is None:
            return "%s: not started" % self.name
        return "---- %s, stdout\n%s---- %s, stderr\n%s" % (self.name, self.stdout(), self.name, self.stderr())

    # --- mcsctl

    def ctl(self, *words, name=None):
        """A finished `mcsctl`: returncode, stdout, stderr."""
        return subprocess.run([program("mcsctl"), "--name", name or self.name, *words], text=True, timeout=PATIENCE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment())

    def query(self, *words):
        """The parsed reply of `mcsctl --json WORDS`."""
        done = self.ctl("--json", *words)
        assert done.returncode == 0, "mcsctl --json %s: exit code %d\n%s" % (
            " ".join(words), done.returncode, done.stderr)
        return json.loads(done.stdout)

    def members(self, group):
        """Names of the ports that have a membership of `group`."""
        return {row["port"] for row in self.query("groups") if row["group"] == group}
