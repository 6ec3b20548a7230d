# SPDX-License-Identifier: BSD-3-Clause
"""A virtual machine with PCI network cards in which mcswitch runs, and Linux hosts outside, one on each card.

    with VmLab("mcsvm", NICS) as lab:
        switch = lab.switch(igmp={"querier": True, "querier-address": "10.77.0.200"})
        lab.host(2).join("239.1.2.3")
        lab.settles(1, "239.1.2.3", {2}, 5)

The hosts are those of the system tests (tests/system/lab). All that is new is the cable: a tap device in the host's
namespace, whose other end qemu holds as the backend of a network card.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "system"))

from .kernel import GuestKernel, MissingKernel  # noqa: E402
from .lab import GuestSwitch, Segment, VmLab  # noqa: E402
from .nic import Nic  # noqa: E402
from .qemu import QEMU, SHARE, Machine, MachineStalled  # noqa: E402
from .trunk import Trunk  # noqa: E402
