"""Sections as one HTML page without scripts or outside files."""

from collections.abc import Sequence
from html import escape

from cauce.model.words import Picture, Section, Table

_STYLE = """
body { font: 16px/1.55 "Source Sans 3", "Segoe UI", Helvetica, Arial, sans-serif; color: #1c2733; max-width: 62rem;
       margin: 2.5rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.7rem; margin-bottom: .2rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; border-bottom: 1px solid #d7dee6; }
table { border-collapse: collapse; width: 100%; margin: .8rem 0; font-size: .92rem; }
th { text-align: left; border-bottom: 2px solid #1f5f99; padding: .3rem .8rem .3rem 0; }
td { border-bottom: 1px solid #e6eaee; padding: .3rem .8rem .3rem 0; vertical-align: top; overflow-wrap: anywhere;
     font-variant-numeric: tabular-nums; }
.pictures { display: flex; flex-wrap: wrap; gap: 1.5rem; } figure { margin: 0; flex: 1 1 24rem; max-width: 30rem; }
figure:only-child { max-width: 100%; } figure:only-child img { width: auto; max-width: 100%; }
figure img { width: 100%; } figcaption { font-size: .85rem; color: #51606f; }
"""


def page(title: str, sections: Sequence[Section]) -> str:
    """The whole page."""
    body = "\n".join(_section(section) for section in sections)
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{escape(title)}</title>\n'
        f"<style>{_STYLE}</style></head>\n<body>\n<h1>{escape(title)}</h1>\n{body}\n</body>\n</html>\n"
    )


def _section(section: Section) -> str:
    pictures = [part for part in section.parts if isinstance(part, Picture)]
    others = [_table(part) if isinstance(part, Table) else f"<p>{escape(part)}</p>"
              for part in section.parts if not isinstance(part, Picture)]
    row = f'<div class="pictures">{"".join(map(_figure, pictures))}</div>' if pictures else ""
    return "\n".join([f"<h2>{escape(section.title)}</h2>", *others, row])


def _figure(picture: Picture) -> str:
    caption = escape(picture.caption)
    return f'<figure><img src="{escape(picture.file)}" alt="{caption}"><figcaption>{caption}</figcaption></figure>'


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in table.header)
    rows = "\n".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table>"
