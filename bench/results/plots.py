# SPDX-License-Identifier: BSD-3-Clause
"""Plots as SVG: bars over names, or lines over numbers, each value with a whisker for its interval."""

import html
import math

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 800, 440, 80, 780, 74, 390
# The palette of Okabe and Ito: readable with colour blindness, too.
_COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"]


def _number(value):
    for unit, name in (1e9, " G"), (1e6, " M"), (1e3, " k"):
        if value >= unit * 10 or (value >= unit and unit > 1e3):
            return "%.3g%s" % (value / unit, name)
    return "%.4g" % value


class _Axis:
    def __init__(self, values, is_log, start, end):
        self._is_log, self._start, self._end = is_log, start, end
        if is_log:
            low, high = math.floor(math.log10(min(values)) + 1e-9), math.ceil(math.log10(max(values)) - 1e-9)
            self._low, self._high = low, max(high, low + 1)
            self.ticks = [10.0 ** n for n in range(self._low, self._high + 1)]
            return
        most = max(values)
        power = 10.0 ** math.floor(math.log10(most))
        step = next(s * power for s in (0.1, 0.2, 0.5, 1, 2, 5) if most / (s * power) <= 7)
        count = math.ceil(most / step - 1e-9)
        self._low, self._high = 0, count * step
        self.ticks = [n * step for n in range(count + 1)]

    def at(self, value):
        place = math.log10(value) if self._is_log else value
        return self._start + (place - self._low) / (self._high - self._low) * (self._end - self._start)


def _line(x1, y1, x2, y2, colour, width=1):
    return '<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="%g"/>' % (x1, y1, x2, y2, colour,
                                                                                         width)


def _text(x, y, words, anchor="middle", more=""):
    return '<text x="%.1f" y="%.1f" text-anchor="%s"%s>%s</text>' % (x, y, anchor, more, html.escape(words))


def _rectangle(x, y, width, height, colour):
    return '<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>' % (x, y, width, height, colour)


def _whisker(x, axis, values, colour):
    if len(values) == 1 or abs(axis.at(values[1]) - axis.at(values[2])) < 0.5:
        return []
    low, high = axis.at(values[1]), axis.at(values[2])
    return [_line(x, low, x, high, colour, 1.5), _line(x - 5, low, x + 5, low, colour, 1.5),
            _line(x - 5, high, x + 5, high, colour, 1.5)]


def _frame(title, y_label, x_label, names, axis):
    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13" '
           'fill="#222222">' % (_WIDTH, _HEIGHT), _rectangle(0, 0, _WIDTH, _HEIGHT, "#ffffff"),
           _text(_LEFT, 26, title, "start", ' font-size="16" font-weight="bold"')]
    for tick in axis.ticks:
        out += [_line(_LEFT, axis.at(tick), _RIGHT, axis.at(tick), "#dddddd"),
                _text(_LEFT - 8, axis.at(tick) + 4, _number(tick), "end")]
    middle = (_TOP + _BOTTOM) / 2
    out += [_line(_LEFT, _TOP, _LEFT, _BOTTOM, "#222222"), _line(_LEFT, _BOTTOM, _RIGHT, _BOTTOM, "#222222"),
            _text((_LEFT + _RIGHT) / 2, _HEIGHT - 6, x_label),
            _text(20, middle, y_label, "middle", ' transform="rotate(-90 20 %.1f)"' % middle)]
    x = _LEFT
    for place, name in enumerate(names):
        out += [_rectangle(x, 44, 12, 12, _COLOURS[place]), _text(x + 18, 55, name, "start")]
        x += 40 + 7.5 * len(name)
    return out


def _all_values(series):
    return [v for values in series.values() for value in values if value for v in value]


def bars(title, y_label, names, series):
    """`series`: {name: [[median, low, high] for each of `names`; None: nothing]}."""
    axis = _Axis(_all_values(series), False, _BOTTOM, _TOP)
    out = _frame(title, y_label, "", series, axis)
    group = (_RIGHT - _LEFT) / len(names)
    width = min(group * 0.8 / len(series), 80)
    for number, name in enumerate(names):
        middle = _LEFT + group * (number + 0.5)
        first, _, rest = name.partition(", ")
        out += [_text(middle, _BOTTOM + 18, first)] + ([_text(middle, _BOTTOM + 34, rest)] if rest else [])
        for place, values in enumerate(series.values()):
            if values[number]:
                left, top = middle - width * len(series) / 2 + width * place, axis.at(values[number][0])
                out.append(_rectangle(left + 1, top, width - 2, _BOTTOM - top, _COLOURS[place]))
                out += _whisker(left + width / 2, axis, values[number], "#222222")
    return "\n".join(out + ["</svg>", ""])


def curves(title, y_label, x_label, places, series, log_x=False, log_y=False):
    """`series`: {name: [[median, low, high] for each of `places`]}."""
    axis = _Axis(_all_values(series), log_y, _BOTTOM, _TOP)
    across = _Axis(places, log_x, _LEFT, _RIGHT)
    out = _frame(title, y_label, x_label, series, axis)
    for tick in across.ticks:
        out += [_line(across.at(tick), _BOTTOM, across.at(tick), _BOTTOM + 5, "#222222"),
                _text(across.at(tick), _BOTTOM + 18, _number(tick))]
    for place, values in enumerate(series.values()):
        points = [(across.at(x), value) for x, value in zip(places, values) if value]
        for (x1, one), (x2, two) in zip(points, points[1:]):
            out.append(_line(x1, axis.at(one[0]), x2, axis.at(two[0]), _COLOURS[place], 2))
        for x, value in points:
            out += _whisker(x, axis, value, _COLOURS[place])
            out.append('<circle cx="%.1f" cy="%.1f" r="4" fill="%s"/>' % (x, axis.at(value[0]), _COLOURS[place]))
    return "\n".join(out + ["</svg>", ""])
