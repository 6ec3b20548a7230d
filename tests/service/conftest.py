# SPDX-License-Identifier: BSD-3-Clause
"""One virtual machine with systemd for all tests; each has its unit stopped and its hosts plugged in at the end."""

import os
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import pytest  # noqa: E402

from deployment import Deployment  # noqa: E402
from machine.session import Session  # noqa: E402

PREFIX = os.environ.get("MCSWITCH_TEST_PREFIX", "mcs") + "svc"


def pytest_configure(config):
    config.pluginmanager.register(Session(PREFIX), "session-of-the-machine")


@pytest.fixture(scope="session")
def deployment(pytestconfig):
    fact = pytestconfig.pluginmanager.get_plugin("session-of-the-machine").fact
    made = Deployment(PREFIX, hosts=3)
    try:
        fact("machine: %s, systemd %s, ready after %.1f s" % (
            made.shell("uname -sr").stdout.strip(), made.systemctl("--version").stdout.split()[1],
            made.machine.boot_seconds))
        yield made
    finally:
        made.close()


@pytest.fixture(autouse=True)
def leave_as_found(deployment):
    yield
    print(deployment.journal("*", "-n 60"))
    deployment.shell("systemctl stop 'mcswitch@*' 'host*-receive.service'; systemctl reset-failed; "
                     "rm -rf /etc/mcswitch /etc/systemd/system/mcswitch@*.d /run/share/received.*")
    for number in deployment.hosts:
        if deployment.shell("ip link show sw%d" % number, check=False).returncode != 0:
            deployment.plug_in(number)
