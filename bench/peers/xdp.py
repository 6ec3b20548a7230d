# SPDX-License-Identifier: BSD-3-Clause
"""An XDP program in bytes, and bpf(2) to load and run it: injects frames into the kernel as a driver would.

Run as a program it is the source of the Linux bridge: xdp.py INTERFACE CORE BATCH GROUPS FRAME(hex), until killed."""

import contextlib
import ctypes
import os
import pathlib
import platform
import socket
import struct
import sys

# linux/bpf.h
_MAP_CREATE, _PROG_LOAD, _PROG_TEST_RUN = 0, 5, 10
_MAP_TYPE_ARRAY, _PROG_TYPE_XDP = 2, 6
_PSEUDO_MAP_VALUE = 2
_TEST_XDP_LIVE_FRAMES = 2
XDP_DROP, XDP_PASS = 1, 2
_SYSCALL = {"x86_64": 321, "aarch64": 280}
_libc = ctypes.CDLL(None, use_errno=True)


def _bpf(command, attributes):
    """`attributes`: the union bpf_attr. Returns what the system call does."""
    number = _SYSCALL.get(platform.machine())
    if number is None:
        raise OSError("bpf(2) has no known number on %s" % platform.machine())
    buffer = ctypes.create_string_buffer(attributes.ljust(144, b"\0"), 144)
    result = _libc.syscall(number, command, buffer, len(buffer))
    if result < 0:
        raise OSError(ctypes.get_errno(), "bpf: " + os.strerror(ctypes.get_errno()))
    return result


def _instruction(code, destination=0, source=0, offset=0, immediate=0):
    return struct.pack("<BBhi", code, source << 4 | destination, offset, immediate)


def counter():
    """A map of one 64-bit number."""
    return _bpf(_MAP_CREATE, struct.pack("<IIIII", _MAP_TYPE_ARRAY, 4, 8, 1, 0))


def passing():
    """r0 = XDP_PASS; exit."""
    return _instruction(0xb7, 0, immediate=XDP_PASS) + _instruction(0x95)


def rest(frame, at):
    """What the checksum at an offset of a frame sums up, without the change that a group makes."""
    return ~struct.unpack_from("!H", frame, at)[0] & 0xffff


def _folded_sum(r, rest_of_it, at):
    """sum = rest + both halves of the change of an address, folded and inverted, to byte `at` of the frame."""
    code = [
        _instruction(0xbf, r["sum"], r["number"]),
        _instruction(0x77, r["sum"], immediate=16),
        _instruction(0xbf, r["value"], r["number"]),
        _instruction(0x57, r["value"], immediate=0xffff),
        _instruction(0x0f, r["sum"], r["value"]),
        _instruction(0x07, r["sum"], immediate=rest_of_it),
    ]
    for _ in range(2):
        code += [_instruction(0xbf, r["value"], r["sum"]), _instruction(0x77, r["value"], immediate=16),
                 _instruction(0x57, r["sum"], immediate=0xffff), _instruction(0x0f, r["sum"], r["value"])]
    return code + [
        _instruction(0xa7, r["sum"], immediate=-1),
        _instruction(0xdc, r["sum"], immediate=16),  # to network byte order
        _instruction(0x6b, r["data"], r["sum"], at),
    ]


def stepping(numbers, groups, first_group, rest_of_ip, rest_of_igmp=None):
    """Puts the next group into an IPv4 frame: low bytes of the destination MAC address, destination address, and the
    header's checksum; into a report with Router Alert (where `rest_of_igmp` is given) also the group and its checksum.
    `numbers` is a counter() from 0 to `groups` - 1."""
    r = dict(zip(("result", "context", "data", "end", "map", "number", "value", "sum"), range(8)))
    code = [
        # data and data_end, and the check that the verifier wants.
        _instruction(0x61, r["data"], r["context"], 0),
        _instruction(0x61, r["end"], r["context"], 4),
        _instruction(0xbf, r["value"], r["data"]),
        _instruction(0x07, r["value"], immediate=46),
        _instruction(0x2d, r["value"], r["end"], 23),  # To the end, if the frame is shorter than that.
        # number = *map; *map = number + 1, or 0 after the last group.
        _instruction(0x18, r["map"], _PSEUDO_MAP_VALUE, immediate=numbers), _instruction(0),
        _instruction(0x79, r["number"], r["map"], 0),
        _instruction(0xbf, r["value"], r["number"]),
        _instruction(0x07, r["value"], immediate=1),
        _instruction(0xa5, r["value"], offset=1, immediate=groups),
        _instruction(0xb7, r["value"], immediate=0),
        _instruction(0x7b, r["map"], r["value"], 0),
    ]
    code += _folded_sum(r, rest_of_ip, 24)
    if rest_of_igmp is not None:
        code += _folded_sum(r, rest_of_igmp, 40)
    code += [
        # The first group is a multiple of 2^23, so a sum is an or.
        _instruction(0x07, r["number"], immediate=ctypes.c_int32(first_group).value),
        _instruction(0xdc, r["number"], immediate=32),
        _instruction(0x63, r["data"], r["number"], 30),
    ]
    if rest_of_igmp is not None:
        code += [_instruction(0x63, r["data"], r["number"], 42)]
    code += [
        # Bytes 3 to 5 of the MAC address: the low 23 bits, which in network order are the last three bytes.
        _instruction(0x77, r["number"], immediate=8),
        _instruction(0xbf, r["value"], r["number"]),
        _instruction(0x57, r["value"], immediate=0x7f),
        _instruction(0x73, r["data"], r["value"], 3),
        _instruction(0x77, r["number"], immediate=8),
        _instruction(0x6b, r["data"], r["number"], 4),
    ]
    # The bound check jumps over all that follows it.
    after = sum(len(part) for part in code) // 8
    code[4] = _instruction(0x2d, r["value"], r["end"], after - 5)
    return b"".join(code) + passing()


def load(code):
    license_text = ctypes.create_string_buffer(b"BSD")
    raw = ctypes.create_string_buffer(code, len(code))
    log = ctypes.create_string_buffer(1 << 16)
    attributes = struct.pack("<IIQQIIQ", _PROG_TYPE_XDP, len(code) // 8, ctypes.addressof(raw),
                             ctypes.addressof(license_text), 1, len(log), ctypes.addressof(log))
    try:
        return _bpf(_PROG_LOAD, attributes)
    except OSError as error:
        raise OSError(error.errno, "the kernel does not take the program: " + log.value.decode()) from None


def attach(interface_index, program):
    """Over rtnetlink: IFLA_XDP { IFLA_XDP_FD, IFLA_XDP_FLAGS = driver mode }. The device then has receive queues that
    XDP knows, from which frames can be said to come."""
    nested = struct.pack("<HHi", 8, 1, program) + struct.pack("<HHI", 8, 3, 1 << 2)
    payload = struct.pack("<BBHiII", 0, 0, 0, interface_index, 0, 0) + \
        struct.pack("<HH", 4 + len(nested), 43 | 0x8000) + nested
    message = struct.pack("<IHHII", 16 + len(payload), 19, 5, 1, 0) + payload  # RTM_SETLINK, NLM_F_REQUEST | ACK
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as sock:
        sock.bind((0, 0))
        sock.send(message)
        error, = struct.unpack_from("<i", sock.recv(4096), 16)
    if error:
        raise OSError(-error, "XDP on interface %d: %s" % (interface_index, os.strerror(-error)))


def result_of(program, frame):
    """The frame as the program leaves it; it goes nowhere."""
    before, after = (ctypes.create_string_buffer(frame, len(frame)) for _ in range(2))
    _bpf(_PROG_TEST_RUN, struct.pack("<IIIIQQIIIIQQ", program, 0, len(frame), len(frame), ctypes.addressof(before),
                                     ctypes.addressof(after), 1, 0, 0, 0, 0, 0))
    return after.raw


class Injector:
    """Frames that the kernel receives on an interface of this namespace."""

    def __init__(self, interface_index, program, frame, batch):
        self._frame = ctypes.create_string_buffer(frame, len(frame))
        self._context = ctypes.create_string_buffer(struct.pack("<IIIIII", 0, len(frame), 0, interface_index, 0, 0))
        self._program, self._length, self._batch = program, len(frame), batch

    def inject(self, count):
        """Returns when the kernel has taken them."""
        _bpf(_PROG_TEST_RUN, struct.pack(
            "<IIIIQQIIIIQQIII", self._program, 0, self._length, 0, ctypes.addressof(self._frame), 0, count, 0,
            len(self._context) - 1, 0, ctypes.addressof(self._context), 0, _TEST_XDP_LIVE_FRAMES, 0, self._batch))


@contextlib.contextmanager
def on_core(core):
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def main(interface, core, batch, groups, frame):
    sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "system")]
    from captures import FIRST_GROUP  # pylint: disable=import-outside-toplevel
    os.sched_setaffinity(0, {int(core)})
    frame, groups = bytes.fromhex(frame), int(groups)
    index = socket.if_nametoindex(interface)
    attach(index, load(passing()))
    program = load(stepping(counter(), groups, FIRST_GROUP, rest(frame, 24)))
    injector = Injector(index, program, frame, int(batch))
    print("ready", flush=True)
    while True:
        injector.inject(1 << 16)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main(*sys.argv[1:])
