# SPDX-License-Identifier: BSD-3-Clause
"""Programs that are started here and end with us; the folder and the namespace that everything lives in."""

import atexit
import contextlib
import fcntl
import os
import pathlib
import shutil
import subprocess
import tempfile

from lab import Namespace, remove_left_overs

PREFIX = "mcsp"
_TEMPORARY = pathlib.Path(tempfile.gettempdir())
_ALL_CORES = os.sched_getaffinity(0)
_LOCK = pathlib.Path("/run") / (PREFIX + ".lock")


@contextlib.contextmanager
def on_all_cores():
    """What is started here may choose its cores, although we keep off the worker's."""
    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, _ALL_CORES)
    try:
        yield
    finally:
        os.sched_setaffinity(0, ours)


class Child:
    """A program in a namespace. The kernel ends it together with us, however we come to our end."""

    def __init__(self, argv, namespace, log, environment=None, pipe=False):
        self.name, self.log = pathlib.Path(argv[0]).name, pathlib.Path(log)
        with open(self.log, "ab") as file, namespace.inside(), on_all_cores():
            # A session of its own: Ctrl-C in a terminal is for run.py, which then ends its children in order.
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *argv], stdin=subprocess.DEVNULL, start_new_session=True,
                stdout=subprocess.PIPE if pipe else file, stderr=file, env=dict(os.environ, **(environment or {})))

    def is_running(self):
        return self.process.poll() is None

    def output(self):
        return self.log.read_text(errors="replace")

    def words(self, lines=6):
        """The end of its output, for an error."""
        return " | ".join(self.output().strip().splitlines()[-lines:])

    def finish(self, timeout):
        """What it wrote to the pipe, if it has one, once it has ended with 0."""
        try:
            out, _ = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            raise RuntimeError("%s has not ended within %g s: %s" % (self.name, timeout, self.words())) from None
        if self.process.returncode != 0:
            raise RuntimeError("%s ended with %d: %s" % (self.name, self.process.returncode, self.words()))
        return (out or b"").decode()

    def end(self, patience=5):
        if self.is_running():
            self.process.terminate()
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()


class Place:
    """A folder for files and a namespace for programs and devices; both vanish at the end. What a run that was killed
    has left is removed first: every process in a namespace of ours is ours. Only one run at a time."""

    def __init__(self):
        self._lock = open(_LOCK, "w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RuntimeError("bench/peers is running already; two runs would only measure each other") from None
        remove_left_overs(PREFIX)
        for path in _TEMPORARY.glob(PREFIX + "-*"):
            shutil.rmtree(path, ignore_errors=True)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=PREFIX + "-"))
        self._namespaces = []
        atexit.register(self.close)
        self.namespace = self.new_namespace("main")

    def new_namespace(self, name):
        namespace = Namespace("%s-%s" % (PREFIX, name))
        self._namespaces.append(namespace)
        return namespace.create()

    def drop_namespace(self, namespace):
        namespace.delete()
        self._namespaces.remove(namespace)

    def folder_for(self, name):
        """A new folder for one start of one program."""
        return pathlib.Path(tempfile.mkdtemp(prefix=name + "-", dir=self.folder))

    def close(self):
        with contextlib.suppress(ValueError):
            atexit.unregister(self.close)
        for namespace in list(self._namespaces):
            self.drop_namespace(namespace)
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.close()
