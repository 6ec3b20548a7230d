# SPDX-License-Identifier: BSD-3-Clause
"""Huge pages: a start with just as many as it needs, again and again; and what it does where it gets none."""

import mmap
import pathlib
import re
import subprocess

import pytest

from lab import PATIENCE, eventually, program

POOL = pathlib.Path("/sys/kernel/mm/hugepages/hugepages-2048kB")
PAGE = 2 << 20


def pages(file):
    return int((POOL / file).read_text())


def reserve(count):
    (POOL / "nr_hugepages").write_text(str(count))
    assert pages("nr_hugepages") == count, "this machine has no memory for %d huge pages" % count


@pytest.fixture
def needed(lab):
    """Pages that a switch of this laboratory takes; so many are free."""
    before = pages("nr_hugepages")
    switch = lab.prepare(switch={"hugepages": "auto"})
    reserve(0)
    said = check(switch)
    count = -(-int(re.search(r"(\d+) MiB of huge pages are wanted", said).group(1)) * (1 << 20) // PAGE)
    reserve(count)
    yield count
    (POOL / "nr_hugepages").write_text(str(before))


def check(switch, *words):
    with switch.namespace.inside():
        done = subprocess.run([*words, program("mcswitch"), "--config", str(switch.config), "--check"], text=True,
                              timeout=PATIENCE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env=switch.environment())
    return done.stdout


def uses_hugepages(switch):
    return switch.query("info")["memory"] == "hugepages"


def required(lab, **keys):
    return lab.prepare(switch={"hugepages": "required", **keys})


def test_it_starts_again_after_a_clean_stop_and_after_a_kill(lab, needed):
    switch = required(lab).start()
    assert uses_hugepages(switch) and pages("free_hugepages") < needed
    assert switch.stop() == 0
    assert pages("free_hugepages") == needed
    switch.start()
    switch.process.kill()
    switch.process.wait()
    eventually(lambda: pages("free_hugepages") == needed, "its pages are free")
    assert uses_hugepages(switch.start())
    assert "removed" not in switch.stderr()


# A hugetlbfs that only the program sees which is started behind it.
def with_mount(directory, setup=""):
    directory.mkdir()
    return ["unshare", "--mount", "sh", "-c", "mount -t hugetlbfs none %s && %s exec \"$@\"" % (directory, setup), "sh"]


def fill(directory, name, count):
    """A command of a shell that leaves `count` pages in a file there, as a program that was killed does."""
    script = "import mmap,os; f=os.open('%s/%s',os.O_CREAT|os.O_RDWR); os.ftruncate(f,%d); m=mmap.mmap(f,%d)\n" \
             "for at in range(0,%d,%d): m[at]=1" % (directory, name, count * PAGE, count * PAGE, count * PAGE, PAGE)
    return 'python3 -c "%s" &&' % script


def test_files_that_an_earlier_run_of_the_name_left_are_free_pages(lab, needed, tmp_path):
    switch = required(lab)
    huge = tmp_path / "huge"
    wrapped = with_mount(huge, fill(huge, switch.name + "map_7", needed - 3))
    said = check(switch, *wrapped)
    assert "ok: this configuration can run here" in said and "huge pages are wanted" not in said, said
    switch.start(behind=wrapped)
    assert uses_hugepages(switch)
    assert "removed the files of huge pages" in switch.stderr()


def test_files_of_others_are_named_and_stay(lab, needed, tmp_path):
    switch = required(lab)
    switch.expected_code = 1
    huge = tmp_path / "huge"
    wrapped = with_mount(huge, fill(huge, "othermap_0", needed - 3))
    said = check(switch, *wrapped)
    assert "rm %s/othermap_*" % huge in said and "nr_hugepages" not in said, said
    switch.start(behind=wrapped, wait=False)
    assert switch.wait() == 1
    assert "rm %s/othermap_*" % huge in switch.stderr()


def test_advice_only_adds_to_what_is_reserved(lab, needed):
    """Another program has all but three pages. Following the advice leaves them to it, and is enough."""
    with mmap.mmap(-1, (needed - 3) * PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40000) as other:
        for at in range(0, len(other), PAGE):
            other[at] = 1
        switch = required(lab)
        switch.expected_code = 1
        switch.start(wait=False)
        assert switch.wait() == 1
        advice = re.search(r"fix: (echo (\d+) > (\S+))", switch.stderr())
        assert int(advice.group(2)) == needed + needed - 3, switch.stderr()
        assert advice.group(1) in check(switch)
        subprocess.run(advice.group(1), shell=True, check=True, timeout=PATIENCE)
        switch.expected_code = 0
        assert uses_hugepages(switch.start())
        switch.stop()


def test_with_auto_a_kernel_that_refuses_pages_which_are_free_means_plain_memory(lab, needed, tmp_path):
    """Numbers as in a container whose control group has a limit: the kernel's own are out of sight."""
    reserve(0)
    numbers = tmp_path / "numbers/node0/hugepages/hugepages-2048kB"
    numbers.mkdir(parents=True)
    (numbers / "nr_hugepages").write_text("500")
    (numbers / "free_hugepages").write_text("500")
    hidden = ["unshare", "--mount", "sh", "-c",
              "mount --bind %s /sys/devices/system/node && exec \"$@\"" % (tmp_path / "numbers"), "sh"]
    switch = lab.prepare(switch={"hugepages": "auto"})
    assert "warning: huge pages: the kernel refuses" in check(switch, *hidden)
    switch.start(behind=hidden)
    assert not uses_hugepages(switch)
    assert "the kernel refuses %d huge pages" % needed in switch.stderr()
    switch.stop()
    switch = required(lab)
    switch.expected_code = 1
    switch.start(behind=hidden, wait=False)
    assert switch.wait() == 1
    assert "hugepages = \"required\" does not start without" in switch.stderr()


def test_a_user_without_right_to_any_hugetlbfs_has_huge_pages(lab, needed, tmp_path):
    switch = required(lab)
    switch.start(behind=["setpriv", "--bounding-set", "-dac_override,-ipc_lock", "--inh-caps",
                         "-dac_override,-ipc_lock", *with_mount(tmp_path / "huge", "chown 1 %s && chmod 700 %s &&" % (
                             tmp_path / "huge", tmp_path / "huge"))])
    assert uses_hugepages(switch)
