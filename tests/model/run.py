#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks the models of the group table, its free list and filter modes with spin: see README.md in this folder.

    run.py [--jobs N] [--record | --long] [--keep DIRECTORY] [--list] [NAME ...]

NAME: only variants whose name begins so. Exit code 0: every scenario was searched completely without an
error, and every mutation gave a counterexample.

The large scenarios are searched whenever lib/table or the model is not what searched.txt says that they passed
with; --record searches them anyway, and writes searched.txt when everything has passed.
"""

import argparse
import concurrent.futures
import dataclasses
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SEARCHED = HERE / "searched.txt"
MEMORY_MB = 2900  # of one search; twice that with --long
DEPTH = 100000    # steps of the longest path; the deepest search needs about 1000
TIMEOUT = 3000    # seconds of one search, for one that hangs


@dataclasses.dataclass(frozen=True)
class Variant:
    name: str
    defines: str
    model: str = "group_table.pml"
    mutation: bool = False


# One source each of two groups, port 0 asks for one of them.
TWO_SOURCES = "GROUPS=2 GROUPS_0=1 ASKS_0=2 ASKS_1=2 MESSAGES_0=1 MESSAGES_1=1"

# Searched completely: there must be no error.
SCENARIOS = [
    Variant("everything", "LEAVES SNAPSHOTS LOOKUPS MESSAGES_1=1"),
    Variant("link_loss", "LEAVES LINK_LOSS MESSAGES_1=1"),
    Variant("one_fresh_word", "GROUPS=2 GROUPS_0=1 DRAIN_LIMIT LEAVES MESSAGES_1=1"),
    Variant("spare_id", "ANY_TIME IDS=3 LEAVES"),
    Variant("third_life", "ANY_TIME MESSAGES_0=3"),
    Variant("lookups_digest", "ANY_TIME GROUPS=2 GROUPS_0=1 MESSAGES_1=1 LOOKUPS DIGEST"),
    Variant("fine_snapshots", "ANY_TIME FINE GROUPS=2 GROUPS_0=1 MESSAGES_1=1 SNAPSHOTS LEAVES"),
    Variant("fine_lookups", "ANY_TIME FINE GROUPS=2 GROUPS_0=1 MESSAGES_1=1 LOOKUPS"),
    Variant("fine_timers", "FINE LEAVES MESSAGES_1=1"),
    Variant("overflow", "ANY_TIME INLINE=1 NODES=2"),
    Variant("chain", "ANY_TIME INLINE=0 NODES=3 IDS=3 MESSAGES_0=3 MESSAGES_1=1"),
    Variant("chain_two_groups", "ANY_TIME INLINE=0 NODES=2 GROUPS=2 GROUPS_0=1 MESSAGES_1=1 LOOKUPS"),
    Variant("no_id_free", "IDS=1 LEAVES"),
    Variant("no_slot_free", "INLINE=1 LEAVES"),
    Variant("free_list", "", "free_list.pml"),
    Variant("sources", "ANY_TIME SOURCES ASKS_0=2 ASKS_1=2 MESSAGES_1=1"),
    Variant("source_timers", "SOURCES LEAVES LINK_LOSS DRAIN_LIMIT MESSAGES_0=1 MESSAGES_1=1"),
    Variant("source_ids_apart", "ANY_TIME SOURCES IDS_PER_WORD=1 MESSAGES_0=1 MESSAGES_1=1 DRAIN_LIMIT"),
    Variant("source_snapshots", f"ANY_TIME SOURCES {TWO_SOURCES} SNAPSHOTS"),
    Variant("source_digest", f"ANY_TIME SOURCES {TWO_SOURCES} DIGEST"),
    Variant("source_fine", "ANY_TIME FINE SOURCES MESSAGES_0=1 MESSAGES_1=1"),
    Variant("source_overflow", "ANY_TIME SOURCES INLINE=0 NODES=3 IDS=3 MESSAGES_0=1 MESSAGES_1=1"),
    Variant("source_no_id_free", "ANY_TIME SOURCES IDS=1"),
    Variant("source_no_slot_free", "ANY_TIME SOURCES INLINE=1 MESSAGES_1=1"),
    Variant("control_joins", "CONTROL_JOINS LEAVES MESSAGES_1=1"),
    Variant("control_joins_source", "ANY_TIME CONTROL_JOINS SOURCES MESSAGES_0=1 MESSAGES_1=1"),
    Variant("filter_mode", "MESSAGES=4", "filter_mode.pml"),
]

# Larger, and only searched when what they are of has changed (searched.txt).
LARGE_SCENARIOS = [
    Variant("source_and_group", "ANY_TIME SOURCES ASKS_1=2 MESSAGES_1=1"),
    Variant("snapshots", "ANY_TIME GROUPS=2 GROUPS_0=1 SNAPSHOTS"),
    Variant("source_lookups", f"ANY_TIME SOURCES {TWO_SOURCES} LOOKUPS"),
    Variant("refresh", "LEAVES"),
    Variant("two_groups", "GROUPS=2 GROUPS_0=1 IDS_PER_WORD=1 DRAIN_LIMIT"),
]

# With more messages: only with --long, one at a time.
LONG_SCENARIOS = [
    Variant("long_snapshots", "LEAVES SNAPSHOTS"),
    Variant("long_two_groups", "ANY_TIME GROUPS=2 SNAPSHOTS"),
    Variant("long_fine", "ANY_TIME FINE GROUPS=2 GROUPS_0=1 SNAPSHOTS"),
    Variant("long_digest", "ANY_TIME GROUPS=2 MESSAGES_1=1 LOOKUPS DIGEST"),
    Variant("long_third_life", "ANY_TIME MESSAGES_0=3 LEAVES"),
    Variant("long_chain", "ANY_TIME INLINE=0 NODES=3 IDS=3"),
    Variant("long_free_list", "ROUNDS=3", "free_list.pml"),
    Variant("long_sources", "ANY_TIME SOURCES ASKS_0=2 ASKS_1=2"),
    Variant("long_source_timers", "SOURCES LEAVES MESSAGES_1=1"),
    Variant("long_control_joins", "CONTROL_JOINS LEAVES"),
    Variant("long_filter_mode", "MESSAGES=5", "filter_mode.pml"),
]


def mutation(name, defines, macro=None):
    return Variant(name, f"{defines} {macro or name.upper()}".strip(), mutation=True)


def mode(name, macro=None):
    return Variant(name, macro or name.upper(), "filter_mode.pml", True)


# One deliberate mistake each: there must be a counterexample.
MARKS = "GROUPS=2 GROUPS_0=1 IDS_PER_WORD=1"
READS = "ANY_TIME SNAPSHOTS"
SOURCES = "ANY_TIME SOURCES ASKS_0=2 ASKS_1=2 MESSAGES_1=1"
SOURCES_AND_GROUP = "ANY_TIME SOURCES ASKS_1=2 MESSAGES_1=1"
JOINS = "ANY_TIME CONTROL_JOINS MESSAGES_0=3 MESSAGES_1=0"
SEEN = "ANY_TIME SNAPSHOTS GROUPS=2 GROUPS_0=1 FINE IGNORE_P4"
MUTATIONS = [
    # A read-modify-write replaced by a load and a plain store.
    mutation("stamp_exchange_as_store", "LEAVES"),
    mutation("set_bit_cas_as_store", "LEAVES"),
    mutation("claim_cas_as_store", "LEAVES"),
    mutation("publish_cas_as_store", "LEAVES"),
    mutation("place_fetch_and_as_store", READS),
    mutation("fresh_fetch_or_as_store", "LEAVES"),
    mutation("summary_fetch_or_as_store", MARKS),
    mutation("fresh_exchange_as_store", "LEAVES"),
    mutation("summary_exchange_as_store", MARKS),
    mutation("limit_fresh_fetch_or_as_store", "GROUPS=2 GROUPS_0=1 DRAIN_LIMIT"),
    mutation("limit_summary_fetch_or_as_store", f"{MARKS} DRAIN_LIMIT"),
    mutation("clear_fetch_and_as_store", "LEAVES"),
    mutation("put_back_fetch_or_as_store", "LEAVES"),
    mutation("retire_cas_as_store", "LEAVES"),
    mutation("unlink_cas_as_store", "LEAVES"),
    mutation("online_without_fence", READS),
    # P1: no report is lost.
    mutation("word_not_read_again", "LEAVES"),
    mutation("stamp_not_read_again", "LEAVES"),
    mutation("not_put_back", "LEAVES"),
    mutation("set_bit_cas_as_fetch_or", "LEAVES"),
    mutation("leave_ignores_stamp", "LEAVES"),
    mutation("key_freed_before_word", "LEAVES"),
    # P2: what left ends.
    mutation("no_mark_on_join", "LEAVES"),
    mutation("no_mark_on_publication", "LEAVES"),
    mutation("marked_before_bit", "LEAVES"),
    mutation("marked_before_place_opens", "LEAVES"),
    mutation("summary_marked_first", "LEAVES"),
    mutation("fresh_taken_before_summary", "LEAVES"),
    mutation("put_back_always", "LEAVES"),
    # P3 and P4: no stranger is seen, nothing is reused in a grace period. "seen": what a reader gets.
    mutation("same_group_not_compared", "ANY_TIME GROUPS=2 DIGEST"),
    mutation("place_opens_before_publication", "LEAVES"),
    mutation("place_stays_open", READS),
    mutation("place_stays_open_seen", SEEN, "PLACE_STAYS_OPEN"),
    mutation("no_grace_period", READS),
    mutation("no_grace_period_seen", SEEN, "NO_GRACE_PERIOD"),
    mutation("grace_begins_before_unlink", READS),
    mutation("grace_begins_before_unlink_seen", SEEN, "GRACE_BEGINS_BEFORE_UNLINK"),
    mutation("key_freed_at_unlink", "LEAVES"),
    mutation("online_without_fence_seen", SEEN, "ONLINE_WITHOUT_FENCE"),
    # P5: one entry for a group.
    mutation("published_before_word", "LEAVES"),
    mutation("publish_without_comparing", "LEAVES"),
    # The free list.
    Variant("free_list_without_tag", "NO_TAG", "free_list.pml", True),
    Variant("free_list_pop_cas_as_store", "POP_CAS_AS_STORE", "free_list.pml", True),
    Variant("free_list_push_cas_as_store", "PUSH_CAS_AS_STORE", "free_list.pml", True),
    # Sources: P6, a source's entry has its group's; P2, the group's entry ends too.
    mutation("no_touch", SOURCES),
    mutation("touch_cas_as_store", SOURCES),
    mutation("touch_cas_as_fetch_or", SOURCES),
    mutation("touched_not_cleared", SOURCES),
    mutation("touched_cleared_as_store", SOURCES),
    mutation("closing_cas_as_store", SOURCES_AND_GROUP),
    mutation("no_grace_before_closing", SOURCES),
    mutation("no_pass_before_closing", SOURCES, "PASSES=0"),
    mutation("pass_counts_before_grace", SOURCES),
    mutation("retired_with_sources", SOURCES_AND_GROUP),
    mutation("not_listed_not_noted", SOURCES_AND_GROUP),
    mutation("source_no_mark", SOURCES, "NO_MARK_ON_PUBLICATION"),
    mutation("source_marked_before_place_opens", SOURCES, "MARKED_BEFORE_PLACE_OPENS"),
    mutation("no_mark_on_refusal", "ANY_TIME SOURCES IDS=1"),
    # Joins by the control thread.
    mutation("exchange_by_control", JOINS),
    mutation("raise_as_store", JOINS),
    # What a port wants: P7, a forwarder's answer was right at some time while it asked.
    mode("any_before_excluded"),
    mode("excluded_before_requested"),
    mode("excluded_ends_before_any"),
    mode("requested_ends_at_once"),
    mode("requested_read_first"),
    mode("mark_trusted"),
    mode("stamp_of_group_not_read_again", "STAMP_NOT_READ_AGAIN"),
    mode("marks_seen_before_stamp"),
]

# What spin prints when a search was not complete, or did not look at everything.
INCOMPLETE = [
    "max search depth too small", "Search not completed", "search not completed", "out of memory",
    "reached -DMEMLIM", "memory limit", "Interrupted", "VECTORSZ", "aborting", "hash compression",
    "Bit statespace",
]


def digest():
    """Of what the large scenarios are of: the code of lib/table and the models, without comments and layout, and the
    scenarios themselves."""
    sources = [path for path in (ROOT / "lib" / "table").iterdir() if path.suffix in (".hpp", ".cpp")]
    text = [f"{v.name} {v.model} {v.defines}" for v in LARGE_SCENARIOS]
    for path in sorted(sources) + sorted(HERE.glob("*.pml")):
        code = re.sub(r"/\*.*?\*/|//[^\n]*", " ", path.read_text(), flags=re.DOTALL)
        text += [path.name, *code.split()]
    return hashlib.sha256(" ".join(text).encode()).hexdigest()


def recorded():
    """The digest that the large scenarios passed with last."""
    lines = SEARCHED.read_text().splitlines() if SEARCHED.exists() else []
    return next((line for line in lines if line and not line.startswith("#")), "")


def record(searched):
    SEARCHED.write_text("# What the large scenarios of the model passed with last: a digest of lib/table and of the\n"
                        "# models, as tests/model/run.py --record has noted it.\n" + searched + "\n")


def call(command, directory, timeout):
    return subprocess.run(command, cwd=directory, timeout=timeout, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)


def search(variant, directory):
    """Returns (passed, what happened)."""
    directory.mkdir(parents=True)
    for model in HERE.glob("*.pml"):
        shutil.copy(model, directory)
    defines = [f"-D{define}" for define in variant.defines.split()]
    generated = call(["spin", *defines, "-a", variant.model], directory, TIMEOUT)
    if generated.returncode != 0 or not (directory / "pan.c").exists() or "rror" in generated.stdout:
        return False, f"spin -a failed:\n{generated.stdout}"
    # Every step is one on shared memory: partial order reduction would find nothing. Mutations are found
    # at once, so a fast compiler is better than fast code.
    memory_mb = 2 * MEMORY_MB if variant in LONG_SCENARIOS else MEMORY_MB
    compiled = call(["gcc", "-O0" if variant.mutation else "-O2", "-w", "-DSAFETY", "-DNOREDUCE",
                     f"-DMEMLIM={memory_mb}", "-o", "pan", "pan.c"], directory, TIMEOUT)
    if compiled.returncode != 0:
        return False, f"gcc failed:\n{compiled.stdout}"
    begin = time.monotonic()
    try:
        run = call(["./pan", f"-m{DEPTH}", "-w20" if variant.mutation else "-w24"], directory, TIMEOUT)
    except subprocess.TimeoutExpired:
        return False, f"not finished after {TIMEOUT} s"
    seconds = time.monotonic() - begin
    (directory / "pan.out").write_text(run.stdout)

    errors = re.search(r"errors: (\d+)", run.stdout)
    violated = re.search(r"assertion violated \(*(P\d)?", run.stdout)
    states = re.search(r"^\s*([\d.e+]+) states, stored", run.stdout, re.MULTILINE)
    memory = re.search(r"^\s*([\d.]+)\s+total actual memory usage", run.stdout, re.MULTILINE)
    if errors is None or states is None:
        return False, f"the search failed:\n{run.stdout[-2000:]}"
    size = f"{int(float(states[1]))} states, {float(memory[1]):.0f} MB, {seconds:.1f} s" if memory else ""

    if variant.mutation:
        if violated is None:
            return False, f"no counterexample in {size}"
        return True, f"counterexample found{f' in {violated[1]}' if violated[1] else ''}, {seconds:.1f} s"
    problem = next((text for text in INCOMPLETE if text in run.stdout), None)
    looked = "Full statespace search for" in run.stdout and \
        all(re.search(rf"{what}\s+\+", run.stdout) for what in ("assertion violations", "invalid end states"))
    if run.returncode != 0 or int(errors[1]) != 0 or problem or not looked:
        first = re.search(r"^pan:1: (.*)", run.stdout, re.MULTILINE)
        return False, f"{first[1][:60] if first else problem or 'incomplete'}, after {size}"
    return True, f"verified, {size}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="only variants whose name begins so")
    parser.add_argument("--jobs", type=int, choices=(1, 2), default=min(2, os.cpu_count() or 1))
    parser.add_argument("--record", action="store_true",
                        help="the large scenarios too, and note in searched.txt that they passed")
    parser.add_argument("--long", action="store_true", help="the long scenarios, and only those")
    parser.add_argument("--keep", type=pathlib.Path, metavar="DIRECTORY", help="keep what spin made there")
    parser.add_argument("--list", action="store_true", help="print the variants with their -D and stop")
    arguments = parser.parse_args()

    if arguments.record and (arguments.long or arguments.names):
        parser.error("--record is about all scenarios but the long ones")
    named = SCENARIOS + LARGE_SCENARIOS + LONG_SCENARIOS + MUTATIONS
    if arguments.long:
        variants = LONG_SCENARIOS
    elif arguments.names or arguments.list:
        variants = named
    elif arguments.record or recorded() != digest():
        if not arguments.record:
            print("lib/table or the model is not as searched.txt says: the large scenarios are searched as well. After "
                  "a pass, tests/model/run.py --record notes it", flush=True)
        variants = LARGE_SCENARIOS + SCENARIOS + MUTATIONS
    else:
        variants = SCENARIOS + MUTATIONS
    variants = [v for v in variants
                if not arguments.names or any(v.name.startswith(n) for n in arguments.names)]
    if arguments.list:
        for v in variants:
            print(f"{v.name:34} {v.model:16} {v.defines}")
        return 0
    if not variants:
        print("no such variant; --list shows all", file=sys.stderr)
        return 1
    for tool, package in (("spin", "spin"), ("gcc", "gcc")):
        if shutil.which(tool) is None:
            print(f"{tool} is not installed (Debian package: {package}): the model cannot be checked",
                  file=sys.stderr)
            return 1

    failed = 0
    searched = digest()
    with tempfile.TemporaryDirectory(prefix="group-table-model-") as temporary:
        root = arguments.keep.resolve() if arguments.keep else pathlib.Path(temporary)
        with concurrent.futures.ThreadPoolExecutor(1 if arguments.long else arguments.jobs) as executor:
            futures = [executor.submit(search, v, root / v.name) for v in variants]
            for variant, future in zip(variants, futures):
                passed, what = future.result()
                failed += not passed
                print(f"{'ok  ' if passed else 'FAIL'} {variant.name}: {what}", flush=True)
                if not arguments.keep:
                    shutil.rmtree(root / variant.name, ignore_errors=True)
    print(f"{len(variants) - failed} passed, {failed} failed")
    if arguments.record and not failed:
        if digest() != searched:
            print("lib/table or the model changed during the search: nothing is noted", file=sys.stderr)
            return 1
        record(searched)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
