#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The scripts of this folder on small documents, without a benchmark."""

import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import extract  # noqa: E402
import runs  # noqa: E402
import show  # noqa: E402
import tables  # noqa: E402

SUMMARY = {"minimum": 1.0, "low95": 2.0, "median": 3.00004, "high95": 4.0, "maximum": 5.0, "count": 21}
FEW = {"n": 3, "minimum": 1e6, "median": 2e6, "maximum": 5e6, "low95": None, "high95": None}


def line(numbers, suite="mcsbench"):
    machine = dict.fromkeys(runs.MACHINE_KEYS, "x")
    return {"date": "2026-11-22T19:40:06Z", "commit": "0123abc", "suite": suite, "command": "mcsbench",
            "machine": machine, "numbers": numbers}


class Extract(unittest.TestCase):
    def test_a_number_is_median_and_interval(self):
        document = {"results": [{"test": "aggregated", "name": "F=1", "fan_out": 1, "ratio": SUMMARY}]}
        self.assertEqual(extract.of_mcsbench(document), {"aggregated/F=1/ratio": [3.0, 2.0, 4.0]})

    def test_of_latency_ports_in_the_middle_are_left_out(self):
        rows = [{"test": "latency", "name": "10 %%, port %d" % port, "p50_ns": SUMMARY} for port in (1, 2, 3, 4)]
        self.assertEqual(list(extract.of_mcsbench({"results": rows})),
                         ["latency/10 %, port 1/p50_ns", "latency/10 %, port 4/p50_ns"])

    def test_capacity_has_counts(self):
        rows = [{"test": "capacity", "name": "max-groups 7", "offered": 9, "groups": 7, "forwarded": 7}]
        self.assertEqual(extract.of_mcsbench({"results": rows}),
                         {"capacity/max-groups 7/groups": [7], "capacity/max-groups 7/forwarded": [7]})

    def test_few_repetitions_have_their_range(self):
        document = {"rates": [{"fan_out": 4, "peers": {"ovs": FEW}, "ratios": {}, "added_ns": {}}]}
        self.assertEqual(extract.of_peers(document), {"peers/F=4/ovs_mpps": [2.0, 1.0, 5.0]})

    def test_repetitions_of_a_micro_benchmark_are_one_number(self):
        rows = [{"run_type": "iteration", "run_name": "find/hit/7/real_time", "time_unit": "ns", "real_time": 1.0,
                 "items_per_second": rate} for rate in (1e6, 3e6, 2e6)]
        rows.append({"run_type": "aggregate", "run_name": "find/hit/7", "time_unit": "ns", "real_time": 1.0})
        self.assertEqual(extract.of_mcsmicro({"benchmarks": rows}), {"find/hit/7/mps": [2.0, 1.0, 3.0]})

    def test_records_are_in_microseconds(self):
        rows = [{"run_type": "iteration", "run_name": "record/block/16/iterations:25/manual_time", "time_unit": "ms",
                 "real_time": 0.5, "items_per_second": 9, "longest_us": 700}]
        self.assertEqual(extract.of_mcsmicro({"benchmarks": rows}),
                         {"record/block/16/us": [500.0], "record/block/16/longest_us": [700]})

    def test_control_has_the_spread_of_its_rounds(self):
        found = extract.of_control([{"scenario": "shared", "turn_us": 1}, {"scenario": "shared", "turn_us": 4}])
        self.assertEqual(found, {"control/shared/turn_us": [2.5, 1.0, 4.0]})


class Lines(unittest.TestCase):
    def test_a_whole_line_is_taken(self):
        runs.check(line({"a/b/c": [1.0], "a/b/d": [1, 2, 3]}))

    def test_what_is_wrong_is_refused(self):
        for key, value in (("commit", "0123abc+"), ("date", "yesterday"), ("machine", {}), ("numbers", {"a": [1, 2]})):
            with self.assertRaises(runs.BadLine):
                runs.check({**line({}), key: value})

    def test_the_newest_run_that_has_a_number_is_found(self):
        found = runs.Runs([line({"a": [1]}), line({"a": [2], "b": [1]}), line({"b": [3]})])
        self.assertEqual(found.having("a")["numbers"]["a"], [2])
        self.assertIsNone(found.having("a", "c"))


class Pages(unittest.TestCase):
    def test_a_table_is_put_in_the_place_of_the_old_one(self):
        found = runs.Runs([line({"capacity/x/groups": [7], "capacity/x/forwarded": [7]})])
        text = show.page("before\n<!-- runs: capacity -->\nold\n<!-- end -->\nbehind\n", found)
        self.assertEqual(text, "before\n<!-- runs: capacity -->\nCommit 0123abc.\n\n|  | groups taken | forwarded |\n"
                               "| --- | --- | --- |\n| x | 7 | 7 |\n<!-- end -->\nbehind\n")

    def test_values_have_their_interval_only_where_there_is_one(self):
        self.assertEqual(tables.value_text([0.5, 0.4, 0.6]), "0.500 (0.400 to 0.600)")
        self.assertEqual(tables.value_text([12.34, 12.34, 12.34], "ns"), "12.3 ns")
        self.assertEqual(tables.value_text([4711.2]), "4711")


if __name__ == "__main__":
    unittest.main()
