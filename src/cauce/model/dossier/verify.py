"""Is this dossier what the records say? Everything is computed anew and compared; what differs is named."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cauce import __version__
from cauce.domain.errors import InputError
from cauce.domain.estimate import Estimate
from cauce.metrics.binary import binary_metrics
from cauce.model.dossier.build import build
from cauce.model.dossier.inputs import DossierInputs, Evidence
from cauce.model.dossier.write import SUFFIXES, render
from cauce.model.mask_metrics import mask_metrics
from cauce.store.workspace import Workspace

_WORD = re.compile(rb'cauce-inputs(?::|" content=")([A-Za-z0-9_-]+)')
_MOST_TOLD = 20
_ROUNDING = 1e-9


def verify(workspace: Workspace, path: Path) -> list[str]:
    """What differs between a dossier and the records; empty when nothing does.

    Raises:
        InputError: no dossier, or one of another version of cauce.
        IntegrityError, NotFoundError: a record behind it was changed, or is not in this workspace.
    """
    if path.suffix not in SUFFIXES or not path.is_file():
        raise InputError("no dossier", where=path.name, expected="a .pdf, .html or .json file of `cauce model dossier`")
    data = path.read_bytes()
    inputs = _inputs(data, path)
    if inputs.cauce_version != __version__:
        raise InputError("the dossier was made by another version of cauce", where=path.name, expected=inputs.cauce_version,
                         got=__version__, remedy=f"pip install cauce=={inputs.cauce_version}")
    evidence = Evidence(workspace, inputs)
    found = [*_metrics(evidence), *_compare(data, build(evidence), path.suffix)]
    return [*found[:_MOST_TOLD], f"… and {len(found) - _MOST_TOLD} more"] if len(found) > _MOST_TOLD else found


def _inputs(data: bytes, path: Path) -> DossierInputs:
    if path.suffix == ".json":
        try:
            return DossierInputs.unpacked(str(json.loads(data)["packed"]))
        except (ValueError, KeyError, TypeError):
            raise InputError("not valid JSON of a dossier", where=path.name) from None
    word = _WORD.search(data)
    if word is None:
        raise InputError("the file does not say what it was made from", where=path.name,
                         remedy="Give a file that `cauce model dossier` wrote.")
    return DossierInputs.unpacked(word.group(1).decode())


def _metrics(evidence: Evidence) -> Iterator[str]:
    """Metrics of the record against the stored predictions."""
    again = {each.name: each for each in _again(evidence)}
    for each in evidence.report.metrics:
        other = again.get(each.name)
        if other is not None and not _equal(each, other):
            yield f"{each.name}: the record says {each.text(6)}, the predictions give {other.text(6)}"


def _again(evidence: Evidence) -> tuple[Estimate, ...]:
    if evidence.segments:
        return mask_metrics(evidence.measured, evidence.model.contract.reference.classes)
    return binary_metrics(evidence.cases, evidence.model.decision_point().threshold)


def _equal(one: Estimate, two: Estimate) -> bool:
    pairs = ((one.value, two.value), (one.lower, two.lower), (one.upper, two.upper))
    return all(a == b or (a is not None and b is not None and abs(a - b) <= _ROUNDING) for a, b in pairs)


def _compare(data: bytes, document: dict[str, Any], suffix: str) -> Iterator[str]:
    expected = render(document, suffix)
    if data == expected:
        return
    if suffix == ".json":
        found = list(_walk(json.loads(data), json.loads(expected), ""))
        yield from found or ["the file is written otherwise: spaces or order"]
    elif suffix == ".html":
        yield from _lines(data.decode(errors="replace").splitlines(), expected.decode().splitlines())
    else:
        yield (f"the PDF is not the one that the records give ({len(data)} bytes, expected {len(expected)}); "
               "verify its JSON to see where they differ")


def _walk(got: Any, wanted: Any, place: str) -> Iterator[str]:
    if isinstance(got, dict) and isinstance(wanted, dict):
        for key in sorted({*got, *wanted}):
            yield from _walk(got.get(key), wanted.get(key), f"{place}/{key}")
    elif isinstance(got, list) and isinstance(wanted, list) and len(got) == len(wanted):
        for number, (one, two) in enumerate(zip(got, wanted, strict=True)):
            yield from _walk(one, two, f"{place}/{number}")
    elif got != wanted:
        yield f"{place}: the dossier says {_short(got)}, the records give {_short(wanted)}"


def _lines(got: list[str], wanted: list[str]) -> Iterator[str]:
    if len(got) != len(wanted):
        yield f"{len(got)} lines, expected {len(wanted)}"
    for number, (one, two) in enumerate(zip(got, wanted, strict=False), start=1):
        if one != two:
            yield f"line {number}: the dossier says {_short(_text(one))}, the records give {_short(_text(two))}"


def _text(line: str) -> str:
    return re.sub(r"<[^>]+>", " ", line)


def _short(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 90 else text[:89] + "…"
