# SPDX-License-Identifier: BSD-3-Clause
"""Starting, checking and ending mcswitch: output, exit codes, names."""

import json
import os
import pathlib
import signal
import subprocess

import pytest

from lab import PATIENCE, eventually, program


def mcswitch(*words):
    return subprocess.run([program("mcswitch"), *words], text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_version_names_version_dpdk_and_build():
    done = mcswitch("--version")
    assert done.returncode == 0 and done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0].startswith("mcswitch ") and lines[1].startswith("DPDK ") and len(lines) == 3


@pytest.mark.parametrize("words", [[], ["--confg", "x"], ["--config"], ["--config", "/does/not/exist.toml"], ["stop"]])
def test_wrong_usage_is_exit_code_2(words):
    done = mcswitch(*words)
    assert done.returncode == 2
    assert done.stderr.startswith(("mcswitch: error: usage: ", "/does/not/exist.toml:1:1: ")) and done.stdout == ""


def test_ready_comes_within_a_second_or_so_and_means_that_every_port_forwards(lab):
    switch = lab.switch(snooping={"unregistered": "flood"})
    # Without the time for which it had no core.
    schedstat = pathlib.Path("/proc/%d/task/%d/schedstat" % (switch.process.pid, switch.process.pid)).read_text()
    assert switch.became_ready - switch.started - int(schedstat.split()[1]) / 1e9 < 2
    assert lab.reached(1, "239.82.7.9") == {2, 3}
    assert switch.stdout().startswith("mcswitch: ready")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_final_counters_and_exit_code_0(lab, number):
    switch = lab.switch()
    for _ in range(5):
        lab.fence(2)
    sent = switch.query("ports")[1]["rx_packets"]
    assert switch.stop(number) == 0
    line = next(line for line in switch.stderr().splitlines() if "p2" in line and "received" in line)
    assert str(sent) in line.split(), line


def test_logs_are_single_lines_with_level_and_component_on_stderr(lab):
    switch = lab.switch()
    switch.stop()
    for line in switch.stderr().splitlines():
        program_name, level, component, text = line.split(": ", 3)
        assert program_name.split()[-1] == "mcswitch" and component and text
        assert level in ("error", "warning", "notice", "info")


# --- --check

def test_check_finds_a_good_configuration_good_and_says_what_memory_it_takes(lab):
    switch = lab.prepare()
    switch.start("--check", wait=False)
    assert switch.wait() == 0
    assert "MiB" in switch.stdout() and "mcswitch: ready" not in switch.stdout()
    # It was not started: there is no socket.
    assert not os.path.exists("%s/dpdk/%s/dpdk_telemetry.v2" % (switch.runtime, switch.name))


def test_check_finds_a_missing_device_and_a_missing_core_at_once(lab):
    switch = lab.prepare(switch={"worker-cores": [1023]}, port={2: {"device": "net_af_packet2,iface=absent0"}})
    switch.expected_code = 2
    switch.start("--check", wait=False)
    assert switch.wait() == 2
    said = switch.stdout() + switch.stderr()
    assert "absent0" in said and '"p2"' in said and "1023" in said


def test_check_says_each_finding_in_one_line_and_the_mending_command_at_its_end(lab):
    switch = lab.prepare(switch={"hugepages": "required", "mbufs": 67108864})
    switch.expected_code = 2
    switch.start("--check", wait=False)
    assert switch.wait() == 2
    lines = switch.stdout().splitlines()
    assert all(line.split(": ")[0] in ("error", "warning", "notice", "memory") for line in lines), lines
    finding = next(line for line in lines if line.startswith("error: huge pages: "))
    assert "; fix: echo " in finding and "nr_hugepages" in finding
    assert lines[-1] == "error: this configuration cannot run here"


def test_check_changes_nothing(lab):
    def state():
        namespace = lab.switch_namespace
        return namespace.ip("-details", "link"), namespace.sysctl("net/ipv6/conf/sw2/disable_ipv6")

    switch = lab.prepare()
    before, names = state(), sorted(os.listdir(switch.runtime))
    switch.start("--check", wait=False)
    assert switch.wait() == 0
    assert state() == before
    assert set(os.listdir(switch.runtime)) - set(names) <= {"stdout", "stderr"}


def test_check_finds_a_runtime_directory_that_cannot_be_had(lab):
    switch = lab.prepare()
    obstacle = switch.directory / "file"
    obstacle.write_text("")
    switch.runtime, switch.expected_code = str(obstacle), 2
    switch.start("--check", wait=False)
    assert switch.wait() == 2
    assert str(obstacle) in switch.stdout() and "RUNTIME_DIRECTORY" in switch.stdout()


# --- devices and names

def start_and_fail(switch, code):
    """Starts it, sees it end with `code`, and returns what it said."""
    switch.expected_code = code
    switch.start(wait=False)
    assert switch.wait() == code, switch.output()
    assert switch.ready_line() is None
    return switch.stderr()


@pytest.mark.parametrize("device", ["net_pcap2,rx_pcap=/does/not/exist.pcap,tx_pcap=/x", "0000:ff:1f.7"])
def test_a_device_that_cannot_be_opened_is_exit_code_1_with_port_and_device(lab, device):
    said = start_and_fail(lab.prepare(port={2: {"device": device}}), 1)
    assert "p2" in said and device in said
    assert "sw1" not in said, "the ports that are in order have no place in the message"


def test_an_interface_of_another_switch_is_exit_code_1_and_names_its_process(lab):
    first = lab.switch(ports=[1, 2], snooping={"unregistered": "flood"})
    said = start_and_fail(lab.prepare(ports=[2, 3]), 1)
    assert '"p2"' in said and "sw2" in said and "process %d" % first.process.pid in said
    assert '"p3"' not in said
    # It goes on, and with its end the interface is free.
    assert lab_reached_by(lab, 1, 2) == {2}
    first.stop()
    lab.switch(ports=[2, 3])


def test_no_permission_is_exit_code_1_with_the_capabilities_that_are_needed(lab):
    switch = lab.prepare()
    switch.expected_code = 1
    # Root's user, who may write the files of this test, without root's rights.
    with lab.switch_namespace.inside():
        done = subprocess.run(["setpriv", "--bounding-set", "-net_admin", "--inh-caps", "-net_admin",
                               program("mcswitch"), "--config", str(switch.config)], text=True, timeout=PATIENCE,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=switch.environment())
    assert done.returncode == 1
    assert '"p1"' in done.stderr and "sw1" in done.stderr
    assert "CAP_NET_ADMIN" in done.stderr and "CAP_NET_RAW and" not in done.stderr


def test_a_second_one_with_the_same_name_is_refused_and_the_first_goes_on(make_lab):
    lab = make_lab(hosts=4)
    first = lab.switch(ports=[1, 2], snooping={"unregistered": "flood"})
    second = lab.prepare(ports=[3, 4], name=first.name)
    second.runtime = first.runtime
    assert first.name in start_and_fail(second, 1)
    assert 2 in lab_reached_by(lab, 1, 2)
    assert first.ctl("info").returncode == 0


def lab_reached_by(lab, sender, *receivers):
    """lab.reached() where not all hosts are on one switch."""
    away = [host for number, host in lab.hosts.items() if number not in (sender, *receivers)]
    for host in away:
        host.link_up = False
    try:
        return lab.reached(sender, "239.82.7.10")
    finally:
        for host in away:
            host.link_up = True


def test_two_with_different_names_run_side_by_side(make_lab):
    lab = make_lab(hosts=4)
    one = lab.switch(ports=[1, 2], snooping={"unregistered": "flood"})
    other = lab.prepare(ports=[3, 4], snooping={"unregistered": "flood"})
    other.runtime = one.runtime  # One directory for both, as on a machine.
    other.start()
    assert lab_reached_by(lab, 1, 2) == {2} and lab_reached_by(lab, 3, 4) == {4}
    for name, ports in (one.name, ["p1", "p2"]), (other.name, ["p3", "p4"]):
        rows = json.loads(one.ctl("--json", "ports", name=name).stdout)
        assert [row["port"] for row in rows] == ports
    assert other.stop() == 0
    assert lab_reached_by(lab, 1, 2) == {2}


def test_the_name_is_free_again_after_a_kill(lab):
    switch = lab.switch()
    switch.process.kill()
    switch.process.wait()
    switch.start()
    assert switch.ctl("info").returncode == 0


def test_a_runtime_directory_that_cannot_be_made_is_named(lab):
    switch = lab.prepare()
    obstacle = switch.directory / "file"
    obstacle.write_text("")
    switch.runtime = str(obstacle)
    assert str(obstacle) in start_and_fail(switch, 1)


def test_the_process_is_quiet_when_nothing_happens(lab):
    switch = lab.switch()
    eventually(lambda: all(row["link"] == "up" for row in switch.query("ports")), "all have link")
    lab.until(lab.now() + 0.3)  # That is logged.
    before = switch.stderr()
    lab.until(lab.now() + 0.5)
    eventually(lambda: switch.is_running(), "it runs")
    assert switch.stderr() == before
