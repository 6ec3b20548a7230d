# SPDX-License-Identifier: BSD-3-Clause
"""Reports with as many sources as fit, over several messages, among records of unknown types."""

from conftest import LASTING, QUERIER_V3
from lab import Record, eventually, filters, igmpv3, wait_until

GROUP = "239.90.15.17"
OTHER_GROUP = "238.218.15.17"  # The same MAC address.
INTERVAL = QUERIER_V3["last-member-query-interval"]
PRUNE = {"unregistered": "router-ports"}
# In 1500 bytes: without Router Alert in the IP header, and with it.
LONGEST_REPORT, LONGEST_WITH_ALERT = 366, 365
LONGEST_QUERY = 366  # RFC 9776 section 4.1.8


def sources(count, net=2):
    return ["10.%d.%d.%d" % (net, number // 250, number % 250 + 1) for number in range(count)]


def listed(switch, group=GROUP):
    return {row["source"] for row in switch.query("groups") if row["group"] == group}


def counter(switch, port, name):
    value, = [row["value"] for row in switch.query("counters", "--port", port) if row["counter"] == name]
    return value


# R9776-8: the longest one that there is.
def test_a_report_of_366_sources_counts_for_each_of_them(lab):
    switch = lab.switch(snooping=PRUNE)
    wanted = sources(LONGEST_REPORT)
    lab.host(2).send_report_v3((igmpv3.MODE_IS_INCLUDE, GROUP, *wanted), options=b"")
    lab.fence(2)
    assert listed(switch) == set(wanted)
    for source in wanted[0], wanted[183], wanted[365]:
        assert lab.reached(1, GROUP, source) == {2}, source
    assert lab.reached(1, GROUP, "10.2.7.1") == set()


# R9776-15: a list of sources that does not fit into one report is split.
def test_a_list_over_two_reports_is_one_list(lab):
    switch = lab.switch(snooping=PRUNE)
    wanted = sources(700)
    lab.host(2).send_report_v3((igmpv3.MODE_IS_INCLUDE, GROUP, *wanted[:LONGEST_WITH_ALERT]))
    lab.host(2).send_report_v3((igmpv3.MODE_IS_INCLUDE, GROUP, *wanted[LONGEST_WITH_ALERT:]))
    lab.fence(2)
    assert listed(switch) == set(wanted)
    for source in wanted[0], wanted[364], wanted[365], wanted[699]:
        assert lab.reached(1, GROUP, source) == {2}, source


# The same by a kernel, which splits as it sees fit.
def test_a_linux_host_with_hundreds_of_sources_gets_them_all(make_lab):
    lab = make_lab(hosts=3, igmp_versions={2: 3})
    switch = lab.switch(snooping=PRUNE, igmp=LASTING)
    wanted = sources(600)
    receiver = lab.host(2).join_sources(GROUP, wanted[0])
    receiver.set_filter(filters.INCLUDE, wanted)
    eventually(lambda: listed(switch) == set(wanted), "all sources are requested")
    assert len(lab.host(2).wire.sent(lambda f: f.concerns(GROUP))) >= 3
    for source in wanted[0], wanted[300], wanted[599]:
        assert lab.reached(1, GROUP, source) == {2}, source

    # Half of them go; the others are there after the questions as before.
    left = receiver.set_filter(filters.INCLUDE, wanted[:200])
    eventually(lambda: listed(switch) == set(wanted[:200]), "the dropped ones end")
    queries = lab.host(2).wire.received(lambda f: f.is_source_query(GROUP), left)
    assert {source for query in queries for source in query.sources} == set(wanted[200:])
    assert max(len(query.sources) for query in queries) <= LONGEST_QUERY
    assert all(len(query.raw) <= 1514 for query in queries)
    assert lab.reached(1, GROUP, wanted[199]) == {2} and lab.reached(1, GROUP, wanted[200]) == set()


# R9776-11 and -12: auxiliary data is counted in words of 32 bits and skipped, records of unknown types as well, with
# their sources and their data; what stands behind them counts.
def test_records_behind_auxiliary_data_and_unknown_types_count(lab):
    switch = lab.switch(snooping=PRUNE)
    a, b = sources(2, net=3)
    # Data that looks like records to a parser that counts bytes or does not skip at all.
    decoy = Record(igmpv3.MODE_IS_EXCLUDE, "239.90.15.99").raw() * 5
    lab.host(2).send_report_v3(
        Record(igmpv3.MODE_IS_INCLUDE, GROUP, (a,), decoy),
        Record(7, "239.90.15.98", tuple(sources(30)), decoy),
        Record(0, "239.90.15.97", (), decoy[:4]),
        Record(igmpv3.MODE_IS_EXCLUDE, OTHER_GROUP, (b,), decoy * 12),
        Record(255, "239.90.15.96", (a,)),
        Record(igmpv3.ALLOW, GROUP, (b,)))
    lab.fence(2)
    wait_until(lambda: len(switch.query("groups")) >= 4)
    assert [(row["group"], row["source"], row["filter_mode"]) for row in switch.query("groups")] == [
        (OTHER_GROUP, "*", "exclude"), (OTHER_GROUP, b, "blocked"), (GROUP, a, "include"), (GROUP, b, "include")]
    assert lab.reached(1, OTHER_GROUP, a) == {2} and lab.reached(1, OTHER_GROUP, b) == set()
    assert counter(switch, "p2", "malformed") == 0


# A source list longer than the datagram: nothing of the report counts.
def test_a_report_that_announces_more_than_it_has_changes_nothing(lab):
    switch = lab.switch(snooping=PRUNE)
    short = bytearray(Record(igmpv3.MODE_IS_INCLUDE, GROUP, tuple(sources(3))).raw())
    short[3] = 4

    class Short(Record):
        def raw(self):
            return bytes(short)
    lab.host(2).send_report_v3(Record(igmpv3.MODE_IS_EXCLUDE, OTHER_GROUP), Short(igmpv3.MODE_IS_INCLUDE, GROUP))
    lab.fence(2)
    assert switch.query("groups") == []
    assert counter(switch, "p2", "igmp_record_sources_truncated") == 1


# docs/choices.md, "Limits": hundreds of sources more than the port may have are refused one by one, and each is
# counted.
def test_sources_beyond_the_limit_of_the_port_are_refused_and_counted(lab):
    switch = lab.switch(snooping=PRUNE, port={2: {"max-groups": 100}})
    wanted = sources(LONGEST_WITH_ALERT)
    for number in 2, 3:
        lab.host(number).send_report_v3((igmpv3.MODE_IS_INCLUDE, GROUP, *wanted))
        lab.fence(number)
    rows = switch.query("groups")
    assert sum(row["port"] == "p2" for row in rows) == 100
    assert sum(row["port"] == "p3" for row in rows) == LONGEST_WITH_ALERT
    assert counter(switch, "p2", "joins_refused_limit") == LONGEST_WITH_ALERT - 100
    reached = {source: lab.reached(1, GROUP, source) for source in (wanted[0], wanted[99], wanted[364])}
    assert reached == {wanted[0]: {2, 3}, wanted[99]: {2, 3}, wanted[364]: {3}}


# The table as a whole: what is in it stays, and forwarding goes on.
def test_sources_beyond_the_table_are_refused_and_take_nothing_away(lab):
    switch = lab.switch(snooping=PRUNE, switch={"max-groups": 64})
    lab.host(3).send_report_v3((igmpv3.MODE_IS_EXCLUDE, OTHER_GROUP))
    lab.fence(3)
    lab.host(2).send_report_v3((igmpv3.MODE_IS_INCLUDE, GROUP, *sources(LONGEST_WITH_ALERT)))
    lab.fence(2)
    assert lab.reached(1, OTHER_GROUP) == {3}
    taken = listed(switch)
    # One entry is the other group's, one may be this group's own.
    assert 62 <= len(taken) <= 63 and taken < set(sources(LONGEST_WITH_ALERT))
    assert lab.reached(1, GROUP, min(taken)) == {2}
