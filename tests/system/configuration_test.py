# SPDX-License-Identifier: BSD-3-Clause
"""Mistakes in the configuration: exit code 2, the place of the mistake, what is wrong and what would be right."""

import subprocess

import pytest

from lab import PATIENCE, program

PORTS = """
[[port]]
name = "p0"
device = "net_ring0"

[[port]]
name = "p1"
device = "net_ring1"
"""


def check(tmp_path, text):
    file = tmp_path / "switch.toml"
    file.write_text(text)
    done = subprocess.run([program("mcswitch"), "--config", str(file)], text=True, timeout=PATIENCE,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done, str(file)


# (what is in the file, place of the mistake as "line:column", a word of the message)
MISTAKES = [
    ("not TOML", "[switch\n" + PORTS, "1:8", ""),
    ("unknown table", "[swich]\n" + PORTS, "1:2", "swich"),
    ("unknown key", '[switch]\nnmae = "x"\n' + PORTS, "2:1", "nmae"),
    ("wrong type", "[switch]\nname = 5\n" + PORTS, "2:8", "name"),
    ("timers that contradict", "[igmp]\nquery-interval = 5\nquery-response-interval = 10\n" + PORTS, "3:27",
     "query-interval"),
    ("robustness of 0", "[igmp]\nrobustness = 0\n" + PORTS, "2:14", "robustness"),
    ("unknown policy", '[snooping]\nunregistered = "maybe"\n' + PORTS, "2:16", "router-ports"),
    ("not an address", '[igmp]\nquerier-address = "10.0.0.256"\n' + PORTS, "2:19", "10.0.0.256"),
    ("feature of later", PORTS + "control-rate = 5\n", "9:16", "control-rate"),
    ("not a prefix", '[igmp]\nssm-range = ["232.0.0.0/33"]\n' + PORTS, "2:14", "232.0.0.0/33"),
    ("not a range of multicast", '[igmp]\nssm-range = ["10.0.0.0/8"]\n' + PORTS, "2:14", "10.0.0.0/8"),
    ("static group of no port", PORTS + '[[vlan]]\nid = 1\n[[vlan.static-group]]\ngroup = "239.1.1.1"\n' +
     'ports = ["p9"]\n', "13:10", "p9"),
    ("static group that is none", PORTS + '[[vlan]]\nid = 1\n[[vlan.static-group]]\ngroup = "10.1.1.1"\n' +
     'ports = ["p1"]\n', "12:9", "10.1.1.1"),
    ("static group of every host", PORTS + '[[vlan]]\nid = 1\n[[vlan.static-group]]\ngroup = "224.0.0.9"\n' +
     'ports = ["p1"]\n', "12:9", "224.0.0.9"),
    ("static group of an impossible source", PORTS + '[[vlan]]\nid = 1\n[[vlan.static-group]]\n' +
     'group = "239.1.1.1"\nsource = "239.1.1.2"\nports = ["p1"]\n', "13:10", "239.1.1.2"),
    ("VLAN out of range", PORTS + "vlan = 4095\n", "9:8", "4094"),
    ("tagged VLANs backwards", PORTS + 'tagged-vlans = [7, "20-10"]\n', "9:20", '"10-20"'),
    ("VLAN tagged and untagged", PORTS + "vlan = 30\ntagged-vlans = [30]\n", "10:17", "30"),
    ("timers of one VLAN that contradict", PORTS + "[[vlan]]\nid = 1\n[vlan.igmp]\nquery-interval = 5\n", "12:18",
     "vlan.igmp.query-interval"),
    ("too many workers", "[switch]\nworker-cores = [\n%s]\n" % "".join("%d,\n" % n for n in range(100, 164)) + PORTS,
     "66:1", "63"),
    ("core that is not there", "[switch]\nworker-cores = [1023]\n" + PORTS, "2:17", "no core 1023"),
    ("device of two ports", PORTS + '[[port]]\nname = "p2"\ndevice = "net_ring1"\n', "11:10", '"p1"'),
    ("duplicate name", PORTS + '[[port]]\nname = "p0"\ndevice = "net_ring2"\n', "10:8", "p0"),
    ("port without a device", PORTS + '[[port]]\nname = "p2"\n', "9:1", "device"),
]


@pytest.mark.parametrize("text, place, word", [mistake[1:] for mistake in MISTAKES],
                         ids=[mistake[0] for mistake in MISTAKES])
def test_a_mistake_is_exit_code_2_and_has_its_place(tmp_path, text, place, word):
    done, file = check(tmp_path, text)
    assert done.returncode == 2
    # Notices of what is not implemented yet may stand before it.
    line = next((line for line in done.stderr.splitlines() if line.startswith(file)), done.stderr)
    assert line.startswith("%s:%s: " % (file, place)), line
    assert word in line
    assert "ready" not in done.stdout


def test_no_ports_at_all_is_a_mistake(tmp_path):
    done, file = check(tmp_path, "")
    assert done.returncode == 2 and done.stderr.startswith(file + ":")


def test_all_mistakes_are_told_at_once(tmp_path):
    done, file = check(tmp_path, "[switch]\nnmae = 1\n[igmp]\nrobustness = 0\n" + PORTS)
    places = [line.split(":")[1] for line in done.stderr.splitlines() if line.startswith(file)]
    assert places == ["2", "4"]


def test_more_ports_than_dpdk_was_built_for_names_the_limit(tmp_path):
    ports = "".join('[[port]]\nname = "p%d"\ndevice = "net_ring%d"\n' % (n, n) for n in range(33))
    done, file = check(tmp_path, ports)
    assert done.returncode == 2
    assert done.stderr.startswith("%s:97:" % file) and "32" in done.stderr
