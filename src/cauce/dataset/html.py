"""Pieces of an HTML page that needs no other file: tables, bars, pictures. All text is escaped here."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8c6bb1", "#b8a800", "#5d6d7e", "#a04000")
"""Okabe and Ito's palette, told apart by colour-blind readers too, and four more."""

_LABELLED_PERCENT = 9.0

_STYLE = """
:root { --ink: #17242e; --soft: #5a6b78; --line: #dde4ea; --tint: #f4f7f9; --river: #0b4f6c; }
* { box-sizing: border-box; }
body { margin: 0; background: #fff; color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
header { background: var(--river); color: #fff; padding: 28px 0 24px; }
header h1 { margin: 0 0 4px; font-size: 28px; } header p { margin: 0; opacity: .85; max-width: 80ch; }
.page { max-width: 1120px; margin: 0 auto; padding: 0 28px; }
.tiles { display: flex; gap: 12px; margin: 22px 0 8px; flex-wrap: wrap; }
.tile { flex: 1 1 130px; background: var(--tint); border: 1px solid var(--line); border-radius: 8px; padding: 12px 16px; }
.tile b { display: block; font-size: 24px; line-height: 1.2; } .tile span { color: var(--soft); font-size: 13px; }
.good b { color: #00704f; } .bad b { color: #b3261e; }
h2 { font-size: 19px; margin: 34px 0 10px; border-bottom: 2px solid var(--line); padding-bottom: 4px; }
h3 { font-size: 15px; margin: 18px 0 6px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 14px; }
th, td { text-align: left; padding: 5px 10px; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; } td.n, th.n { text-align: right; }
.note { color: var(--soft); font-size: 13px; margin: 6px 0; max-width: 100ch; }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(430px, 1fr)); gap: 8px 36px; }
.bar { display: flex; align-items: center; gap: 10px; margin: 5px 0; }
.bar i { width: 52px; font-style: normal; font-size: 13px; color: var(--soft); text-align: right; }
.track { flex: 1; display: flex; height: 22px; border-radius: 4px; overflow: hidden; background: var(--tint); }
.track span { display: block; color: #fff; font-size: 12px; line-height: 22px; text-align: center; overflow: hidden; }
.bar em { width: 64px; font-style: normal; font-size: 12px; color: var(--soft); }
.legend { font-size: 13px; margin: 4px 0 0 62px; } .legend span { margin-right: 14px; white-space: nowrap; }
.legend i { display: inline-block; width: 11px; height: 11px; border-radius: 2px; margin-right: 5px; }
figure { margin: 0 0 14px; } figure img { width: 100%; border-radius: 6px; display: block; background: #000; }
figcaption { font-size: 13px; color: var(--soft); margin-bottom: 5px; }
footer { color: var(--soft); font-size: 12px; margin: 40px 0 30px; } code { font-size: 13px; }
@media print { header { color: #000; background: none; } h2, figure, table { break-inside: avoid; } }
"""


@dataclass(frozen=True)
class Bar:
    """One stacked bar: its name, how many it stands for, and the count of each value."""

    name: str
    total: int
    counts: dict[str, int]


def page(title: str, lead: str, body: str) -> str:
    """A whole page."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head><body>'
        f'<header><div class="page"><h1>{escape(title)}</h1><p>{escape(lead)}</p></div></header>'
        f'<main class="page">{body}</main></body></html>\n'
    )


def tiles(entries: Sequence[tuple[str, str, str]]) -> str:
    """Key figures: (figure, what it is, "", "good" or "bad")."""
    inner = "".join(
        f'<div class="tile {kind}"><b>{escape(figure)}</b><span>{escape(what)}</span></div>' for figure, what, kind in entries
    )
    return f'<div class="tiles">{inner}</div>'


def table(header: Sequence[str], rows: Sequence[Sequence[str | int]], *, numeric: Sequence[int] = ()) -> str:
    """A table; the columns at the positions `numeric` stand right."""

    def line(tag: str, cells: Sequence[str | int]) -> str:
        marks = ("class='n'" if place in numeric else "" for place in range(len(cells)))
        inner = "".join(f"<{tag} {mark}>{escape(str(cell))}</{tag}>" for cell, mark in zip(cells, marks, strict=True))
        return f"<tr>{inner}</tr>"

    return f"<table>{line('th', header)}{''.join(line('td', row) for row in rows)}</table>"


def note(text: str) -> str:
    """A remark in small grey letters."""
    return f'<p class="note">{escape(text)}</p>'


def bars(title: str, entries: Sequence[Bar], *, order: Sequence[str] = ()) -> str:
    """Stacked bars of 100 % with one legend; values in `order`, or the most frequent first."""
    totals: dict[str, int] = {}
    for entry in entries:
        for value, count in entry.counts.items():
            totals[value] = totals.get(value, 0) + count
    values = [*order, *sorted(set(totals) - set(order), key=lambda value: (-totals[value], value))]
    colour = {value: COLOURS[place % len(COLOURS)] for place, value in enumerate(values)}
    lines = "".join(_bar(entry, values, colour) for entry in entries)
    legend = "".join(f'<span><i style="background:{colour[value]}"></i>{escape(value)}</span>' for value in values)
    return f'<div><h3>{escape(title)}</h3>{lines}<div class="legend">{legend}</div></div>'


def _bar(entry: Bar, values: Sequence[str], colour: dict[str, str]) -> str:
    segments = ""
    for value in values:
        percent = 100 * entry.counts.get(value, 0) / max(entry.total, 1)
        if percent:
            text = f"{percent:.0f} %" if percent >= _LABELLED_PERCENT else ""
            tip = escape(f"{value}: {entry.counts[value]} ({percent:.1f} %)", quote=True)
            segments += f'<span style="width:{percent:.3f}%;background:{colour[value]}" title="{tip}">{text}</span>'
    return f'<div class="bar"><i>{escape(entry.name)}</i><div class="track">{segments}</div><em>n = {entry.total}</em></div>'


def contact_sheet(caption: str, pictures: NDArray[np.uint8], *, columns: int = 9) -> str:
    """Pictures (n, size, size) as one image of rows of `columns`."""
    import PIL.Image

    count, size = pictures.shape[0], pictures.shape[1]
    rows = -(-count // columns)
    sheet = np.zeros((rows * columns, size, size), dtype=np.uint8)
    sheet[:count] = pictures
    grid = sheet.reshape(rows, columns, size, size).transpose(0, 2, 1, 3).reshape(rows * size, columns * size)
    stream = io.BytesIO()
    PIL.Image.fromarray(grid).save(stream, "PNG", optimize=True)
    data = base64.b64encode(stream.getvalue()).decode("ascii")
    text = escape(caption, quote=True)
    return f'<figure><figcaption>{text}</figcaption><img alt="{text}" src="data:image/png;base64,{data}"></figure>'
