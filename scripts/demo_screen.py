# SPDX-License-Identifier: BSD-3-Clause
"""What the demo shows: lines of several threads, each whole, and how far a build is."""

import contextlib
import re
import subprocess
import sys
import threading
import time


class Screen:
    """What is printed, one line at a time, from any thread, with the seconds since the switch was started."""

    def __init__(self):
        self._lock = threading.Lock()
        self._colour = sys.stdout.isatty()
        self._waiting = None
        self.zero = time.time()
        self.failures = []

    def _paint(self, code, text):
        return "\033[%sm%s\033[0m" % (code, text) if self._colour else text

    def line(self, text=""):
        self.lines([text])

    def lines(self, texts):
        """These together: no other thread's line comes between them."""
        with self._lock:
            print("\n".join(texts), flush=True)

    def act(self, title):
        self.line("\n" + self._paint("1", title))

    def event(self, when, text):
        with self._lock:
            if self._waiting is not None:
                self._waiting.append((when, text))
                return
        self.line("%9.3f s  %s" % (when - self.zero, text))

    @contextlib.contextmanager
    def in_order(self):
        """Events wait for the end, and come in the order of their times: for one that is known only later."""
        with self._lock:
            self._waiting = []
        try:
            yield
        finally:
            with self._lock:
                waiting, self._waiting = self._waiting, None
            for when, text in sorted(waiting):
                self.event(when, text)

    def check(self, holds, text):
        """One expectation. The demo is a success if all of them hold."""
        if not holds:
            self.failures.append(text)
        self.line("             %s %s" % (self._paint("32", "ok:") if holds
                                          else self._paint("31", "NOT AS IT SHOULD BE:"), text))

    def output(self, text, first=()):
        self.lines(["    " + line for line in (*first, *text.rstrip("\n").split("\n"))])


def watched(argv, every=10.0):
    """Runs it: how far it is every few seconds; all of its output if it fails, and warnings in any case. Its exit
    code."""
    began = told = time.monotonic()
    lines = []
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as running:
        for line in running.stdout:
            lines.append(line)
            step = re.match(r"\[(\d+)/(\d+)\]", line)
            if step and time.monotonic() - told >= every:
                told = time.monotonic()
                print("    step %s of %s after %.0f s" % (*step.groups(), told - began), flush=True)
    if running.returncode != 0:
        print("".join(lines), end="", flush=True)
    else:
        print("".join(line for line in lines if "warning" in line.lower()), end="", flush=True)
    return running.returncode
