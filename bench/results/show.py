#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Makes the tables of the READMEs and the plots from runs.jsonl.

    bench/results/show.py             # writes what differs
    bench/results/show.py --check     # names what differs, and fails if anything does

A table stands between `<!-- runs: NAME -->` and `<!-- end -->`; tables.py has the names. Plots are in plots/."""

import argparse
import pathlib
import re
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))

import plots  # noqa: E402
import runs  # noqa: E402
import tables  # noqa: E402

PAGES = [HERE / "README.md", ROOT / "README.md"]
_BLOCK = re.compile(r"<!-- runs: ([a-z-]+) -->\n.*?<!-- end -->", re.S)


def page(text, found):
    """A page with its tables as they should be."""
    def block(match):
        if match.group(1) not in tables.BLOCKS:
            raise SystemExit("tables.py has no %s" % match.group(1))
        return "<!-- runs: %s -->\n%s\n<!-- end -->" % (match.group(1), tables.BLOCKS[match.group(1)](found))
    return _BLOCK.sub(block, text)


def _newest(found, test):
    return next(line["numbers"] for line in reversed(found.lines) if tables.cases(line["numbers"], test))


def _series(numbers, test, cases, quantities):
    return {title: [numbers.get("%s/%s/%s" % (test, case, quantity)) for case in cases]
            for title, quantity in quantities}


def _rates(found, test, title):
    numbers = _newest(found, test)
    cases = tables.cases(numbers, test)
    return plots.bars(title, "million frames sent a second", cases, _series(
        numbers, test, cases, [("ceiling", "ceiling_mpps"), ("mcswitch", "mcswitch_mpps")]))


def _first_numbers(cases):
    return [float(re.search(r"[\d.]+", case.partition(", ")[2] or case).group()) for case in cases]


def _latency(found, test, title, x_label):
    numbers = _newest(found, test)
    cases = [case for case in tables.cases(numbers, test) if case.endswith(", port 1")]
    places = [float(re.search(r"\d+", case).group()) for case in cases]
    return plots.curves(title, "nanoseconds", x_label, places, _series(
        numbers, test, cases, [("p50", "p50_ns"), ("p99", "p99_ns"), ("p99.9", "p999_ns"), ("max", "maximum_ns")]),
        log_y=True)


def _matrix(found):
    numbers = _newest(found, "matrix")
    cases = tables.cases(numbers, "matrix")
    return plots.curves("Scaled group forwarding matrix, 64 bytes, F=4", "share of the ceiling", "groups",
                        _first_numbers(cases), _series(numbers, "matrix", cases, [("mcswitch", "ratio")]), log_x=True)


def _mixed(found):
    numbers = _newest(found, "mixed")
    cases = tables.cases(numbers, "mixed")
    return plots.curves("Mixed class throughput, 64 bytes, multicast to 4 ports", "million frames sent a second",
                        "per cent known unicast", [float(case.split()[0]) for case in cases], _series(
                            numbers, "mixed", cases, [("ceiling", "ceiling_mpps"), ("mcswitch", "mcswitch_mpps")]))


def _join_delay(found):
    numbers = _newest(found, "join-delay")
    cases = tables.cases(numbers, "join-delay")
    rates = [1e6 / float(re.search(r"[\d.]+", case).group()) for case in cases]
    return plots.curves("Group join delay", "nanoseconds", "frames a second", rates, _series(
        numbers, "join-delay", cases, [("report to first frame", "join_delay_ns")]), log_x=True, log_y=True)


def _storm(found):
    numbers = _newest(found, "storm")
    cases = tables.cases(numbers, "storm")
    return plots.bars("A stream while 1 M reports/s arrive", "million frames sent a second", cases, _series(
        numbers, "storm", cases, [("without", "without_mpps"), ("with", "with_mpps")]))


def _peers(found):
    numbers = tables.peers_run(found)["numbers"]
    cases = ["F=%d" % fan_out for fan_out in tables.FAN_OUTS]
    return plots.bars("100 groups, 64 bytes, one worker core", "million frames sent a second", cases, _series(
        numbers, "peers", cases, [(peer, peer + "_mpps") for _, peer in tables.PEERS]))


PLOTS = {
    "aggregated": lambda found: _rates(found, "aggregated", "Aggregated multicast throughput, 64 bytes"),
    "sizes": lambda found: _rates(found, "sizes", "Throughput by frame size, 100 groups, F=4"),
    "matrix": _matrix, "mixed": _mixed, "join-delay": _join_delay, "storm": _storm, "peers": _peers,
    "latency": lambda found: _latency(found, "latency", "Forwarding latency, first egress port", "load, per cent"),
    "load-latency": lambda found: _latency(found, "load-latency", "Latency under load, first egress port",
                                           "load of another port, per cent"),
}


def wanted(found):
    """{path: text} of everything that is made from the runs."""
    texts = {path: page(path.read_text(), found) for path in PAGES}
    texts.update({HERE / "plots" / (name + ".svg"): plot(found) for name, plot in PLOTS.items()})
    return texts


def write(found):
    """Names of the files that changed."""
    changed = []
    for path, text in wanted(found).items():
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            changed.append(str(path.relative_to(ROOT)))
    return changed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    found = runs.Runs(runs.load())
    if not options.check:
        print("\n".join(write(found)) or "nothing changed")
        return 0
    stale = [path for path, text in wanted(found).items() if not path.exists() or path.read_text() != text]
    for path in stale:
        print("%s is not as runs.jsonl has it: bench/results/show.py" % path.relative_to(ROOT))
    print("results: %d runs, %d files differ" % (len(found.lines), len(stale)))
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
