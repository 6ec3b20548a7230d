# SPDX-License-Identifier: BSD-3-Clause
"""A cable that is pulled out of a PCI network card, and put back."""

import pytest

from conftest import EACH_CARD, MODELS, NICS, PRUNE, QUERIER, SOON, fact
from lab import eventually


@pytest.fixture(scope="module")
def switch(one_switch):
    # The membership interval is 13.5 s: what ends before has not ended by it.
    return one_switch(snooping=PRUNE, igmp=QUERIER)


def link(switch, port):
    return {row["port"]: row["link"] for row in switch.query("ports")}[port]


# docs/choices.md, "Links": loss of carrier ends what was learned on a port at once.
@pytest.mark.parametrize("loser", EACH_CARD)
def test_a_lost_link_ends_memberships_of_its_port_and_a_new_one_brings_them_back(vm, switch, loser):
    group, port = "239.86.%d.7" % loser, "p%d" % loser
    sender, stays = [(loser + step - 1) % len(NICS) + 1 for step in (1, 2)]
    vm.host(loser).join(group)
    stayer = vm.host(stays).join(group)
    vm.settles(sender, group, {loser, stays})
    stayer.payloads().clear()
    with vm.host(sender).stream(group) as stream:
        pulled = vm.set_link(loser, False)
        try:
            eventually(lambda: switch.members(group) == {"p%d" % stays}, "only the other port is a member", within=SOON)
            ended = vm.now()
            assert link(switch, port) == "down"
            # The table knows MAC addresses of that port no more.
            assert not [row for row in switch.query("macs") if row["port"] == port]
        finally:
            back = vm.set_link(loser, True)
        # The switch is the querier: it asks as soon as there is a link, and the host's kernel answers.
        vm.host(loser).wire.wait(lambda f: f.is_query(), back)
        eventually(lambda: switch.members(group) == {port, "p%d" % stays}, "the member is back")
        vm.host(loser).wire.wait(lambda f: f.is_data(group), vm.now())
        assert link(switch, port) == "up"
    vm.fence(sender)
    # The other member has not noticed.
    assert [int(payload) for payload in stayer.payloads()] == list(range(stream.sent))
    fact("  link loss on %s: membership ended within %.2f s; back %.2f s after the link" % (
        MODELS[loser], ended - pulled,
        vm.host(loser).wire.received(lambda f: f.is_data(group), back)[0].time - back))
