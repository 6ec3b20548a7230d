# SPDX-License-Identifier: BSD-3-Clause
"""Debian's kernel as scripts/install-deps has unpacked it, and the modules that the virtual machine needs of it."""

import os
import pathlib
import re
import stat

# Where scripts/install-deps puts it.
DIRECTORY = pathlib.Path("/var/cache/mcswitch/guest-kernel")
# The host's files by 9p, devices for DPDK; a layer above the files, and cables.
WANTED = ("virtio_pci", "9pnet_virtio", "9p", "vfio_iommu_type1", "vfio-pci", "overlay", "veth")


class MissingKernel(Exception):
    pass


class GuestKernel:
    def __init__(self, directory=DIRECTORY):
        images = sorted(directory.glob("boot/vmlinuz-*"))
        if not images:
            raise MissingKernel("there is no kernel for the virtual machine in %s" % directory)
        self.image = images[-1]
        self.release = self.image.name.partition("-")[2]
        self._files = {self._name(path): path
                       for path in (directory / "lib/modules" / self.release).rglob("*.ko")}

    @staticmethod
    def _name(path):
        return path.stem.replace("-", "_")

    def modules(self):
        """Files of the modules, in an order in which they can be loaded. One that is not there is built in."""
        order = []

        def add(name):
            path = self._files.get(name.replace("-", "_"))
            if path is None or path in order:
                return
            # What modinfo shows: a list of texts, each ended by a zero.
            found = re.search(rb"\0depends=([^\0]*)\0", path.read_bytes())
            for other in found.group(1).decode().split(",") if found else []:
                if other:
                    add(other)
            order.append(path)
        for name in WANTED:
            add(name)
        return order


def write_initramfs(target, files, directories=()):
    """A cpio archive, as the kernel wants it (newc). `files` maps a path inside to (mode, bytes)."""
    with open(target, "wb") as out:
        number = 0

        def entry(name, mode, content=b""):
            nonlocal number
            number += 1
            raw = name.encode() + b"\0"
            fields = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(raw), 0)
            for part in (b"070701" + b"".join(b"%08x" % field for field in fields) + raw, content):
                out.write(part + b"\0" * (-len(part) % 4))
        for name in directories:
            entry(name, stat.S_IFDIR | 0o755)
        for name, (mode, content) in files.items():
            entry(name, stat.S_IFREG | mode, content)
        entry("TRAILER!!!", 0)


def initramfs_of(kernel, target, init):
    """The script `init`, `agent` next to it, busybox, and the kernel's modules."""
    modules = kernel.modules()
    files = {"init": (0o755, init.read_bytes()), "agent": (0o755, init.with_name("agent").read_bytes()),
             "bin/busybox": (0o755, pathlib.Path("/bin/busybox").read_bytes()),
             "modules/order": (0o644, "".join(path.name + "\n" for path in modules).encode())}
    for path in modules:
        files["modules/" + path.name] = (0o644, path.read_bytes())
    write_initramfs(target, files, ("bin", "modules", "proc", "sys", "dev", "host"))
    return os.fspath(target)
