"""Pies, bars and ranges as SVG, 340 units wide. The same drawing stands in the page and in the PDF. Text is escaped here."""

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from math import cos, pi, sin

COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8c6bb1", "#b8a800")
"""Okabe and Ito's palette, told apart by colour-blind readers too, and two more."""

REST = "#a9b4bc"
"""Colour of `other` and `unknown`."""

SHADES = (1.0, 0.66, 0.4, 0.2)
"""Opacity of the bars of train, tune, test and external."""

WIDTH = 340
_INK, _SOFT, _LINE = "#17242e", "#5a6b78", "#dde4ea"
_DARK_FILLS = ("#0072b2", "#009e73", "#d55e00", "#8c6bb1")
_NAME, _FIGURE = 124, 56
_PITCH = 12
_LABELLED_SHARE = 0.08
_LONGEST_NAME = 17

Words = Callable[[float], str]


@dataclass(frozen=True)
class Bars:
    """Counts of one value in each part."""

    name: str
    counts: tuple[int, ...]
    colour: str


@dataclass(frozen=True)
class Range:
    """Five quantiles of a number: 5, 25, 50, 75 and 95 %, or as the caption says."""

    name: str
    quantiles: tuple[float, float, float, float, float]
    colour: str


def pies(parts: Sequence[str], totals: Sequence[str], rows: Sequence[Bars], percent: Words) -> str:
    """One pie for each part, side by side, its size of sample beneath it."""
    step = WIDTH / max(len(parts), 1)
    radius = min(52.0, step / 2 - 4)
    shapes = []
    for place, (part, total) in enumerate(zip(parts, totals, strict=True)):
        centre = (step * (place + 0.5), radius + 4)
        shapes += _pie(centre, radius, [(row.name, row.counts[place], row.colour) for row in rows], percent)
        shapes.append(_text(centre[0], 2 * radius + 22, part, anchor="middle", bold=True))
        shapes.append(_text(centre[0], 2 * radius + 36, f"n = {total}", anchor="middle", soft=True, size=10))
    return _svg(2 * radius + 42, shapes)


def bars(rows: Sequence[Bars], totals: Sequence[int], percent: Words) -> str:
    """One group of bars for each value, from 0 to the largest share; a bar for each part, from the top."""
    shares = [[count / max(total, 1) for count, total in zip(row.counts, totals, strict=True)] for row in rows]
    largest = max((share for row in shares for share in row), default=0) or 1
    room, shapes, y = WIDTH - _NAME - _FIGURE, [], 2.0
    for row, values in zip(rows, shares, strict=True):
        shapes.append(f'<rect x="0" y="{y + 1.5:g}" width="8" height="8" rx="1.5" fill="{row.colour}"/>')
        lines = _wrapped(row.name, max(len(values), 1))
        shapes += [_text(13, y + 9.2 + line * _PITCH, text, tip=row.name, size=10.5) for line, text in enumerate(lines)]
        for place, share in enumerate(values):
            top = y + place * _PITCH
            shade = SHADES[min(place, len(SHADES) - 1)]
            long = max(room * share / largest, 0.8)
            shapes.append(
                f'<rect x="{_NAME}" y="{top:g}" width="{long:.1f}" height="{_PITCH - 2}" rx="1" fill="{row.colour}" '
                f'fill-opacity="{shade}"/>'
            )
            shapes.append(_text(_NAME + long + 5, top + 8.6, percent(share), soft=place > 0, size=9.5))
        y += len(values) * _PITCH + 7
    return _svg(y - 3, shapes)


def ranges(rows: Sequence[Range], number: Words) -> str:
    """One line for each value: a thin line from the outer quantiles, a bar between the quartiles, a mark at the median."""
    low = min(row.quantiles[0] for row in rows)
    high = max(row.quantiles[4] for row in rows)
    span = (high - low) or 1.0
    left, room = _NAME, WIDTH - _NAME - 46
    shapes, y = [], 4.0

    def at(value: float) -> float:
        return left + room * (value - low) / span

    for row in rows:
        first, lower, median, upper, last = (at(value) for value in row.quantiles)
        shapes += [
            _text(0, y + 9.5, row.name, tip=row.name),
            f'<line x1="{first:.1f}" x2="{last:.1f}" y1="{y + 6:g}" y2="{y + 6:g}" stroke="{row.colour}" stroke-width="1.4"/>',
            f'<rect x="{lower:.1f}" y="{y:g}" width="{max(upper - lower, 1.5):.1f}" height="12" rx="2" fill="{row.colour}" '
            'fill-opacity="0.45"/>',
            f'<line x1="{median:.1f}" x2="{median:.1f}" y1="{y - 1:g}" y2="{y + 13:g}" stroke="{row.colour}" '
            'stroke-width="2.6"/>',
            _text(WIDTH, y + 9.5, number(row.quantiles[2]), anchor="end", bold=True, size=10.5),
        ]
        y += 22
    shapes.append(f'<line x1="{left}" x2="{left + room}" y1="{y:g}" y2="{y:g}" stroke="{_LINE}"/>')
    shapes.append(_text(left, y + 13, number(low), soft=True, size=9.5))
    shapes.append(_text(left + room, y + 13, number(high), anchor="end", soft=True, size=9.5))
    return _svg(y + 17, shapes)


def _wrapped(name: str, most: int) -> list[str]:
    """A name on at most that many lines, broken between words and after underscores."""
    wrapped = textwrap.wrap(name.replace("_", "_ "), _LONGEST_NAME, break_long_words=False) or [name]
    lines = [line.replace("_ ", "_") for line in wrapped]
    return lines if len(lines) <= most else [*lines[: most - 1], " ".join(lines[most - 1:])]


def _pie(
    centre: tuple[float, float], radius: float, slices: Sequence[tuple[str, int, str]], percent: Words
) -> list[str]:
    total, start, shapes, labels = sum(count for _, count, _ in slices), 0.0, [], []
    for name, count, colour in slices:
        if not count:
            continue
        share = count / total
        tip = f"<title>{escape(name)}: {escape(percent(share))}</title>"
        if share > 0.9999:
            shapes.append(f'<circle cx="{centre[0]:.2f}" cy="{centre[1]:.2f}" r="{radius:g}" fill="{colour}">{tip}</circle>')
        else:
            (x0, y0), (x1, y1) = _on(centre, radius, start), _on(centre, radius, start + share)
            shapes.append(
                f'<path d="M{centre[0]:.2f} {centre[1]:.2f}L{x0:.2f} {y0:.2f}A{radius:g} {radius:g} 0 {int(share > 0.5)} 1 '
                f'{x1:.2f} {y1:.2f}Z" fill="{colour}" stroke="#fff" stroke-width="1">{tip}</path>'
            )
        if share >= _LABELLED_SHARE:
            x, y = _on(centre, radius * (0.62 if share < 0.9999 else 0), start + share / 2)
            fill = "#fff" if colour in _DARK_FILLS else _INK
            labels.append(_text(x, y + 3.5, f"{100 * share:.0f}", anchor="middle", bold=True, size=10.5, fill=fill))
        start += share
    return shapes + labels


def _on(centre: tuple[float, float], radius: float, turn: float) -> tuple[float, float]:
    """Point of a circle, from 12 o'clock with the clock."""
    return centre[0] + radius * sin(2 * pi * turn), centre[1] - radius * cos(2 * pi * turn)


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", bold: bool = False, soft: bool = False, size: float = 11,
    fill: str = "", tip: str = "",
) -> str:
    colour = fill or (_SOFT if soft else _INK)
    shown = text if len(text) <= _LONGEST_NAME or not tip else text[: _LONGEST_NAME - 1] + "…"
    title = f"<title>{escape(tip)}</title>" if shown != text else ""
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size:g}" fill="{colour}"{weight}>'
        f"{escape(shown)}{title}</text>"
    )


def _svg(height: float, shapes: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" height="{height:.0f}" '
        f'font-family="Noto Sans">{"".join(shapes)}</svg>'
    )
