# SPDX-License-Identifier: BSD-3-Clause
"""What the benchmark programs write (JSON), made into the numbers of one line of runs.jsonl.

A number has a name, `test/case/quantity`, whose end is its unit, and is a list: [median, low, high]. low to high holds
the true median with 95 % probability; below six repetitions it is the range. What was measured once is [value]. Four
digits are kept."""

import re
import statistics

# Of the tables of latency, the ports between the first and the last say nothing more.
_LATENCY_CASES = re.compile(r".*\b(port [23])$")
_CAPACITY = ("groups", "forwarded")


def rounded(value):
    return float("%.4g" % value)


def spread(values):
    """Of repetitions whose interval the program does not tell."""
    if len(values) == 1:
        return [rounded(values[0])]
    return [rounded(v) for v in (statistics.median(values), min(values), max(values))]


def of_summary(summary, scale=1.0):
    """Of a summary as mcsbench and bench/peers write it."""
    low, high = summary.get("low95"), summary.get("high95")
    if low is None:
        low, high = summary["minimum"], summary["maximum"]
    return [rounded(scale * v) for v in (summary["median"], low, high)]


def of_mcsbench(document):
    numbers = {}
    for row in document["results"]:
        if row["test"].endswith("latency") and _LATENCY_CASES.match(row["name"]):
            continue
        for quantity, value in row.items():
            name = "/".join((row["test"], row["name"], quantity))
            if isinstance(value, dict):
                numbers[name] = of_summary(value)
            elif row["test"] == "capacity" and quantity in _CAPACITY:
                numbers[name] = [value]
    return numbers


def of_mcsmicro(document):
    """Million items a second; for `record`, microseconds; and further counters of a benchmark, in microseconds."""
    found = {}
    for row in document["benchmarks"]:
        if row["run_type"] != "iteration":
            continue
        name = re.sub(r"/(iterations:\d+|manual_time|real_time)", "", row["run_name"])
        to_us = {"ns": 1e-3, "us": 1.0, "ms": 1e3}[row["time_unit"]]
        if "items_per_second" in row and not name.startswith("record/"):
            found.setdefault(name + "/mps", []).append(row["items_per_second"] / 1e6)
        else:
            found.setdefault(name + "/us", []).append(row["real_time"] * to_us)
        for quantity in "longest_us", "slice_us":
            if quantity in row:
                found.setdefault("%s/%s" % (name, quantity), []).append(row[quantity])
    return {name: spread(values) for name, values in found.items()}


_CONTROL = ("pause_us", "turn_us", "turn_us_when_full", "answer_ms_median", "answer_ms_p99", "answer_ms_max",
            "answers_over_5_ms", "unanswered", "listings_failed", "seconds_to_fill")


def of_control(document):
    found = {}
    for run in document:
        for quantity in _CONTROL:
            if run.get(quantity) is not None:
                found.setdefault("control/%s/%s" % (run["scenario"], quantity), []).append(run[quantity])
    return {name: spread(values) for name, values in found.items()}


def of_peers(document):
    numbers = {}
    for row in document.get("rates", []):
        case = "peers/F=%d" % row["fan_out"]
        for peer, summary in row["peers"].items():
            numbers["%s/%s_mpps" % (case, peer)] = of_summary(summary, 1e-6)
        for peer, summary in row["ratios"].items():
            numbers["%s/ratio to %s" % (case, peer)] = of_summary(summary)
        for peer, summary in row["added_ns"].items():
            numbers["%s/added to %s_ns" % (case, peer)] = of_summary(summary)
    for row in document.get("joins", []):
        case = "peers-joins/%d groups" % row["groups"]
        for peer, summary in row["peers"].items():
            numbers["%s/%s_mps" % (case, peer)] = of_summary(summary, 1e-6)
        for peer, summary in row["ratios"].items():
            numbers["%s/ratio to %s" % (case, peer)] = of_summary(summary)
    for peer, quantities in document.get("delays", {}).items():
        for quantity, summary in quantities.items():
            numbers["peers-delays/%s/%s" % (peer, quantity)] = of_summary(summary)
    return numbers


OF_SUITE = {"mcsbench": of_mcsbench, "mcsmicro": of_mcsmicro, "control": of_control, "peers-rates": of_peers,
            "peers-joins": of_peers, "peers-delays": of_peers}
