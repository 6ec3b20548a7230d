# SPDX-License-Identifier: BSD-3-Clause
"""mcswitch --check ends with 0 only if the start succeeds: what machines lack, and the same error from both."""

import subprocess

import pytest

from lab import PATIENCE, program


def shell(command):
    """Words for Switch.start(behind=): the command of a shell, and then the switch in its place."""
    return ["sh", "-c", command + '; exec "$@"', "sh"]


def check(switch, behind=()):
    """Exit code of --check, and what it found."""
    with switch.namespace.inside():
        done = subprocess.run([*behind, program("mcswitch"), "--config", str(switch.config), "--check"], text=True,
                              timeout=PATIENCE, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env=switch.environment())
    return done.returncode, done.stdout


def starts_not(switch, behind=(), code=1):
    """What a start says that ends with this code."""
    switch.expected_code = code
    switch.start(behind=behind, wait=False)
    assert switch.wait() == code and switch.ready_line() is None, switch.output()
    return switch.stderr()


# A mount namespace of its own, whose changes end with it. /proc/sys is that of the network namespace.
MOUNTS = ["unshare", "--mount"]
MACHINES = {
    "read-only /proc/sys": ([*MOUNTS, *shell("mount -o bind,ro /proc/sys /proc/sys")], "/proc/sys is read-only"),
    "no /sys": ([*MOUNTS, *shell("mount -t tmpfs none /sys")], "there is no /sys"),
    "no /sys/module": ([*MOUNTS, *shell("mkdir /tmp/$$ && mount --bind /sys /tmp/$$ && mount -t tmpfs none /sys && "
                                        "for d in bus class devices kernel; do mkdir /sys/$d && "
                                        "mount --bind /tmp/$$/$d /sys/$d; done && umount /tmp/$$ && rmdir /tmp/$$")],
                       "there is no /sys/module"),
    "little locked memory": (["prlimit", "--memlock=65536", "setpriv", "--bounding-set", "-ipc_lock", "--inh-caps",
                              "-ipc_lock"], "locked memory: the limit is 64 KiB"),
    "no right to raw sockets": (["setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw"], "CAP_NET_RAW"),
}


@pytest.mark.parametrize("name", MACHINES)
def test_a_machine_on_which_it_does_not_start(lab, name):
    behind, said = MACHINES[name]
    switch = lab.prepare()
    code, findings = check(switch, behind)
    assert code == 2 and said in findings, findings
    assert said in starts_not(switch, behind)


def test_the_machine_of_these_tests_is_one_on_which_it_starts(lab):
    """So that the errors above are those of what was taken away."""
    switch = lab.prepare()
    assert check(switch)[0] == 0
    switch.start()


def test_an_interface_in_use_is_an_error_of_both(lab):
    first = lab.switch(ports=[1, 2])
    second = lab.prepare(ports=[2, 3])
    code, findings = check(second)
    line = next(line for line in findings.splitlines() if "in use" in line)
    assert code == 2 and line.startswith("error: ") and '"p2"' in line and "process %d" % first.process.pid in line
    assert "in use" in starts_not(second)


SQUAT = """
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind("\\0mcswitch/port/sw1")
if sys.argv[1] == "listens":
    s.listen()
print("bound", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("how", ["listens", "only binds"])
def test_a_user_without_rights_cannot_keep_it_from_starting(lab, how):
    switch = lab.prepare()
    with lab.switch_namespace.inside():
        squatter = subprocess.Popen(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "/usr/bin/python3",
                                     "-c", SQUAT, how], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert squatter.stdout.readline() == "bound\n"
        assert check(switch)[0] == 0
        switch.start()
    finally:
        squatter.stdin.close()
        squatter.wait()


def test_a_name_in_use_is_an_error_of_both(make_lab):
    lab = make_lab(hosts=4)
    first = lab.switch(ports=[1, 2])
    second = lab.prepare(ports=[3, 4], name=first.name)
    second.runtime = first.runtime
    code, findings = check(second)
    assert code == 2 and '"%s" is running already' % first.name in findings
    assert "is running already" in starts_not(second)
    first.stop()
    assert check(second)[0] == 0


def test_another_switch_on_a_worker_core_is_a_warning_of_both_and_both_run(make_lab):
    lab = make_lab(hosts=4)
    first = lab.switch(ports=[1, 2])
    second = lab.prepare(ports=[3, 4])
    words = "a worker of mcswitch, process %d, polls there too" % first.process.pid
    code, findings = check(second)
    assert code == 0 and words in findings, findings
    second.start()
    assert words in second.stderr()
    assert words not in first.stderr()


def test_a_full_runtime_directory_does_not_matter(lab, tmp_path):
    """DPDK's own files are not made: writing to their mappings would end the program by SIGBUS."""
    full = tmp_path / "full"
    full.mkdir()
    switch = lab.prepare()
    switch.runtime = str(full)
    behind = [*MOUNTS, *shell("mount -t tmpfs -o size=16k none %s; head -c 1M /dev/zero > %s/fill 2>/dev/null" % (
        full, full))]
    assert check(switch, behind)[0] == 0
    switch.start(behind=behind)
    assert lab.reached(1, "239.82.6.1") is not None
    assert switch.stop() == 0


def test_a_runtime_directory_without_room_for_a_file_is_an_error_in_words(lab, tmp_path):
    full = tmp_path / "full"
    full.mkdir()
    switch = lab.prepare()
    switch.runtime = str(full)
    said = starts_not(switch, [*MOUNTS, *shell("mount -t tmpfs -o nr_inodes=2 none %s" % full)])
    assert "No space left on device" in said and str(full) in said


def test_the_memory_is_one_sum(lab):
    """What is wanted of huge pages is in it, and it is the sum of the two parts that it names."""
    switch = lab.prepare(switch={"hugepages": "auto", "mbufs": 1 << 20})
    _, findings = check(switch)
    total = next(line for line in findings.splitlines() if line.startswith("memory: all together: "))
    whole, dpdk, rest = [int(word) for word in total.replace(":", " ").split() if word.isdigit()]
    assert whole == dpdk + rest
    assert "huge pages: %d MiB of huge pages are wanted" % dpdk in findings


def test_it_says_what_a_restart_costs_either_way(lab):
    querier = {"querier": True, "querier-address": "10.0.0.1"}
    for snooping, igmp, words in (
            ({"unregistered": "auto"}, querier, ("is flooded for up to 41.3 s", "streams for up to 10 s")),
            ({"unregistered": "drop"}, querier,
             ("can be without", "for up to 10 s", "flooded for up to 41.3 s (145.1 s if another querier")),
            ({"hold-pruning": 3}, {}, ("is flooded for up to 385.1 s", "for up to 135 s")),
            ({"hold-pruning": False}, {}, ("for up to 135 s", "would be flooded for up to 260.1 s"))):
        code, findings = check(lab.prepare(snooping=snooping, igmp=igmp))
        line = next(line for line in findings.splitlines() if line.startswith("notice: restart: VLAN 1: "))
        assert code == 0 and all(word in line for word in words), line


def test_a_configuration_from_standard_input(lab):
    text = lab.prepare().config.read_text()
    with lab.switch_namespace.inside():
        good, bad = [subprocess.run([program("mcswitch"), "--config", "-", "--check"], text=True, input=text,
                                    timeout=PATIENCE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                     for text in (text, "\n  frob = 1\n")]
    assert good.returncode == 0, good.stdout
    assert bad.returncode == 2 and "<stdin>:2:3: unknown key" in bad.stderr, bad.stderr
