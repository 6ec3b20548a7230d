# SPDX-License-Identifier: BSD-3-Clause
"""A laboratory for one machine: Linux hosts in network namespaces around one or more switches.

    with Lab("mcst", hosts=3) as lab:
        switch = lab.switch(igmp={"querier": True, "querier-address": "10.77.0.200"})
        receiver = lab.host(2).join("239.1.2.3")
        assert lab.reached(1, "239.1.2.3") == {2}

Used by the system tests and by scripts/demo. Needs root and the standard library only. Nothing is made
in the namespace that the program was started in, and all traffic stays on veth pairs.

Times are those of time.time(): the kernel's stamps on captured frames use the same clock.
"""

from .frames import Frame, Query, QueryV3, Report
from .host import Host, Receiver, Stream
from .igmpv3 import Record
from .netns import Namespace, NoBridge, left_overs, remove_left_overs
from .switch import Switch, program, to_toml
from .topology import Lab
from .wait import PATIENCE, eventually, wait_until
from .wire import Wire
