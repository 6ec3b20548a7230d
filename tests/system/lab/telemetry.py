# SPDX-License-Identifier: BSD-3-Clause
"""A client of a switch's telemetry socket that knows no manners: sends and reads only on command."""

import contextlib
import json
import pathlib
import socket

from .wait import PATIENCE

LONGEST = 1 << 20


class TelemetryClient:
    def __init__(self, switch, timeout=PATIENCE):
        path = pathlib.Path(switch.runtime) / "dpdk" / switch.name / "dpdk_telemetry.v2"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.connect(str(path))  # Waits while the queue of the socket, which is one long, is taken.
        self.socket.settimeout(timeout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def receive(self):
        """One message as bytes; empty at the end of the connection."""
        return self.socket.recv(LONGEST)

    def send(self, request):
        self.socket.send(request if isinstance(request, bytes) else request.encode())

    def ask(self, request):
        """What stands in the reply to a well-formed request. The greeting must have been read."""
        self.send(request)
        reply, = json.loads(self.receive()).values()
        return reply

    def send_until_full(self, request):
        """Requests, until the switch takes no more because its replies are not read. Returns how many."""
        self.socket.settimeout(0.1)
        count = 0
        with contextlib.suppress(socket.timeout, BlockingIOError, BrokenPipeError):
            while True:
                self.send(request)
                count += 1
        return count


def rows(reply):
    """Rows of a list as dictionaries of texts."""
    names = [name for part in [reply["columns"], *reply.get("more_columns", [])] for name in part.split(",")]
    lines = []
    for text in reply["rows"]:
        if text.startswith("+"):
            lines[-1] += text[1:]
        else:
            lines.append(text)
    return [dict(zip(names, line.split("|"))) for line in lines]
