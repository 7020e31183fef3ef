"""A document as data for the typesetter: the same parts in the same order as the page."""

import base64
from typing import Any

from cauce.dataset.report.document import Chart, Charts, Document, Note, Part, Picture, Table, Verdict
from cauce.report.typst_adapter import render_pdf

_TEMPLATE = "dataset.typ"


def pdf(document: Document) -> bytes:
    """A4 pages; the same document gives the same bytes.

    Raises:
        MissingExtraError: typst is not installed.
    """
    return render_pdf(_TEMPLATE, {
        "language": document.language, "title": document.title, "name": document.name, "lead": document.lead,
        "footer": document.footer,
        "tiles": [{"figure": tile.figure, "what": tile.what, "detail": tile.detail, "tone": tile.tone.value}
                  for tile in document.tiles],
        "sections": [{"title": section.title, "parts": [_part(part) for part in section.parts]}
                     for section in document.sections],
    })


def _part(part: Part) -> dict[str, Any]:
    match part:
        case Note():
            return {"kind": "note", "text": part.text}
        case Verdict():
            return {"kind": "verdict", "text": part.text, "tone": part.tone.value}
        case Table():
            return {"kind": "table", "title": part.title, "header": part.header, "rows": part.rows, "numeric": part.numeric,
                    "bold": part.bold, "code": part.code}
        case Charts():
            return {"kind": "charts", "charts": [_chart(chart) for chart in part.charts]}
        case Picture():
            return {"kind": "picture", "caption": part.caption, "svg": _svg(part)}


def _chart(chart: Chart) -> dict[str, str]:
    return {"title": chart.title, "svg": chart.svg, "alt": chart.alt, "note": chart.note}


def _svg(picture: Picture) -> str:
    """Typst takes text inputs only: the PNG travels inside an SVG."""
    encoded = base64.b64encode(picture.png).decode("ascii")
    size = f'width="{picture.columns}" height="{picture.rows}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}><image {size} href="data:image/png;base64,{encoded}"/></svg>'
