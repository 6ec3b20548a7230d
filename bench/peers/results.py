# SPDX-License-Identifier: BSD-3-Clause
"""Numbers from repetitions: minimum, median, maximum, ratios of pairs, and the table for people."""

import json
import math
import os
import statistics

# Egress of mcswitch against each peer, by fan-out: what the project wants to reach at 64 bytes and 100 groups.
RATE_LEVELS = {"ovs": {1: 2.0, 4: 10.0, 15: 14.0, 31: 14.0}, "ceiling": {4: 0.75, 15: 0.90, 31: 0.90}}


def interval(values):
    """Bounds of the median with at least 95 % confidence, whatever the distribution: the k-th smallest and the k-th
    largest value. None where there are too few (less than 6)."""
    ordered, count = sorted(values), len(values)
    below, best = 0.0, None
    for k in range(count // 2):
        below += math.comb(count, k) / 2 ** count
        if 2 * below > 0.05:
            break
        best = ordered[k], ordered[count - 1 - k]
    return best


def summary(values):
    bounds = interval(values)
    return {"n": len(values), "minimum": min(values), "median": statistics.median(values), "maximum": max(values),
            "low95": bounds[0] if bounds else None, "high95": bounds[1] if bounds else None}


def spread(s, scale=1.0, digits=1):
    """Median and range of a summary, for a table."""
    return "%.*f (%.*f to %.*f)" % (digits, s["median"] * scale, digits, s["minimum"] * scale, digits,
                                    s["maximum"] * scale)


def ratio_text(s):
    if s["low95"] is None:
        return "%.3f (%.3f to %.3f, %d pair%s)" % (s["median"], s["minimum"], s["maximum"], s["n"],
                                                 "" if s["n"] == 1 else "s")
    return "%.3f (95 %%: %.3f to %.3f, %d pairs)" % (s["median"], s["low95"], s["high95"], s["n"])


def rate_rows(runs):
    """`runs`: dictionaries with fan_out, round, peer, ingress, egress, share. One row for each fan-out."""
    rows = []
    for fan_out in sorted({run["fan_out"] for run in runs}):
        by_peer = {}
        for run in runs:
            if run["fan_out"] == fan_out:
                by_peer.setdefault(run["peer"], {})[run["round"]] = run
        row = {"fan_out": fan_out, "peers": {}, "ratios": {}, "added_ns": {}}
        ours = by_peer.get("mcswitch", {})
        for peer, rounds in by_peer.items():
            row["peers"][peer] = summary([run["egress"] for run in rounds.values()])
            row["peers"][peer]["least_share"] = min(run["share"] for run in rounds.values())
            pairs = [(ours[n], run) for n, run in sorted(rounds.items()) if n in ours]
            if peer == "mcswitch" or not pairs:
                continue
            level = RATE_LEVELS.get(peer, {}).get(fan_out)
            ratio = summary([a["egress"] / b["egress"] for a, b in pairs])
            row["ratios"][peer] = {**ratio, "level": level,
                                   "reached": None if level is None else ratio["median"] >= level}
            if peer.startswith("ceiling"):
                row["added_ns"][peer] = summary([1e9 / a["ingress"] - 1e9 / b["ingress"] for a, b in pairs])
        rows.append(row)
    return rows


def rate_lines(rows, usual_workload):
    """`usual_workload`: it is the one that the levels are for."""
    lines = ["%-6s %-10s %27s %5s  %s" % ("", "", "egress Mpps (range)", "core", "mcswitch against it, same round")]
    for row in rows:
        for peer, rates in row["peers"].items():
            text = ""
            ratio = row["ratios"].get(peer)
            if ratio:
                text = ratio_text(ratio)
                if peer in row["added_ns"]:
                    text += ", %.1f ns a frame added" % row["added_ns"][peer]["median"]
                if ratio["level"] and usual_workload:
                    text += "; level %g: %s" % (ratio["level"], "reached" if ratio["reached"] else "MISSED")
            lines.append("F=%-4d %-10s %27s %5.2f  %s" % (row["fan_out"], peer, spread(rates, 1e-6, 2),
                                                         rates["least_share"], text))
    lines.append("core: the least part of a run in which the worker had its core; rates are for the time it had it")
    return lines


def write_json(path, document):
    """Complete or not at all: a run that is broken off leaves the file of the step before."""
    draft = "%s.part" % path
    with open(draft, "w") as file:
        json.dump(document, file, indent=1)
        file.write("\n")
    os.replace(draft, path)
