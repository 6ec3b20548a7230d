# SPDX-License-Identifier: BSD-3-Clause
"""The tables of README.md, made from the runs. Each function returns Markdown."""

import textwrap

import levels


def value_text(values, unit=""):
    """Median, and in brackets the interval where there is one."""
    shown = ["%.3f" % v if 0 < v < 1 else "%.3g" % v if v < 1000 else "%d" % round(v) for v in values]
    text = shown[0] + (" (%s to %s)" % tuple(shown[1:]) if len(values) == 3 and shown[1] != shown[2] else "")
    return text + (" " + unit if unit else "")


def table(heads, rows):
    lines = [heads, ["---"] * len(heads)] + [[str(cell) for cell in row] for row in rows]
    return "\n".join("| %s |" % " | ".join(line) for line in lines)


def machine_text(machine):
    return "%(cores)s cores of %(cpu)s, kernel %(kernel)s, %(compiler)s, DPDK %(dpdk)s, %(memory)s memory" % machine


def runs(found):
    lines = []
    for line in reversed(found.lines):
        lines.append([line["date"][:10], line["commit"], line["suite"], "`%s`" % line["command"],
                      len(line["numbers"]), line.get("note", "")])
    return table(["date", "commit", "suite", "command", "numbers", ""], lines)


def machines(found):
    """Each machine once, with the commits that were measured on it."""
    seen = {}
    for line in found.lines:
        commits = seen.setdefault(machine_text(line["machine"]), [])
        if line["commit"] not in commits:
            commits.append(line["commit"])
    return table(["machine", "commits"], [[machine, ", ".join(commits)] for machine, commits in seen.items()])


def reached(found):
    rows = []
    for what, bound, level, unit, (value, names) in levels.rows():
        run = found.having(*names)
        if run is None:
            rows.append([what, "%s %g %s" % (bound, level, unit), "", "", "not measured"])
            continue
        values = value(run["numbers"])
        is_reached = values[0] >= level if bound == levels.AT_LEAST else values[0] <= level
        rows.append([what, ("%s %g %s" % (bound, level, unit)).strip(), value_text(values, unit), run["commit"],
                     "reached" if is_reached else "**not reached**"])
    return table(["what", "level", "measured", "commit", ""], rows)


def cases(numbers, test):
    """Cases of a test, in their order."""
    return list(dict.fromkeys(name.split("/")[1] for name in numbers if name.startswith(test + "/")))


def _of_newest(found, test, columns, suite="mcsbench"):
    """A row for each case of a test; `columns`: title and quantity."""
    run = next(line for line in reversed(found.of_suite(suite)) if cases(line["numbers"], test))
    rows = []
    for case in cases(run["numbers"], test):
        values = [run["numbers"].get("%s/%s/%s" % (test, case, quantity)) for _, quantity in columns]
        rows.append([case] + [value_text(v) if v else "" for v in values])
    return "Commit %s.\n\n%s" % (run["commit"], table([""] + [title for title, _ in columns], rows))


def rates(test):
    columns = [("ceiling, Mpps", "ceiling_mpps"), ("mcswitch, Mpps", "mcswitch_mpps"), ("ratio", "ratio"),
               ("added ns a frame", "added_ns")]
    return lambda found: _of_newest(found, test, columns)


def comparison(test):
    columns = [("without, Mpps", "without_mpps"), ("with, Mpps", "with_mpps"), ("ratio", "ratio")]
    return lambda found: _of_newest(found, test, columns)


def latency(test):
    columns = [("p50, ns", "p50_ns"), ("p99", "p99_ns"), ("p99.9", "p999_ns"), ("maximum", "maximum_ns")]
    return lambda found: _of_newest(found, test, columns)


def join_delay(test):
    return lambda found: _of_newest(found, test, [("ns", "join_delay_ns")])


def leave_delay(found):
    return _of_newest(found, "leave-delay", [("ns", "leave_delay_ns"), ("beyond Last Member Query Time", "excess_ns")])


def reports(found):
    return _of_newest(found, "reports", [("new joins, M/s", "new_joins_mps"), ("refreshes, M/s", "refreshes_mps")])


def leaves(found):
    return _of_newest(found, "leaves", [("pruned, M/s", "leaves_mps"), ("lost", "lost")])


def capacity(found):
    return _of_newest(found, "capacity", [("groups taken", "groups"), ("forwarded", "forwarded")])


PEERS = [("ceiling", "ceiling"), ("ceiling that asks its sinks for frames too", "ceiling+rx"), ("mcswitch", "mcswitch"),
         ("Open vSwitch with DPDK", "ovs"), ("Linux bridge", "bridge")]
FAN_OUTS = 1, 4, 15, 31


def peers_run(found):
    """The newest run with all peers."""
    return found.having(*["peers/F=%d/%s_mpps" % (fan_out, peer) for fan_out in FAN_OUTS for _, peer in PEERS])


def peers(found):
    run = peers_run(found)
    rows = [[words] + [value_text(run["numbers"]["peers/F=%d/%s_mpps" % (fan_out, peer)]) for fan_out in FAN_OUTS]
            for words, peer in PEERS]
    return "Commit %s.\n\n%s" % (run["commit"], table([""] + ["F=%d" % fan_out for fan_out in FAN_OUTS], rows))


def peers_joins(found):
    run = next(line for line in reversed(found.lines) if cases(line["numbers"], "peers-joins"))
    rows = [[name.split("/", 1)[1], value_text(values)] for name, values in run["numbers"].items()
            if name.startswith("peers-joins/")]
    return "Commit %s.\n\n%s" % (run["commit"], table(["", "M/s, or ratio"], rows))


def peers_delays(found):
    rows, commits = [], []
    for peer in "mcswitch", "bridge", "ovs":
        names = ["peers-delays/%s/%s" % (peer, quantity) for quantity in ("join_us", "busy_join_us", "leave_us",
                                                                          "stream_us")]
        run = found.having(names[0])
        if run:
            rows.append([peer, run["commit"]] + [value_text(run["numbers"][name]) if name in run["numbers"] else ""
                                                 for name in names])
            commits.append(run["commit"])
    return table(["us", "commit", "join to first frame", "the same beside another stream", "fast leave to last frame",
                  "delay of the stream"], rows)


def two_workers(found):
    run = next(line for line in reversed(found.lines) if cases(line["numbers"], "two-workers"))
    return _of_newest(found, "two-workers", [("one worker, Mpps", "one_mpps"), ("two workers, Mpps", "two_mpps"),
                                             ("ratio", "ratio")], run["suite"])


_TREND = [("added ns, F=1", "aggregated/F=1, 100 groups/added_ns"), ("ratio, F=4", "aggregated/F=4, 100 groups/ratio"),
          ("F=31", "aggregated/F=31, 100 groups/ratio"), ("1 M groups, F=4", "matrix/F=4, 1000000 groups/ratio"),
          ("10 % unicast", "mixed/10 % unicast/ratio"), ("refreshes, M/s", "reports/100000 groups/refreshes_mps"),
          ("joins, M/s", "reports/100000 groups/new_joins_mps"),
          ("storm, 100 k", "storm/same worker, 100 k groups/ratio")]


def trend(found):
    rows = []
    for run in found.of_suite("mcsbench"):
        numbers = run["numbers"]
        rows.append([run["date"][:10], run["commit"]] + ["%.3g" % numbers[name][0] if name in numbers else ""
                                                         for _, name in _TREND])
    return table(["date", "commit"] + [title for title, _ in _TREND], rows)


def headline_rates(found):
    """For the first page: two digits."""
    run = peers_run(found)
    words = {"ceiling": "what the devices allow: no parsing, no lookup", "mcswitch": "mcswitch",
             "ovs": "Open vSwitch with DPDK", "bridge": "Linux bridge"}
    rows = [[words[peer]] + ["%.1f" % v if v < 10 else "%d" % round(v) for v in (
        run["numbers"]["peers/F=%d/%s_mpps" % (fan_out, peer)][0] for fan_out in FAN_OUTS)] for peer in words]
    return "%s\n\nCommit %s." % (table([""] + ["F=%d" % fan_out for fan_out in FAN_OUTS], rows), run["commit"])


def headline_text(found):
    reports_run = found.having("reports/100000 groups/new_joins_mps", "reports/100000 groups/refreshes_mps")
    sources_run = found.having("sources/INCLUDE, F=1, 100 groups/ratio")

    def ratios(groups):
        values = [v[0] for name, v in sources_run["numbers"].items()
                  if name.startswith("sources/") and name.endswith(", %d groups/ratio" % groups)]
        return "%.2f to %.2f" % (min(values), max(values))
    text = ("%.0f million new joins and %.0f million refreshing reports a second with host tracking on (commit %s); "
            "source-filtered groups at %s of the rate without sources (100 groups; %s with 10,000; commit %s)." % (
                reports_run["numbers"]["reports/100000 groups/new_joins_mps"][0],
                reports_run["numbers"]["reports/100000 groups/refreshes_mps"][0], reports_run["commit"],
                ratios(100), ratios(10000), sources_run["commit"]))
    return textwrap.fill(text, 118)


BLOCKS = {
    "runs": runs, "machines": machines, "levels": reached, "trend": trend, "aggregated": rates("aggregated"),
    "matrix": rates("matrix"), "sizes": rates("sizes"), "mixed": rates("mixed"), "sources": comparison("sources"),
    "storm": comparison("storm"), "latency": latency("latency"), "load-latency": latency("load-latency"),
    "join-delay": join_delay("join-delay"), "load-join-delay": join_delay("load-join-delay"),
    "leave-delay": leave_delay, "capacity": capacity, "reports": reports, "leaves": leaves, "peers": peers,
    "peers-joins": peers_joins, "peers-delays": peers_delays, "two-workers": two_workers,
    "headline-rates": headline_rates, "headline-text": headline_text,
}
