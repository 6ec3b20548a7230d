# SPDX-License-Identifier: BSD-3-Clause
"""What a result has to say about the machine, the programs, and how they were built."""

import json
import os
import pathlib
import platform
import re
import shutil
import subprocess

from lab import program

ROOT = pathlib.Path(__file__).resolve().parents[2]
OVS_DAEMON = pathlib.Path("/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk")
OVS_PACKAGES = "openvswitch-switch-dpdk"
OVS_SCHEMA = pathlib.Path("/usr/share/openvswitch/vswitch.ovsschema")


def _printed(*argv):
    """What a program prints, or None where it is not there or fails."""
    try:
        done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def build_directory():
    return pathlib.Path(program("mcswitch")).parents[1]


def ceiling_program():
    return build_directory() / "bench" / "mcsceiling"


def bench_program():
    return build_directory() / "bench" / "mcsbench"


def cpu_model():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def commit():
    """Of the sources; "+ changes" where files differ from it."""
    # The tree may belong to another user than root.
    git = ["git", "-c", "safe.directory=*", "-C", str(ROOT)]
    name = _printed(*git, "rev-parse", "--short", "HEAD")
    if name is None:
        return None
    return name + (" + changes" if _printed(*git, "status", "--porcelain", "--untracked-files=no") else "")


def compiler():
    """And what the program was built for, in its own words."""
    words = (_printed(program("mcswitch"), "--version") or "").splitlines()
    return words[2] if len(words) > 2 else None


def build_options():
    """Those that decide speed, as meson recorded them."""
    path = build_directory() / "meson-info" / "intro-buildoptions.json"
    try:
        options = {row["name"]: row["value"] for row in json.loads(path.read_text())}
    except (OSError, ValueError):
        return {}
    return {name: options[name] for name in ("buildtype", "optimization", "cpp_args") if name in options}


def free_hugepages():
    found = re.search(r"HugePages_Free:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text())
    return int(found.group(1)) if found else 0


def missing_ovs():
    """Words about what Open vSwitch lacks here, or None."""
    for path in OVS_DAEMON, OVS_SCHEMA:
        if not path.exists():
            return "package %s is not installed (scripts/install-deps --peers)" % OVS_PACKAGES
    for name in "ovsdb-server", "ovsdb-tool", "ovs-vsctl":
        if shutil.which(name) is None:
            return "there is no %s: package %s (scripts/install-deps --peers)" % (name, OVS_PACKAGES)
    return None


def missing_program(path):
    return None if os.access(path, os.X_OK) else "there is no %s: scripts/build" % path


def facts(main_core, worker_core, hugepages):
    ovs = _printed(str(OVS_DAEMON), "--version") if OVS_DAEMON.exists() else None
    return {
        "commit": commit(),
        "mcswitch": _printed(program("mcswitch"), "--version"),
        "compiler": compiler(),
        "build_options": build_options(),
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "main_core": main_core,
        "worker_core": worker_core,
        "kernel": platform.release(),
        "dpdk": _printed("pkg-config", "--modversion", "libdpdk"),
        "ovs": ovs.splitlines() if ovs else None,
        "memory": "huge pages" if hugepages else "plain (no huge pages)",
        "mempool_cache": 512,
    }
