# SPDX-License-Identifier: BSD-3-Clause
"""Requests of RFC 3678 (source filters of a socket) as Linux takes them; Python's socket module does not name them."""

import socket
import struct

UNBLOCK_SOURCE, BLOCK_SOURCE, ADD_SOURCE_MEMBERSHIP, DROP_SOURCE_MEMBERSHIP, MSFILTER = 37, 38, 39, 40, 41
# The same for any address family.
MCAST_BLOCK_SOURCE, MCAST_UNBLOCK_SOURCE, MCAST_JOIN_SOURCE_GROUP, MCAST_LEAVE_SOURCE_GROUP, MCAST_MSFILTER = (
    43, 44, 46, 47, 48)
EXCLUDE, INCLUDE = 0, 1

# Options of any address family, by those that are for IPv4 only.
ANY_FAMILY = {UNBLOCK_SOURCE: MCAST_UNBLOCK_SOURCE, BLOCK_SOURCE: MCAST_BLOCK_SOURCE,
              ADD_SOURCE_MEMBERSHIP: MCAST_JOIN_SOURCE_GROUP, DROP_SOURCE_MEMBERSHIP: MCAST_LEAVE_SOURCE_GROUP,
              MSFILTER: MCAST_MSFILTER}


def source_request(group, interface_address, source):
    """struct ip_mreq_source."""
    return b"".join(map(socket.inet_aton, (group, interface_address, source)))


def filter_request(group, interface_address, mode, sources):
    """struct ip_msfilter."""
    return (socket.inet_aton(group) + socket.inet_aton(interface_address) + struct.pack("II", mode, len(sources)) +
            b"".join(map(socket.inet_aton, sources)))


def _storage(address):
    """struct sockaddr_storage with a struct sockaddr_in."""
    return struct.pack("=HH4s120x", socket.AF_INET, 0, socket.inet_aton(address))


def any_family_source_request(group, interface_index, source):
    """struct group_source_req."""
    return struct.pack("I4x", interface_index) + _storage(group) + _storage(source)


def any_family_filter_request(group, interface_index, mode, sources):
    """struct group_filter."""
    return (struct.pack("I4x", interface_index) + _storage(group) + struct.pack("II", mode, len(sources)) +
            b"".join(map(_storage, sources)))
