"""A dossier as files: PDF, HTML and JSON of one document, and the blanks as a YAML file to fill."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from cauce.model.dossier.answers import BLANKS, template
from cauce.model.dossier.build import build
from cauce.model.dossier.html import page
from cauce.model.dossier.inputs import DossierInputs, Evidence
from cauce.model.dossier.words import Words
from cauce.report.printable import printable
from cauce.report.typst_adapter import render_pdf
from cauce.store.atomic import write_bytes
from cauce.store.workspace import Workspace

TEMPLATE = "dossier.typ"
SUFFIXES = (".pdf", ".html", ".json")

_PIECE = 100  # `printable` cuts what is longer than an identifier


def render(document: dict[str, Any], suffix: str) -> bytes:
    """One print of a document: the same document, the same bytes."""
    if suffix == ".json":
        return (json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()
    if suffix == ".html":
        return page(document).encode()
    return render_pdf(TEMPLATE, _printable(document), created=datetime.fromisoformat(document["dated"]))


def _printable(value: Any) -> Any:
    """Text that the bundled fonts can draw; drawings were made so, word by word."""
    if isinstance(value, str):
        if value.startswith("<svg"):
            return value
        return " ".join("".join(printable(word[at : at + _PIECE]) for at in range(0, len(word), _PIECE))
                        for word in value.split(" "))
    if isinstance(value, dict):
        return {key: _printable(each) for key, each in value.items()}
    return [_printable(each) for each in value] if isinstance(value, list | tuple) else value


def write(workspace: Workspace, inputs: DossierInputs, folder: Path | None = None) -> tuple[list[Path], dict[str, Any]]:
    """Write all prints and the blanks, and return their paths and the document.

    Args:
        folder: default `reports/NAME-DIGEST` of the workspace, beside the evaluation.
    """
    document = build(Evidence(workspace, inputs))
    place = folder or workspace.root / "reports" / f"{inputs.name}-{inputs.bundle[:12]}"
    words = Words(inputs.language)
    paths = []
    for suffix in SUFFIXES:
        path = place / f"dossier-{inputs.language.value}{suffix}"
        write_bytes(path, render(document, suffix))
        paths.append(path)
    blanks = place / f"dossier-{inputs.language.value}.yaml"
    if not blanks.exists():  # somebody may have written into it
        write_bytes(blanks, template({key: words(f"blank.{key}") for key in BLANKS}, inputs.language).encode())
    return [*paths, blanks], document
