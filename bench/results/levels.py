# SPDX-License-Identifier: BSD-3-Clause
"""The levels that the switch is to reach, and where their numbers are. A value is [median, low, high] or
[value]."""

AT_LEAST, AT_MOST = "at least", "at most"
_HITS, _MISSES = "find/burst/hit/%s/1048576/mps", "find/burst/miss/%s/1048576/mps"
_RECORDS = ["record/%s/%d/us", "record/%s/%d/longest_us"]


def quotient(over, under):
    """Of two medians of one run."""
    def value(numbers):
        return [numbers[over][0] / numbers[under][0]]
    return value, [over, under]


def _number(name):
    return (lambda numbers: numbers[name]), [name]


def _largest(names):
    """Whichever of several numbers is largest."""
    return (lambda numbers: max((numbers[name] for name in names), key=lambda v: v[0])), names


def _most(names):
    """The largest value of any repetition."""
    return (lambda numbers: [max(numbers[name][-1] for name in names)]), names


def _beyond_bridge(quantity):
    """How much longer a join takes than on the bridge, less what a stream takes longer."""
    names = ["peers-delays/%s/%s" % (peer, q) for q in (quantity, "stream_us") for peer in ("mcswitch", "bridge")]

    def value(numbers):
        ours, bridge, our_stream, bridge_stream = (numbers[name][0] for name in names)
        return [ours - bridge - (our_stream - bridge_stream)]
    return value, names


def rows():
    """(what, at least or at most, level, unit, (value from the numbers of a run, their names))"""
    for fan_out in 1, 4:
        yield ("time added to a frame over the ceiling, F=%d" % fan_out, AT_MOST, 15, "ns",
               _number("aggregated/F=%d, 100 groups/added_ns" % fan_out))
    for fan_out, level in (4, 0.75), (15, 0.90), (31, 0.90):
        yield ("egress rate against the ceiling, devices of `mcsbench`, F=%d" % fan_out, AT_LEAST, level, "",
               _number("aggregated/F=%d, 100 groups/ratio" % fan_out))
    for fan_out, level in (4, 0.75), (15, 0.90), (31, 0.90):
        yield ("the same over net_pcap, the installed program, F=%d" % fan_out, AT_LEAST, level, "",
               _number("peers/F=%d/ratio to ceiling" % fan_out))
    yield ("another half of 31 ports for each group, against the ceiling", AT_LEAST, 0.80, "",
           _number("aggregated/15 of 31 ports, by lot/ratio"))
    for fan_out, level in (1, 2), (4, 10), (15, 14), (31, 14):
        yield ("against Open vSwitch with DPDK, F=%d" % fan_out, AT_LEAST, level, "times",
               _number("peers/F=%d/ratio to ovs" % fan_out))
    for groups, level in (10_000, 0.95), (100_000, 0.85), (1_000_000, 0.60):
        yield ("share of the ceiling with %d groups, relative to 100 groups, F=4" % groups, AT_LEAST, level, "",
               quotient("matrix/F=4, %d groups/ratio" % groups, "matrix/F=4, 100 groups/ratio"))
    for what, name in ("hits", _HITS), ("misses", _MISSES):
        yield ("lookups, 1 M entries in a full table, bursts of 32, against `rte_hash` bulk: %s" % what, AT_LEAST, 2,
               "times", quotient(name % "mcswitch", name % "rte_hash"))
    yield ("the same against `tbb::concurrent_hash_map`: hits", AT_LEAST, 10, "times",
           quotient(_HITS % "mcswitch", _HITS % "tbb::concurrent_hash_map"))
    cases = [("version 2", ""), ("version 2, four hosts in turn", ", 4 hosts"), ("version 3, IS_EX", ", IS_EX {}"),
             ("version 3, IS_IN of a source", ", IS_IN of a source"),
             ("version 3, IS_IN, four hosts", ", IS_IN of a source, 4 hosts")]
    for words, case in cases:
        yield ("refreshing reports, 100 k groups, one worker, host tracking on: %s" % words, AT_LEAST, 6, "M/s",
               _number("reports/100000 groups%s/refreshes_mps" % case))
    for words, case in cases:
        if "hosts" not in case:
            yield ("distinct new joins, 100 k groups on one port, host tracking on: %s" % words, AT_LEAST, 1.5, "M/s",
                   _number("reports/100000 groups%s/new_joins_mps" % case))
    for words, peer in ("", "bridge"), (" without its host's costs (XDP)", "bridge/xdp"):
        yield ("the same, version 2, against the Linux bridge%s" % words, AT_LEAST, 5, "times",
               _number("peers-joins/100000 groups/ratio to %s" % peer))
    yield ("leaves to pruned (fast leave), 100 k groups, 2 M/s offered", AT_LEAST, 0.5, "M/s",
           _number("leaves/2 M/s/leaves_mps"))
    for words, quantity in ("", "join_us"), (", beside another stream", "busy_join_us"):
        yield ("join to first frame, veth and AF_PACKET%s: beyond the bridge's, less what the stream takes longer"
               % words, AT_MOST, 0, "us", _beyond_bridge(quantity))
    yield ("fast leave to last frame, same set-up", AT_MOST, 200, "us", _number("peers-delays/mcswitch/leave_us"))
    scenarios = ["shared", "distinct", "large"]
    yield ("a million memberships on four ports expire and are listed: longest turn of the control thread, processor "
           "time", AT_MOST, 500, "us", _most(["control/%s/turn_us" % s for s in scenarios]))
    yield ("the same: longest pause as time passed, late wake-ups included", AT_MOST, 500, "us",
           _most(["control/%s/pause_us" % s for s in scenarios]))
    yield ("the same: a leave answered, longest", AT_MOST, 5, "ms",
           _most(["control/%s/answer_ms_max" % s for s in scenarios]))
    for words, case, level in (("refreshes of 1 k groups, same worker", "same worker, 1 k groups", 0.88),
                               ("refreshes of 100 k groups, same worker", "same worker, 100 k groups", 0.88),
                               ("new groups, same worker", "same worker, new groups", 0.88),
                               ("refreshes of 100 k groups, another worker", "other worker, 100 k groups", 0.99),
                               ("new groups, another worker", "other worker, new groups", 0.99)):
        yield ("a stream while 1 M reports/s arrive on another port: %s" % words, AT_LEAST, level, "",
               _number("storm/%s/ratio" % case))
    for groups in 100, 10_000:
        for fan_out in 1, 4:
            for mode in "INCLUDE", "EXCLUDE":
                yield ("source-filtered groups (%s) against the same without sources, %d groups, F=%d" % (
                    mode, groups, fan_out), AT_LEAST, 0.80, "",
                       _number("sources/%s, F=%d, %d groups/ratio" % (mode, fan_out, groups)))
    for sources in 1024, 4096:
        for words, name in zip(("", ", longest of 25"), _RECORDS):
            yield ("a record about a group of %d sources, control thread, slowest kind%s" % (sources, words), AT_MOST,
                   500, "us", _largest([name % (kind, sources) for kind in ("block", "exclude", "include", "forget")]))
