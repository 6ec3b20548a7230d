# SPDX-License-Identifier: BSD-3-Clause
"""What a port may ask for: at most so many memberships, and in the range of source-specific multicast only sources."""

import pytest

from conftest import LASTING, QUERIER_V3
from lab import Query, Report, eventually, frames, igmpv3

GROUP = "239.89.14.16"
INTERVAL = QUERIER_V3["last-member-query-interval"]
PRUNE = {"unregistered": "router-ports"}
A, B, C, D = "10.77.1.1", "10.77.1.2", "10.77.1.3", "10.77.1.4"
# Of source-specific multicast (RFC 4607 section 1), and a neighbour that is not.
SSM_GROUP, ASM_GROUP = "232.89.14.16", "233.89.14.16"


def counter(switch, port, name):
    value, = [row["value"] for row in switch.query("counters", "--port", port) if row["counter"] == name]
    return value


# docs/choices.md, "Limits": a limit that is reached refuses the new join and counts it, and never evicts a group.
def test_a_port_at_its_limit_refuses_groups_and_counts_them(lab):
    switch = lab.switch(snooping=PRUNE, igmp=LASTING, port={2: {"max-groups": 3, "fast-leave": True}})
    groups = ["239.89.14.%d" % number for number in range(20, 25)]
    for number in 2, 3:
        for group in groups:
            lab.host(number).send_igmp(Report(group))
        lab.fence(number)
    for place, group in enumerate(groups):
        assert lab.reached(1, group) == ({2, 3} if place < 3 else {3}), group
    assert counter(switch, "p2", "joins_refused_limit") == 2
    assert counter(switch, "p3", "joins_refused_limit") == 0
    # Refreshing what it has is no new join.
    lab.host(2).send_igmp(Report(groups[0]))
    lab.fence(2)
    assert counter(switch, "p2", "joins_refused_limit") == 2

    # Room that comes back is there for another one.
    lab.host(2).send_igmp(Report(groups[1], frames.LEAVE))
    lab.settles(1, groups[1], {3})
    lab.host(2).send_igmp(Report(groups[4]))
    lab.fence(2)
    assert lab.reached(1, groups[4]) == {2, 3}
    assert counter(switch, "p2", "joins_refused_limit") == 2


# Sources are counted like groups.
def test_a_port_at_its_limit_refuses_sources_and_counts_them(lab):
    switch = lab.switch(snooping=PRUNE, igmp=QUERIER_V3, port={2: {"max-groups": 3}})
    lab.host(2).send_report_v3((igmpv3.MODE_IS_INCLUDE, GROUP, A, B, C, D))
    lab.fence(2)
    rows = [(row["source"], row["filter_mode"]) for row in switch.query("groups")]
    assert rows == [(A, "include"), (B, "include"), (C, "include")]
    assert [lab.reached(1, GROUP, source) for source in (A, B, C, D)] == [{2}, {2}, {2}, set()]
    assert counter(switch, "p2", "joins_refused_limit") == 1
    lab.host(2).send_igmp(Report("239.89.14.17"))
    lab.fence(2)
    assert lab.reached(1, "239.89.14.17") == set()
    assert counter(switch, "p2", "joins_refused_limit") == 2


# Of all ports together: a host cannot make a group so large that messages about it take long. Another group has its
# own room, and so has the port.
def test_a_group_takes_so_many_sources_and_refuses_others_counts_them_and_says_so_once(lab):
    switch = lab.switch(snooping=PRUNE, igmp=LASTING, switch={"max-sources-per-group": 3})
    lab.host(2).send_report_v3((igmpv3.ALLOW, GROUP, A, B))
    lab.fence(2)
    lab.host(3).send_report_v3((igmpv3.ALLOW, GROUP, B, C, D), (igmpv3.ALLOW, "239.89.14.17", D))
    lab.fence(3)
    assert [lab.reached(1, GROUP, source) for source in (A, B, C, D)] == [{2}, {2, 3}, {3}, set()]
    assert lab.reached(1, "239.89.14.17", D) == {3}
    assert counter(switch, "p3", "joins_refused_sources") == 1
    assert counter(switch, "p2", "joins_refused_sources") == 0
    lab.host(3).send_report_v3((igmpv3.ALLOW, GROUP, D))
    lab.fence(3)
    assert counter(switch, "p3", "joins_refused_sources") == 2
    eventually(lambda: "max-sources-per-group" in switch.stderr(), "it is said")
    assert switch.stderr().count("max-sources-per-group") == 1
    # What is left by its last port makes room.
    lab.host(2).send_report_v3((igmpv3.BLOCK, GROUP, A))
    lab.settles(1, GROUP, set(), source=A)
    lab.host(3).send_report_v3((igmpv3.ALLOW, GROUP, D))
    lab.fence(3)
    assert lab.reached(1, GROUP, D) == {3}


# RFC 4604 section 2.2: a host that names no sources is ignored there, whatever its version.
@pytest.mark.parametrize("how", ["version 1", "version 2", "IS_EX", "TO_EX"])
def test_who_asks_for_all_sources_in_the_ssm_range_is_ignored_and_counted(lab, how):
    switch = lab.switch(snooping=PRUNE, igmp=dict(QUERIER_V3, **{"ssm-range": ["232.0.0.0/8"]}))

    def join(group):
        kinds = {"version 1": frames.REPORT_V1, "version 2": frames.REPORT_V2, "IS_EX": igmpv3.MODE_IS_EXCLUDE,
                 "TO_EX": igmpv3.CHANGE_TO_EXCLUDE}
        if how.startswith("version"):
            lab.host(2).send_igmp(Report(group, kinds[how]))
        else:
            lab.host(2).send_report_v3((kinds[how], group))
        lab.fence(2)
    join(SSM_GROUP)
    join(ASM_GROUP)
    lab.settles(1, ASM_GROUP, {2})
    assert lab.reached(1, SSM_GROUP) == set()
    assert [row["group"] for row in switch.query("groups")] == [ASM_GROUP]
    assert counter(switch, "p2", "igmp_ssm_ignored") == 1


# RFC 4604 section 2.2: a version 2 host there is none; the sources of version 3 hosts are theirs, and no group-specific
# query is sent there.
def test_in_the_ssm_range_sources_are_taken_whoever_else_reports(make_lab):
    lab = make_lab(hosts=3, igmp_versions={2: 3})
    switch = lab.switch(snooping=PRUNE, igmp=dict(LASTING, **{"ssm-range": ["232.0.0.0/8"]}))
    receiver = lab.host(2).join_sources(SSM_GROUP, A, B)
    for source in A, B:
        lab.settles(1, SSM_GROUP, {2}, source=source)
    lab.host(2).send_igmp(Report(SSM_GROUP), source="10.77.0.52", mac="02:00:00:00:00:52")
    lab.fence(2)
    assert lab.reached(1, SSM_GROUP, C) == set()

    left = receiver.drop_source(B)
    lab.host(2).send_igmp(Report(SSM_GROUP, frames.LEAVE))
    lab.settles(1, SSM_GROUP, set(), source=B)
    assert lab.reached(1, SSM_GROUP, A) == {2}
    receiver.drop_source(A)
    lab.settles(1, SSM_GROUP, set(), source=A)
    queries = lab.host(2).wire.received(lambda f: f.is_query(SSM_GROUP), left)
    assert {query.sources for query in queries} >= {(A,), (B,)}
    assert all(query.sources for query in queries)
    assert counter(switch, "p2", "igmp_ssm_ignored") == 2


def test_several_ssm_ranges_are_several(lab):
    switch = lab.switch(snooping=PRUNE, igmp=dict(QUERIER_V3, **{"ssm-range": ["232.0.0.0/8", "239.232.0.0/16"]}))
    groups = ["232.1.1.1", "239.232.1.1", "239.233.1.1"]
    for group in groups:
        lab.host(2).send_igmp(Report(group))
    lab.fence(2)
    assert {row["group"] for row in switch.query("groups")} == {"239.233.1.1"}


# docs/choices.md, "Messages": by default any host is served, so there is no such range.
def test_without_a_range_232_is_like_any_group(lab):
    switch = lab.switch(snooping=PRUNE)
    lab.host(3).send_igmp(Query(), source="10.77.0.9")
    eventually(lambda: switch.query("routers"), "port 3 is a router port")
    lab.host(2).send_igmp(Report(SSM_GROUP))
    lab.fence(2)
    assert lab.reached(1, SSM_GROUP) == {2, 3}
