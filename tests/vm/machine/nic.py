# SPDX-License-Identifier: BSD-3-Clause
"""A network card of the virtual machine, and the tap device that is its cable."""

import dataclasses
import fcntl
import os
import struct

_TUNSETIFF = 0x400454ca
_IFF_TAP, _IFF_NO_PI, _IFF_MULTI_QUEUE = 0x0002, 0x1000, 0x0100


@dataclasses.dataclass(frozen=True)
class Nic:
    """Card of host `number`. `model` is one of e1000e, vmxnet3 and virtio-net; `queues` are queue pairs, which only
    virtio-net can have several of here. With `rss` the card itself spreads what it receives, as the driver in the
    machine tells it to; without, the kernel outside does, over all pairs that the driver has taken."""
    number: int
    model: str
    queues: int = 1
    rss: bool = False

    @property
    def slot(self):
        return 0x10 + self.number

    @property
    def address(self):
        """On the machine's PCI bus."""
        return "0000:00:%02x.0" % self.slot

    @property
    def netdev(self):
        return "cable%d" % self.number

    def describe(self):
        return self.model + (", %d queue pairs" % self.queues if self.queues > 1 else "") + (
            ", RSS" if self.rss else "")

    def open_cable(self, namespace, interface):
        """Makes the tap device in the namespace and returns a file for each queue. It is gone when all of them are
        closed, here and in qemu. Frames come without the header that would leave checksums and segmentation to
        the other side: what is on this cable is what would be on a wire."""
        flags = _IFF_TAP | _IFF_NO_PI | (_IFF_MULTI_QUEUE if self.queues > 1 else 0)
        files = []
        with namespace.inside():
            for _ in range(self.queues):
                files.append(os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC))
                fcntl.ioctl(files[-1], _TUNSETIFF, struct.pack("16sH22x", interface.encode(), flags))
        return files

    def qemu_options(self, files):
        backend = "tap,id=%s," % self.netdev + ("fds=" if len(files) > 1 else "fd=") + ":".join(map(str, files))
        # Without a boot ROM: the machine boots the kernel that it is given.
        device = "netdev=%s,id=nic%d,addr=0x%x,mac=52:54:00:77:00:%02x,romfile=" % (
            self.netdev, self.number, self.slot, self.number)
        if self.model == "virtio-net":
            # Modern, and behind the IOMMU: vfio-pci can have it.
            device = "virtio-net-pci,disable-legacy=on,iommu_platform=on,ats=on," + device
            if self.queues > 1:
                device += ",mq=on,vectors=%d" % (2 * self.queues + 2)
            if self.rss:
                device += ",rss=on"
        else:
            device = self.model + "," + device
        return ["-netdev", backend, "-device", device]
