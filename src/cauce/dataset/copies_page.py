"""Pairs that the audit takes for copies, side by side on one page: a person judges them in a minute."""

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cauce.domain.audit import AuditReport, Copy
from cauce.report.pillow_adapter import encode_png, resize
from cauce.store.atomic import write_bytes
from cauce.store.settings import Language
from cauce.store.workspace import Workspace

_SIDE = 192  # pixels of a picture on the page

_WORDS = {
    Language.ENGLISH: {
        "title": "Copies of one image", "crossing": "between partitions", "inside": "inside one partition",
        "same": "same geometry", "mirrored": "mirrored", "inverted": "negative", "turned": "turned by {:.1f}°",
        "cropped": "cropped to {:.0f} %",
        "alike": "likeness {:.3f}", "labels": "labels differ",
        "shown": "{shown} of {all} pairs, those between partitions first.",
        "none": "No image was found to be a copy of another.", "none_in": "no partition", "unlabelled": "no label",
    },
    Language.SPANISH: {
        "title": "Copias de una misma imagen", "crossing": "entre particiones", "inside": "dentro de una partición",
        "same": "misma geometría", "mirrored": "reflejada", "inverted": "en negativo",
        "turned": "girada {:.1f}°", "cropped": "recortada al {:.0f} %",
        "alike": "semejanza {:.3f}", "labels": "etiquetas distintas",
        "shown": "{shown} de {all} pares; primero los que están entre particiones.",
        "none": "Ninguna imagen resultó ser copia de otra.", "none_in": "ninguna partición", "unlabelled": "sin etiqueta",
    },
}

_STYLE = """
body{margin:2rem auto;max-width:76rem;padding:0 1rem;font:15px/1.45 system-ui,sans-serif;color:#1b2430;background:#fff}
h1{font-size:1.5rem;margin:0 0 .3rem}p{margin:.2rem 0 1.4rem;color:#4d5a6a}
.pairs{display:grid;grid-template-columns:repeat(auto-fill,minmax(25rem,1fr));gap:1.2rem}
figure{margin:0;border:1px solid #d7dde5;border-radius:8px;overflow:hidden}figure.crossing{border-color:#b3261e}
.two{display:grid;grid-template-columns:1fr 1fr;gap:2px;background:#000}.two img{width:100%;display:block}
figcaption{padding:.6rem .8rem;font-size:.85rem;overflow-wrap:anywhere}b{font-weight:600}.crossing b{color:#b3261e}
@media(max-width:30rem){.pairs{grid-template-columns:1fr}}
"""


def write_copies_page(
    workspace: Workspace, report: AuditReport, pictures: Sequence[tuple[NDArray[np.uint8], NDArray[np.uint8]]]
) -> Path:
    """Write `reports/copies-NAME.html`, which needs nothing else, in the workspace's language.

    Args:
        report: its `copies` are shown.
        pictures: of each of them, uint8 (rows, columns).
    """
    words = _WORDS[workspace.settings.language]
    pairs = zip(report.copies, pictures, strict=True)
    cards = "".join(_card(copy, shown, words) for copy, shown in pairs)
    count = report.n_copies_between + report.n_copies_inside
    told = words["shown"].format(shown=len(report.copies), all=count) if count else words["none"]
    title = f"{words['title']} · {report.cohort_name}"
    page = (
        f'<!doctype html>\n<html lang="{workspace.settings.language.value}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1><p>{escape(told)}</p>"
        f'<div class="pairs">{cards}</div></body></html>\n'
    )
    path = page_path(workspace, report)
    write_bytes(path, page.encode("utf-8"))
    return path


def page_path(workspace: Workspace, report: AuditReport) -> Path:
    """Where the page of an audit lies: one of the split, one of the source's own partition."""
    suffix = "" if report.split is not None else f".{report.partition_source}"
    return workspace.folder("reports") / f"copies-{report.cohort_name}{suffix}.html"


def _card(copy: Copy, pictures: tuple[NDArray[np.uint8], NDArray[np.uint8]], words: dict[str, str]) -> str:
    where = words["crossing"] if copy.crosses else words["inside"]
    lines = [
        f"<b>{escape(where)}</b> · {escape(_how(copy, words))}", *(
            f"{escape(path)} · {escape(part or words['none_in'])} · {escape(label or words['unlabelled'])}"
            for path, part, label in zip(copy.paths, copy.partitions, copy.labels, strict=True)
        ),
    ]
    if copy.labels[0] != copy.labels[1]:
        lines.append(f"<b>{escape(words['labels'])}</b>")
    images = "".join(f'<img alt="" src="data:image/png;base64,{_png(picture)}">' for picture in pictures)
    kind = ' class="crossing"' if copy.crosses else ""
    return f'<figure{kind}><div class="two">{images}</div><figcaption>{"<br>".join(lines)}</figcaption></figure>'


def _how(copy: Copy, words: dict[str, str]) -> str:
    parts = [words[name] for name in ("mirrored", "inverted") if getattr(copy, name)]
    if copy.degrees >= 0.5:
        parts.append(words["turned"].format(copy.degrees))
    if copy.scale <= 0.985:
        parts.append(words["cropped"].format(100 * copy.scale))
    return ", ".join([*(parts or [words["same"]]), words["alike"].format(copy.likeness)])


def _png(picture: NDArray[np.uint8]) -> str:
    enlarged = resize(picture.astype(np.float32), (_SIDE, _SIDE))
    return b64encode(encode_png(np.clip(np.rint(enlarged), 0, 255).astype(np.uint8))).decode("ascii")
