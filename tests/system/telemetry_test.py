# SPDX-License-Identifier: BSD-3-Clause
"""What operators read: mcsctl with its tables, its JSON and its exit codes, and DPDK's own client."""

import json
import subprocess

import pytest

from conftest import QUERIER
from lab import PATIENCE, Query, Report, eventually, frames, igmpv3

GROUP = "239.80.6.8"
# A promise to scripts, in this order; new ones come at the end.
KEYS = {
    "groups": ["vlan", "group", "source", "port", "filter_mode", "protocol", "expires_ms", "hosts"],
    "routers": ["vlan", "port", "origin", "address", "expires_ms"],
    "queriers": ["vlan", "protocol", "role", "address", "version", "expires_ms"],
    "ports": ["port", "device", "driver", "link", "rx_packets", "tx_packets", "rx_bytes", "tx_bytes", "tx_dropped",
              "groups", "speed_mbps", "mac", "vlan", "tagged_vlans", "rx_queues", "tx_queues", "workers",
              "tx_queue_full", "tx_link_down", "tx_no_mbuf", "tx_handover_full", "tx_not_linear", "tx_too_long",
              "rx_dropped", "rx_missed", "rx_errors", "rx_no_mbuf", "rx_too_long", "tx_errors"],
    "macs": ["vlan", "mac", "port", "age_ms"],
    "workers": ["worker", "core", "ports", "polls", "busy_polls", "frames", "queues", "replicas", "control_sent",
                "handed_over", "taken_over", "pool_empty", "variants"],
}


@pytest.fixture
def busy(lab):
    """A switch with something to show: a querier on port 3, members on 1 and 2, known addresses."""
    switch = lab.switch(igmp={"version": 2})
    lab.host(3).send_igmp(Query(), source="10.77.0.9")
    lab.host(1).send_igmp(Report("239.80.6.9"))
    lab.host(2).send_igmp(Report(GROUP, frames.REPORT_V1))
    lab.host(1).send_igmp(Report(GROUP))
    for number in 1, 2, 3:
        lab.fence(number)
    eventually(lambda: switch.members(GROUP) == {"p1", "p2"}, "both are members")
    return switch


@pytest.mark.parametrize("command", sorted(KEYS))
def test_json_has_exactly_the_promised_keys_in_their_order(busy, command):
    rows = busy.query(command)
    assert rows, "nothing to judge"
    for row in rows:
        assert list(row) == KEYS[command]


def test_groups_with_hosts_has_further_keys_behind(busy):
    rows = busy.query("groups", "--hosts")
    assert [list(row) for row in rows] == [KEYS["groups"] + ["address", "mac", "since_ms", "last_ms"]] * 3
    assert [(row["port"], row["address"]) for row in rows] == [
        ("p1", "10.77.0.1"), ("p2", "10.77.0.2"), ("p1", "10.77.0.1")]


# Blocked sources end with the row of their port, so they have no time and no hosts of their own.
def test_groups_tells_of_sources_what_is_known_of_them(lab):
    switch = lab.switch(igmp={"version": 3})
    lab.host(2).send_report_v3((igmpv3.MODE_IS_EXCLUDE, GROUP, "10.77.1.1"), (igmpv3.ALLOW, "239.80.6.9", "10.77.1.2"))
    lab.fence(2)
    eventually(lambda: len(switch.query("groups")) == 3, "all is there")
    rows = switch.query("groups")
    assert [(row["group"], row["source"], row["filter_mode"], row["protocol"]) for row in rows] == [
        (GROUP, "*", "exclude", "igmpv3"), (GROUP, "10.77.1.1", "blocked", "igmpv3"),
        ("239.80.6.9", "10.77.1.2", "include", "igmpv3")]
    assert [row["expires_ms"] is None for row in rows] == [False, True, False]
    assert all(260000 < row["expires_ms"] <= 270000 for row in rows if row["expires_ms"] is not None)
    assert rows[1]["hosts"] is None and rows[2]["hosts"] == 1


def test_groups_tells_who_is_a_member_and_how(busy):
    rows = busy.query("groups")
    assert [(row["vlan"], row["group"], row["source"], row["port"], row["filter_mode"], row["protocol"])
            for row in rows] == [
        (1, GROUP, "*", "p1", "exclude", "igmpv2"),
        (1, GROUP, "*", "p2", "exclude", "igmpv1"),
        (1, "239.80.6.9", "*", "p1", "exclude", "igmpv2")]
    assert all(250000 < row["expires_ms"] <= 260000 for row in rows)


@pytest.mark.parametrize("words, wanted", [
    (["--group", GROUP], {(GROUP, "p1"), (GROUP, "p2")}),
    (["--port", "p1"], {(GROUP, "p1"), ("239.80.6.9", "p1")}),
    (["--port", "p1", "--group", GROUP], {(GROUP, "p1")}),
    (["--vlan", "1", "--port", "p2"], {(GROUP, "p2")}),
    (["--vlan", "2"], set()),
])
def test_groups_can_be_narrowed(busy, words, wanted):
    assert {(row["group"], row["port"]) for row in busy.query("groups", *words)} == wanted


# Groups in the order of their addresses as numbers (10 behind 9), and each exactly once, over many pages.
def test_a_listing_of_many_pages_has_each_group_once_and_in_order(lab):
    switch = lab.switch(igmp={"version": 2})
    wanted = ["239.81.%d.%d" % (n // 250, n % 250) for n in range(1000)]
    for start in range(0, len(wanted), 100):
        lab.host(2).send_report_v3(*[(igmpv3.CHANGE_TO_EXCLUDE, group) for group in wanted[start:start + 100]])
    lab.fence(2)
    assert [row["group"] for row in switch.query("groups")] == wanted


def test_ports_counts_frames_and_tells_driver_and_link(busy, lab):
    before = {row["port"]: row for row in busy.query("ports")}
    assert list(before) == ["p1", "p2", "p3"]
    assert (before["p2"]["link"], before["p2"]["driver"]) == ("up", "net_af_packet")
    assert before["p2"]["device"] == "net_af_packet2,iface=sw2"
    for _ in range(10):
        lab.fence(2)
    after = {row["port"]: row for row in busy.query("ports")}
    assert after["p2"]["rx_packets"] - before["p2"]["rx_packets"] == 10
    assert after["p2"]["rx_bytes"] - before["p2"]["rx_bytes"] == 600
    assert after["p3"]["tx_packets"] - before["p3"]["tx_packets"] == 10
    assert after["p2"]["groups"] == 1 and after["p1"]["groups"] == 2


def test_ports_tells_queues_and_vlans_and_which_core_polls(busy):
    worker, = busy.query("workers")
    for row in busy.query("ports"):
        assert (row["vlan"], row["tagged_vlans"], row["rx_queues"], row["tx_queues"]) == (1, None, 1, 1)
        assert row["workers"] == "0:%d" % worker["core"]


def test_drops_are_told_by_reason_and_add_up(lab):
    switch = lab.switch(port={3: {"mtu": 600}})
    for _ in range(7):
        lab.host(2).send("224.0.0.99", bytes(1000))  # To every port of the VLAN.
    lab.fence(2)
    rows = {row["port"]: row for row in switch.query("ports")}
    assert (rows["p1"]["tx_too_long"], rows["p3"]["tx_too_long"]) == (0, 7)
    row = rows["p3"]
    assert row["tx_dropped"] == sum(value for name, value in row.items()
                                    if name.startswith("tx_") and name not in (
                                        "tx_packets", "tx_bytes", "tx_dropped", "tx_queues", "tx_errors"))
    of_port = {row["counter"]: row["value"] for row in switch.query("counters", "--port", "p3")}
    assert of_port["tx_too_long"] == 7


def test_macs_tells_where_each_host_is(busy, lab):
    rows = {row["mac"]: row for row in busy.query("macs")}
    for number in 1, 2, 3:
        assert rows[lab.host(number).mac]["port"] == "p%d" % number
        assert rows[lab.host(number).mac]["age_ms"] < 10000


def test_every_command_has_a_table_for_people(busy):
    for command in [*KEYS, "info", "counters"]:
        done = busy.ctl(command)
        assert done.returncode == 0 and done.stderr == "", command
        assert done.stdout.strip(), command
    lines = busy.ctl("groups").stdout.splitlines()
    assert lines[0].split()[:4] == ["vlan", "group", "source", "port"]
    assert lines[-1].split()[1] == "239.80.6.9"


def test_info_and_workers_describe_the_process(busy):
    info = busy.query("info")
    assert info["name"] == busy.name and info["pid"] == busy.process.pid
    worker, = busy.query("workers")
    assert worker["ports"].split() == ["p1", "p2", "p3"] and worker["polls"] > 0
    assert sorted(worker["queues"].split()) == ["p1:0", "p2:0", "p3:0"]
    assert 0 < worker["frames"] <= worker["replicas"]


def test_counters_of_one_port_and_of_all(busy):
    of_port = busy.query("counters", "--port", "p2")
    assert {row["port"] for row in of_port} == {"p2"}
    values = {row["counter"]: row["value"] for row in of_port}
    assert values["igmp_v1_reports"] == 1 and values["igmp_v2_reports"] == 0
    assert {"p1", "p2", "p3"} <= {row["port"] for row in busy.query("counters")}


# --- exit codes

def test_no_running_switch_is_exit_code_1_and_names_the_socket(lab):
    switch = lab.prepare()
    done = switch.ctl("groups")
    assert done.returncode == 1
    assert "%s/dpdk/%s/dpdk_telemetry.v2" % (switch.runtime, switch.name) in done.stderr


@pytest.mark.parametrize("words", [
    [], ["gruops"], ["groups", "--grop", GROUP], ["groups", "--vlan", "many"], ["groups", "--group", "10.0.0.1"],
    ["groups", "--port"], ["counters", "--port", "p9"]])
def test_wrong_usage_is_exit_code_2(busy, words):
    done = busy.ctl(*words)
    assert done.returncode == 2
    assert done.stderr and not done.stdout


def test_an_unknown_port_is_told_with_the_ports_there_are(busy):
    assert "p1 p2 p3" in busy.ctl("counters", "--port", "p9").stderr


# --- DPDK's own client

def dpdk_telemetry(switch, *requests):
    """Replies of Debian's dpdk-telemetry.py, as a collector would ask. Without a terminal it prints the first line for
    the greeting."""
    done = subprocess.run(["/usr/bin/python3", "/usr/bin/dpdk-telemetry.py", "-f", switch.name],
                          input="".join(request + "\n" for request in requests), text=True, timeout=PATIENCE,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=switch.environment())
    assert done.returncode == 0, done.stdout
    replies = [json.loads(line) for line in done.stdout.splitlines()]
    return [next(reply[key] for reply in replies if key in reply) for key in
            (request.split(",")[0] for request in requests)]


def test_dpdk_telemetry_reads_our_commands(busy):
    info, groups = dpdk_telemetry(busy, "/mcswitch/info", "/mcswitch/groups,group=" + GROUP)
    assert info["name"] == busy.name
    assert groups["columns"].split(",") == KEYS["groups"]
    assert sorted(row.split("|")[3] for row in groups["rows"]) == ["p1", "p2"]


def test_dpdk_telemetry_pages_with_limit_and_after(busy):
    first, = dpdk_telemetry(busy, "/mcswitch/macs,limit=2")
    assert len(first["rows"]) == 2
    second, = dpdk_telemetry(busy, "/mcswitch/macs,limit=2,after=%s" % first["next"])
    assert not set(first["rows"]) & set(second["rows"])
    assert len(busy.query("macs")) <= len(first["rows"]) + len(second["rows"]) + 2


# D-6 and D-9 of what users complain of start with not knowing who the querier is.
def test_queriers_follows_the_election(lab):
    switch = lab.switch(igmp=QUERIER)
    lab.host(3).send_igmp(Query(max_resp_time=0.5), source="10.77.0.9")
    row = eventually(lambda: next((r for r in switch.query("queriers") if r["role"] == "non-querier"), None),
                     "the other one is the querier")
    assert row["address"] == "10.77.0.9" and 0 < row["expires_ms"] <= 6250
