# SPDX-License-Identifier: BSD-3-Clause
"""Runs in the virtual machine, in a host's namespace:

    datagrams.py send ADDRESS GROUP             numbered datagrams, twenty a second, to its end
    datagrams.py receive ADDRESS GROUP FILE     joins, and writes a line into the file for each number that comes
"""

import itertools
import os
import socket
import sys
import time

PORT = 5000


def send(address, group):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
    for number in itertools.count():
        try:
            sock.sendto(b"%d" % number, (group, PORT))
        except OSError:  # The interface is gone for a moment.
            pass
        time.sleep(0.05)


def receive(address, group, path):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((group, PORT))
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(group) + socket.inet_aton(address))
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    while True:
        os.write(file, sock.recv(100) + b"\n")


if __name__ == "__main__":
    {"send": send, "receive": receive}[sys.argv[1]](*sys.argv[2:])
