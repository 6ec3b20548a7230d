# SPDX-License-Identifier: BSD-3-Clause
"""What mcswitch says of network cards that it cannot have, and of those that it can."""

import pytest

from conftest import PRUNE, QUERIER
from lab import eventually

CARD = 2


@pytest.fixture(autouse=True)
def end_switches(vm):
    yield
    shown = "\n".join(switch.output() for switch in vm.switches)
    bad = vm.close_switches()
    assert not bad, "did not end as expected: %s\n%s" % (bad, shown)


def test_check_finds_nothing_wrong_with_cards_that_vfio_has(vm):
    done = vm.prepare(snooping=PRUNE, igmp=QUERIER).run("--check")
    assert done.returncode == 0, done.stdout + done.stderr


# Every error names what fixes it.
@pytest.mark.parametrize("driver", ["none", "virtio-pci"])
def test_check_names_the_command_that_binds_a_card(vm, driver):
    card = vm.nics[3].address
    vm.machine.shell("cd /sys/bus/pci/devices/%s && echo %s >driver/unbind && echo >driver_override" % (card, card))
    try:
        if driver != "none":
            vm.machine.shell("echo %s >/sys/bus/pci/drivers_probe" % card)
        done = vm.prepare(snooping=PRUNE, igmp=QUERIER).run("--check")
    finally:
        assert set(vm.machine.bind_to_vfio().values()) == {"vfio-pci"}
    said = done.stdout + done.stderr
    assert done.returncode == 2
    line = next(line for line in said.splitlines() if "p3" in line and card in line)
    assert "dpdk-devbind.py --bind=vfio-pci " + card in line
    assert ("bound to no driver" if driver == "none" else "the kernel's driver " + driver) in line


def test_a_card_of_another_switch_is_refused_by_name(vm):
    first = vm.prepare(ports=[1, CARD], snooping=PRUNE, igmp=QUERIER).start()
    done = vm.prepare(ports=[CARD, 3], switch={"worker-cores": [2]}, snooping=PRUNE).run()
    assert done.returncode == 1
    line = next(line for line in done.stderr.splitlines() if "p%d" % CARD in line)
    assert vm.nics[CARD].address in line
    assert first.is_running()


# docs/choices.md: several instances run side by side under different names.
def test_two_switches_with_cards_of_their_own_run_side_by_side(vm):
    group = "239.98.1.7"
    switches = [vm.prepare(ports=[1, 2], snooping=PRUNE, igmp=QUERIER).start(),
                vm.prepare(ports=[3, 4], switch={"worker-cores": [2]}, snooping=PRUNE,
                           igmp=QUERIER).start()]
    for switch in switches:
        eventually(lambda: all(row["link"] == "up" for row in switch.query("ports")), "all links are up")
    vm.host(2).join(group)
    vm.host(4).join(group)
    for switch, member in zip(switches, ("p2", "p4")):
        eventually(lambda: switch.members(group) == {member}, "a member at " + switch.name)
