# SPDX-License-Identifier: BSD-3-Clause
"""The course text that the project began with: hosts H2 and H3 on one segment, router A, group 224.1.10.10."""

from lab import eventually, frames

GROUP = "224.1.10.10"
H2, H3, H4 = 2, 12, 22


# SEED-8, SEED-14, R2236-23, -30, -54, -56: H2 leaves, router A asks, H3 answers. Then H3 leaves, and nobody answers.
# The text's router asks for "Group 224.1.1.1" in between; that is a slip, and H4 is a member of that one to show it.
def test_h3_answers_the_leave_of_h2_and_nobody_answers_that_of_h3(make_lab):
    lab = make_lab(hosts=3, behind={2: (H3, H4)})
    switch = lab.switch(snooping={"unregistered": "router-ports"},
                        igmp={"version": 2, "querier": True, "querier-address": "10.77.0.200"})
    segment = lab.link(2)
    for number in H2, H3, H4:
        lab.host(number).namespace.sysctl("net/ipv4/igmp_qrv", 1)  # Joins are not repeated: what is said is an answer.
    lab.host(H4).join("224.1.1.1")
    third = lab.host(H3).join(GROUP)
    second = lab.host(H2).join(GROUP)
    eventually(lambda: switch.members(GROUP) == {"p2"}, "H2 and H3 are members")

    def answers(since):
        return [f.source for f in segment.sent(lambda f: f.igmp_type == frames.REPORT_V2, since)]

    with lab.host(1).stream(GROUP, rate=100):
        segment.wait(lambda f: f.is_data(GROUP))
        left = second.leave()
        asked, = segment.wait(lambda f: f.is_query(GROUP), left)
        answer = segment.wait_sent(lambda f: f.is_igmp(frames.REPORT_V2, GROUP), left)
        assert answer.source == lab.host(H3).address
        assert asked.igmp_code == 10
        # More than the time in which two queries without an answer would have ended it.
        lab.until(left + 2.5)
        assert set(answers(left)) == {lab.host(H3).address}
        assert switch.members(GROUP) == {"p2"}

        left_too = third.leave()
        queries = segment.wait(lambda f: f.is_query(GROUP), left_too, count=2)
        eventually(lambda: switch.members(GROUP) == set(), "the group times out")
        lab.until(left_too + 3.2)
    assert answers(left_too) == []
    assert len(segment.received(lambda f: f.is_query(GROUP), left_too)) == 2
    assert 0.5 < queries[1].time - queries[0].time < 2
    lab.fence(1)
    data = segment.received(lambda f: f.is_data(GROUP))
    numbers = [int(f.udp_payload) for f in data]
    assert numbers == list(range(numbers[0], numbers[-1] + 1)), "a gap while a member was there"
    assert 1.25 < data[-1].time - left_too < 3
