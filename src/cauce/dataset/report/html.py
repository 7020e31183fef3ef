"""A document as one page that needs no other file, for a screen of any width. All text is escaped here."""

import base64
from collections.abc import Sequence
from html import escape

from cauce.dataset.report.document import Chart, Charts, Document, Note, Part, Picture, Section, Table, Tile, Verdict

STYLE = """
:root { --ink: #17242e; --soft: #5a6b78; --line: #dde4ea; --tint: #f4f7f9; --river: #0b4f6c; --good: #00704f; --bad: #b3261e; }
* { box-sizing: border-box; }
body { margin: 0; background: #fff; color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
header { background: var(--river); color: #fff; padding: 26px 0 22px; }
header small { font-size: 14px; opacity: .8; } header h1 { margin: 0 0 4px; font-size: 28px; line-height: 1.2; }
header p { margin: 0; opacity: .88; max-width: 80ch; }
.page { max-width: 1120px; margin: 0 auto; padding: 0 28px; }
.tiles { display: grid; grid-template-columns: repeat(6, 1fr); gap: 10px; margin: 20px 0 6px; }
.tile { background: var(--tint); border: 1px solid var(--line); border-top: 4px solid #b9c6cf; border-radius: 6px;
  padding: 9px 13px; }
.tile b { display: block; font-size: 25px; line-height: 1.2; }
.tile span { display: block; font-weight: 600; font-size: 13.5px; }
.tile small { display: block; color: var(--soft); font-size: 12.5px; line-height: 1.35; overflow-wrap: anywhere; }
.tile.good { border-top-color: var(--good); } .tile.good b { color: var(--good); }
.tile.bad { border-top-color: var(--bad); background: #fdf4f3; } .tile.bad b { color: var(--bad); }
h2 { font-size: 19px; margin: 32px 0 10px; border-bottom: 2px solid var(--line); padding-bottom: 4px; }
h3 { font-size: 14.5px; margin: 14px 0 6px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 14px; }
th, td { text-align: left; padding: 5px 12px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; } td.n, th.n { text-align: right; white-space: nowrap; padding: 5px 0 5px 14px; }
td.n + td:not(.n), th.n + th:not(.n) { padding-left: 18px; }
td.c { overflow-wrap: anywhere; font-size: 13px; } tr.strong td { font-weight: 700; }
.note { color: var(--soft); font-size: 13px; margin: 6px 0; max-width: 105ch; }
.verdict { border-left: 5px solid var(--soft); background: var(--tint); padding: 9px 14px; margin: 8px 0; font-weight: 600; }
.verdict.good { border-color: var(--good); background: #eef8f4; }
.verdict.bad { border-color: var(--bad); background: #fdf4f3; }
.charts { columns: 3; column-gap: 40px; } .chart { break-inside: avoid; padding-bottom: 20px; }
.charts.pairs { columns: auto; display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 4px 56px; }
.chart h3 { margin: 0 0 8px; } .chart svg { width: 100%; max-width: 460px; height: auto; display: block; }
.chart svg, .chart svg text { font-family: inherit; } .chart .note { margin: 2px 0 0; font-size: 12px; }
figure { margin: 0 0 14px; } figure img { max-width: 100%; display: block; }
figcaption { font-size: 13.5px; margin-bottom: 5px; }
footer { color: var(--soft); font-size: 12.5px; margin: 30px 0; }
@media (max-width: 980px) { .charts { columns: 2; }
  .tiles { grid-template-columns: repeat(3, 1fr); } }
@media (max-width: 680px) { .page { padding: 0 16px; } .charts { columns: 1; }
  .charts.pairs { grid-template-columns: minmax(0, 1fr); }
  .tiles { grid-template-columns: repeat(2, 1fr); } header h1 { font-size: 23px; } .chart svg { max-width: none; } }
@media print { header { color: #000; background: none; padding: 0; } h2, figure, tr, .chart { break-inside: avoid; } }
"""


def page(document: Document) -> str:
    """The whole page."""
    body = f'<div class="tiles">{"".join(_tile(tile) for tile in document.tiles)}</div>'
    body += "".join(_section(section) for section in document.sections)
    return (
        f'<!doctype html>\n<html lang="{document.language}"><head><meta charset="utf-8">'
        f"<title>{escape(document.title)}: {escape(document.name)}</title>"
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head><body>'
        f'<header><div class="page"><small>{escape(document.title)}</small><h1>{escape(document.name)}</h1>'
        f'<p>{escape(document.lead)}</p></div></header><main class="page">{body}'
        f"<footer>{escape(document.footer)}</footer></main></body></html>\n"
    )


def _tile(tile: Tile) -> str:
    return (
        f'<div class="tile {tile.tone.value}"><b>{escape(tile.figure)}</b><span>{escape(tile.what)}</span>'
        f"<small>{escape(tile.detail)}</small></div>"
    )


def _section(section: Section) -> str:
    return f"<section><h2>{escape(section.title)}</h2>{''.join(_part(part) for part in section.parts)}</section>"


def _part(part: Part) -> str:
    match part:
        case Note():
            return f'<p class="note">{escape(part.text)}</p>'
        case Verdict():
            return f'<p class="verdict {part.tone.value}">{escape(part.text)}</p>'
        case Table():
            return _table(part)
        case Charts():
            pairs = " pairs" if part.pairs else ""
            return f'<div class="charts{pairs}">{"".join(_chart(chart) for chart in part.charts)}</div>'
        case Picture():
            return _picture(part)


def _table(table: Table) -> str:
    title = f"<h3>{escape(table.title)}</h3>" if table.title else ""
    head = "".join(f"<th{_mark(table, place)}>{escape(cell)}</th>" for place, cell in enumerate(table.header))
    lines = "".join(_line(table, row, place in table.bold) for place, row in enumerate(table.rows))
    return f'{title}<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>'


def _line(table: Table, row: Sequence[str], is_bold: bool) -> str:
    cells = "".join(f"<td{_mark(table, place)}>{escape(cell)}</td>" for place, cell in enumerate(row))
    return f'<tr class="strong">{cells}</tr>' if is_bold else f"<tr>{cells}</tr>"


def _mark(table: Table, place: int) -> str:
    return ' class="n"' if place in table.numeric else ' class="c"' if place in table.code else ""


def _chart(chart: Chart) -> str:
    note = f'<p class="note">{escape(chart.note)}</p>' if chart.note else ""
    label = f'role="img" aria-label="{escape(chart.alt, quote=True)}"'
    return f'<div class="chart"><h3>{escape(chart.title)}</h3>{chart.svg.replace("<svg ", f"<svg {label} ", 1)}{note}</div>'


def _picture(picture: Picture) -> str:
    data, text = base64.b64encode(picture.png).decode("ascii"), escape(picture.caption, quote=True)
    return (
        f'<figure><figcaption>{text}</figcaption><img alt="{text}" width="{picture.columns}" height="{picture.rows}" '
        f'style="height:auto" src="data:image/png;base64,{data}"></figure>'
    )
