"""A dossier as one HTML page without scripts or outside files."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

_STYLE = """
:root { --ink: #17242e; --soft: #5a6b78; --rule: #dde4ea; --river: #0b4f6c; --open: #a3641b; }
body { font: 15px/1.55 "Noto Sans", "Segoe UI", Helvetica, Arial, sans-serif; color: var(--ink);
  max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; }
header { border-top: 8px solid var(--river); padding-top: 1.5rem; } header p { margin: .2rem 0; color: var(--soft); }
h1 { font-size: 2.1rem; color: var(--river); margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.45rem; color: var(--river); border-bottom: 2px solid var(--river); margin: 3rem 0 1rem;
  padding-bottom: .3rem; }
h3 { font-size: 1.08rem; margin: 1.8rem 0 .5rem; }
nav ol { columns: 2; list-style: none; padding: 0; } nav a { color: var(--ink); text-decoration: none; }
table { border-collapse: collapse; width: 100%; font-size: .88rem; }
caption, figcaption { text-align: left; font-size: .88rem; margin: .9rem 0 .3rem; caption-side: top; }
th { text-align: left; color: var(--soft); border-bottom: 1.5px solid var(--soft); padding: .25rem .8rem .25rem 0; }
td { border-bottom: 1px solid var(--rule); padding: .25rem .8rem .25rem 0; vertical-align: top; overflow-wrap: anywhere; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; overflow-wrap: normal; }
.facts td:first-child { color: var(--soft); width: 16rem; } .facts td.number { text-align: left; }
.source { color: var(--soft); font-size: .78rem; margin: .2rem 0 1rem; }
figure { margin: 1.2rem 0; text-align: center; } figure svg { max-width: 100%; height: auto; }
figcaption { text-align: center; }
.blank { border-left: 4px solid var(--open); background: #fdf6ec; padding: .6rem .9rem; margin: .7rem 0; }
.blank.filled { border-color: var(--river); background: #f4f7f9; } .blank p { margin: .1rem 0; }
.who { color: var(--open); font-weight: bold; }
.status { display: inline-block; margin-top: 1rem !important; padding: .5rem .9rem; border-left: 4px solid var(--open);
  background: #fdf6ec; color: var(--ink) !important; font-weight: bold; }
.wide { overflow-x: auto; }
"""


def page(document: Mapping[str, Any]) -> str:
    """The whole page; `document` is what `build` gives."""
    chapters = document["chapters"]
    entries = "".join(f'<li><a href="#c{each["number"]}">{each["number"]} {escape(each["title"])}</a></li>'
                      for each in chapters)
    body = "\n".join(_chapter(each, document) for each in chapters)
    labels, name = document["labels"], escape(f"{document['name']} {document['version']}".strip())
    return (
        f'<!DOCTYPE html>\n<html lang="{document["language"]}">\n<head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><meta name="cauce-inputs" content="{document["packed"]}">'
        f"<title>{escape(document['title'])}: {name}</title>\n<style>{_STYLE}</style></head>\n<body>\n<header>"
        f"<p>{escape(document['title'])}</p><h1>{name}</h1><p>{escape(labels['digest'])} <code>{document['bundle']}</code></p>"
        f"<p>{escape(labels['evaluated'])} {document['dated'][:16].replace('T', ' ')} UTC</p>"
        f'<p class="status">{escape(document["status"])}</p></header>\n'
        f"{_coverage(document)}\n<nav><h2>{escape(labels['contents'])}</h2><ol>{entries}</ol></nav>\n{body}\n</body>\n</html>\n"
    )


def _coverage(document: Mapping[str, Any]) -> str:
    rows = "".join(
        f'<tr><td>{escape(document["lists"][name])}</td><td class="number">{found["filled"]} / {found["covered"]} / '
        f'{found["total"]}</td></tr>' for name, found in document["coverage"].items())
    labels = document["labels"]
    return (f"<table><caption><b>{escape(labels['coverage'])}</b></caption><tbody>{rows}</tbody></table>"
            f'<p class="source">{escape(labels["not_score"])}</p>')


def _chapter(chapter: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    parts = [f'<h2 id="c{chapter["number"]}">{chapter["number"]} {escape(chapter["title"])}</h2>']
    for section in chapter["sections"]:
        parts.append(f'<h3 id="s{section["number"]}">{section["number"]} {escape(section["title"])}</h3>')
        parts += [_block(block, document) for block in section["blocks"]]
    return "\n".join(parts)


def _block(block: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    labels = document["labels"]
    if block["kind"] == "prose":
        return f"<p>{escape(block['text'])}</p>"
    if block["kind"] == "blank":
        if block["answer"]:
            return f'<div class="blank filled"><p>{escape(block["prompt"])}</p><p>{escape(block["answer"])}</p></div>'
        who = f"{escape(labels['to_fill'])}: {escape(block['who'])}"
        return f'<div class="blank"><p>{escape(block["prompt"])}</p><p class="who">{who}</p></div>'
    if block["kind"] == "figure":
        caption = f"<b>{escape(labels['figure'])} {block['number']}.</b> {escape(block['title'])}"
        return f"<figure>{block['svg']}<figcaption>{caption}<br>{_source([block['source']], document)}</figcaption></figure>"
    rows = "\n".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in block["rows"])
    source = _source(block["sources"], document)
    if block["kind"] == "facts":
        return f'<table class="facts"><tbody>{rows}</tbody></table>{source}'
    caption = f"<caption><b>{escape(labels['table'])} {block['number']}.</b> {escape(block['title'])}</caption>"
    head = "".join(f"<th>{escape(cell)}</th>" for cell in block["header"])
    return f'<div class="wide"><table>{caption}<thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table></div>{source}'


def _cell(cell: Any) -> str:
    if isinstance(cell, str):
        return f"<td>{escape(cell)}</td>"
    return f'<td class="number" title="{escape(cell["source"])}: {escape(cell["path"])}">{escape(cell["text"])}</td>'


def _source(tags: Sequence[str], document: Mapping[str, Any]) -> str:
    if not tags:
        return ""
    named = ", ".join(f"{tag} {document['register'].get(tag, '')}".strip() for tag in tags)
    return f'<p class="source">{escape(document["labels"]["source"])}: {escape(named)}</p>'
