# SPDX-License-Identifier: BSD-3-Clause
"""The unit as it is installed, under systemd: start, late interfaces, restart with huge pages, kill -9, stop."""

from deployment import GROUP

NAME = "office"
UNIT = "mcswitch@" + NAME


def start(deployment, **keys):
    """Installs the file and starts the unit; systemctl comes back when it is ready."""
    deployment.configure(NAME, **keys)
    return deployment.systemctl("start", UNIT)


def works(deployment, members=(2, 3)):
    """The stream reaches the members' sockets, and mcsctl lists their ports."""
    deployment.settles(*members)
    wanted = {"p%d" % member for member in members}
    deployment.eventually(lambda: {row["port"] for row in deployment.ctl(NAME, "groups", "--group", GROUP)} == wanted,
                          "the members are listed")


def running(deployment):
    """The unit's state, which has to be that of a switch that works."""
    state = deployment.state(NAME)
    assert (state["ActiveState"], state["SubState"]) == ("active", "running"), state
    return state


def kernel_settings(deployment):
    """What a switch changes of an interface, per host."""
    return deployment.shell("for n in %s; do cat /proc/sys/net/ipv6/conf/sw$n/disable_ipv6; "
                            "ip -d link show sw$n | grep -o 'promiscuity [0-9]*'; done" %
                            " ".join(map(str, deployment.hosts))).stdout.split()


def test_systemd_finds_nothing_wrong_with_the_unit(deployment):
    done = deployment.shell("systemd-analyze verify %s.service 2>&1" % UNIT)
    assert "mcswitch" not in done.stdout, done.stdout


def test_a_start_is_over_when_every_port_forwards_and_a_stop_leaves_nothing(deployment):
    before, pages = kernel_settings(deployment), deployment.free_pages()
    start(deployment)
    first = running(deployment)
    assert set(deployment.links(NAME).values()) == {"up"}
    assert deployment.free_pages() < pages and deployment.ctl(NAME, "info")["memory"] == "hugepages"
    for member in 2, 3:
        deployment.join(member)
    works(deployment)
    assert deployment.systemctl("enable", UNIT).returncode == 0
    deployment.systemctl("stop", UNIT)
    state = deployment.state(NAME)
    assert (state["ActiveState"], state["Result"], state["ExecMainStatus"]) == ("inactive", "success", "0")
    assert (state["NRestarts"], first["NRestarts"]) == ("0", "0")
    assert deployment.free_pages() == pages
    assert kernel_settings(deployment) == before


def test_restarts_with_huge_pages_take_and_give_back_the_same(deployment):
    pages = deployment.free_pages()
    start(deployment)
    taken = deployment.free_pages()
    deployment.join(2)
    for _ in range(2):
        before = running(deployment)
        deployment.systemctl("restart", UNIT)
        after = running(deployment)
        assert after["MainPID"] != before["MainPID"]
        assert deployment.free_pages() == taken < pages
        assert deployment.ctl(NAME, "info")["memory"] == "hugepages"
        works(deployment, [2])


def test_after_kill_9_the_unit_comes_back_and_so_does_the_stream(deployment):
    before = kernel_settings(deployment)
    start(deployment)
    for member in 2, 3:
        deployment.join(member)
    works(deployment)
    taken = deployment.free_pages()
    killed = running(deployment)["MainPID"]
    deployment.systemctl("kill", "--signal=KILL", UNIT)
    deployment.eventually(lambda: deployment.state(NAME)["NRestarts"] == "1", "systemd starts it again")
    deployment.eventually(lambda: deployment.state(NAME)["SubState"] == "running", "it is ready again")
    assert running(deployment)["MainPID"] != killed
    works(deployment)
    assert deployment.free_pages() == taken
    deployment.systemctl("stop", UNIT)
    # The first one has had no chance to put IPv6 and promiscuous mode back; the second one does (config/README.md).
    assert kernel_settings(deployment) == before


# AF_PACKET: the program starts without it.
def test_an_interface_that_comes_after_the_start_is_taken(deployment):
    deployment.unplug(3)
    start(deployment)
    pid = running(deployment)["MainPID"]
    assert deployment.links(NAME) == {"p1": "up", "p2": "up", "p3": "down"}
    deployment.plug_in(3)
    deployment.eventually(lambda: deployment.links(NAME)["p3"] == "up", "the port has its link")
    deployment.join(3)
    works(deployment, [3])
    after = running(deployment)
    assert (after["MainPID"], after["NRestarts"]) == (pid, "0")


# AF_XDP: the start fails, and systemd tries again. With the drop-in that the unit's comment names.
def test_with_af_xdp_the_unit_waits_for_an_interface(deployment):
    deployment.unplug(3)
    deployment.configure(NAME, device="net_af_xdp{0},iface=sw{0}")
    deployment.shell("mkdir -p /etc/systemd/system/{0}.service.d && cd /etc/systemd/system/{0}.service.d && "
                     "printf '[Service]\\nCapabilityBoundingSet=CAP_SYS_ADMIN\\n' >af_xdp.conf && "
                     "systemctl daemon-reload".format(UNIT))
    deployment.systemctl("start", "--no-block", UNIT)
    deployment.eventually(lambda: int(deployment.state(NAME)["NRestarts"]) >= 1, "systemd tries again")
    assert "there is no interface sw3" in deployment.journal(NAME)
    deployment.plug_in(3)
    deployment.eventually(lambda: deployment.state(NAME)["SubState"] == "running", "it is ready")
    assert set(deployment.links(NAME).values()) == {"up"}
    deployment.join(3)
    works(deployment, [3])


def test_a_wrong_file_is_not_tried_again(deployment):
    deployment.configure(NAME)
    deployment.shell("echo 'colour = 1' >>/etc/mcswitch/%s.toml" % NAME)
    assert deployment.systemctl("start", UNIT, check=False).returncode != 0
    state = deployment.state(NAME)
    assert (state["ActiveState"], state["ExecMainStatus"], state["NRestarts"]) == ("failed", "2", "0")
    assert 'unknown key "colour"' in deployment.journal(NAME)
