# SPDX-License-Identifier: BSD-3-Clause
"""A chart of the rates: bars of medians in groups, with a line from the least to the greatest. SVG as text."""

import html
import math

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 720, 380, 60, 50, 50
_COLOURS = {"ceiling": "#9a9a9a", "ceiling+rx": "#c8c8c8", "mcswitch": "#1b6ca8", "ovs": "#d1712b", "bridge": "#5a8f3c"}


def _text(x, y, words, anchor="middle", size=12):
    return '<text x="%.1f" y="%.1f" text-anchor="%s" font-size="%d">%s</text>' % (x, y, anchor, size,
                                                                              html.escape(words))


def _rectangle(x, y, width, height, colour):
    return '<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>' % (x, y, width, height, colour)


def _ticks(most):
    """Round values from 0 to at least `most`."""
    power = 10 ** math.floor(math.log10(most))
    step = next(s * power for s in (0.2, 0.5, 1, 2, 5) if most / (s * power) <= 6)
    return [n * step for n in range(math.ceil(most / step) + 1)]


def rates(rows, title):
    """`rows` as results.rate_rows() makes them. Text of an SVG file."""
    peers = [peer for peer in _COLOURS if any(peer in row["peers"] for row in rows)]
    ticks = _ticks(max(s["maximum"] for row in rows for s in row["peers"].values()) / 1e6)
    floor = _HEIGHT - _BOTTOM

    def y(mpps):
        return floor - mpps / ticks[-1] * (floor - _TOP)
    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif">' % (_WIDTH, _HEIGHT),
           _rectangle(0, 0, _WIDTH, _HEIGHT, "white"), _text(_WIDTH / 2, 20, title, size=14)]
    for tick in ticks:
        out += [_rectangle(_LEFT, y(tick), _WIDTH - _LEFT - 10, 0.5, "#cccccc"),
                _text(_LEFT - 6, y(tick) + 4, "%g" % tick, "end")]
    group = (_WIDTH - _LEFT - 10) / len(rows)
    width = group * 0.8 / len(peers)
    for place, row in enumerate(rows):
        left = _LEFT + (place + 0.1) * group
        for number, peer in enumerate(peers):
            if peer not in row["peers"]:
                continue
            s = {key: row["peers"][peer][key] / 1e6 for key in ("minimum", "median", "maximum")}
            x = left + number * width
            out += [_rectangle(x, y(s["median"]), width * 0.9, floor - y(s["median"]), _COLOURS[peer]),
                    _rectangle(x + width * 0.45 - 0.5, y(s["maximum"]), 1, y(s["minimum"]) - y(s["maximum"]), "black"),
                    _text(x + width * 0.45, y(s["maximum"]) - 4, "%.3g" % s["median"], size=10)]
        out.append(_text(left + group * 0.4, floor + 16, "F=%d" % row["fan_out"]))
    for number, peer in enumerate(peers):
        x = _LEFT + 120 * number
        out += [_rectangle(x, _HEIGHT - 20, 12, 12, _COLOURS[peer]), _text(x + 18, _HEIGHT - 10, peer, "start")]
    out += [_text(_LEFT, _TOP - 12, "egress, million frames a second", "start"), "</svg>"]
    return "\n".join(out) + "\n"
