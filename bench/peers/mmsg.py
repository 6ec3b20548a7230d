# SPDX-License-Identifier: BSD-3-Clause
"""sendmmsg(2): many frames in one system call."""

import ctypes
import os
import struct

_AT_ONCE = 512
# struct mmsghdr of a 64-bit machine: name and its length, vectors and how many, control and its length, flags; then
# how many bytes were sent.
_HEADER = "@PIPNPNi4xI4x"
_libc = ctypes.CDLL(None, use_errno=True)


class MessageBatch:
    """Frames of equal length, laid out for the kernel."""

    def __init__(self, frames):
        frames = list(frames)
        self._count, length = len(frames), len(frames[0])
        raw = b"".join(frames)
        if len(raw) != self._count * length:
            raise ValueError("frames of one length, please")
        self._frames = ctypes.create_string_buffer(raw, len(raw))
        at = ctypes.addressof(self._frames)
        vectors = b"".join(struct.pack("@PN", at + n * length, length) for n in range(self._count))
        self._vectors = ctypes.create_string_buffer(vectors, len(vectors))
        at = ctypes.addressof(self._vectors)
        headers = b"".join(struct.pack(_HEADER, 0, 0, at + n * 16, 1, 0, 0, 0, 0) for n in range(self._count))
        self._size = struct.calcsize(_HEADER)
        self._headers = ctypes.create_string_buffer(headers, len(headers))

    def send(self, sock):
        done, at = 0, ctypes.addressof(self._headers)
        while done < self._count:
            sent = _libc.sendmmsg(sock.fileno(), ctypes.c_void_p(at + done * self._size),
                                  min(_AT_ONCE, self._count - done), 0)
            if sent < 0:
                raise OSError(ctypes.get_errno(), "sendmmsg: " + os.strerror(ctypes.get_errno()))
            done += sent
