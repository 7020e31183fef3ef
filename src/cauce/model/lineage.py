"""Where a version comes from and where it went: cohort → split → search → runs → model → release, as boxes and as a picture."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from cauce.domain.cohort import Cohort
from cauce.domain.experiment import Search, Selection
from cauce.domain.model import EvaluationReport
from cauce.domain.record import Digest
from cauce.domain.release import Release
from cauce.domain.split import INTERNAL, Split
from cauce.model.registry import RegisteredVersion
from cauce.store.workspace import Workspace

ENGLISH = {
    "cohort": "Cohort", "split": "Sealed split", "search": "Search", "run": "Runs", "model": "Model",
    "evaluation": "Evaluation", "release": "Release", "patients": "{n} patients", "images": "{n} images",
    "train": "{n} train", "tune": "{n} tune", "test": "{n} test",
    "trials": "{n} configurations", "folds": "{n} folds kept", "parameters": "{n} parameters", "version": "version {n}",
    "opening": "opening {n} of test", "none": "none yet",
}
"""Words of the picture; braces are filled."""

_WIDE, _HIGH, _GAP = 132, 92, 22


@dataclass(frozen=True)
class Box:
    """One record of the line.

    Attributes:
        kind: a key of the words.
        lines: below the title.
        digest: of the record; None for a box that stands for what is not there yet.
    """

    kind: str
    lines: tuple[str, ...]
    digest: Digest | None


def lineage(
    workspace: Workspace, version: RegisteredVersion, report: EvaluationReport | None, releases: Sequence[Release],
    words: Mapping[str, str] = ENGLISH,
) -> list[Box]:
    """The records behind a version, in the order in which they were made."""
    records, model = workspace.records, version.model
    cohort, split = records.get(Cohort, model.cohort), records.get(Split, model.split)
    search, selection = records.get(Search, model.search), records.get(Selection, model.selection)
    kept = search.trials[selection.trial]
    parts = tuple(words[part.value].format(n=len(split.patients(part))) for part in INTERNAL)
    number = words["version"].format(n=version.version if version.version is not None else "–")
    newest = releases[-1] if releases else None
    return [
        Box("cohort", (cohort.name, words["patients"].format(n=cohort.n_patients),
                       words["images"].format(n=cohort.n_instances)), model.cohort),
        Box("split", parts, model.split),
        Box("search", (words["trials"].format(n=len(search.trials)),), model.search),
        Box("run", (words["folds"].format(n=len(kept.runs)),), kept.runs[0].digest() if kept.runs else None),
        Box("model", (number, words["parameters"].format(n=f"{model.n_parameters:,}")), model.bundle),
        Box("evaluation", (words["opening"].format(n=report.opening.number),) if report else (words["none"],),
            report.digest() if report else None),
        Box("release", (words["version"].format(n=newest.version),) if newest else (words["none"],),
            newest.digest() if newest else None),
    ]


def releases_of(workspace: Workspace, name: str, bundle: Digest) -> list[Release]:
    """Releases that carry this bundle, oldest first."""
    found = [workspace.records.get(Release, digest) for digest in workspace.records.history(Release, name)]
    return [release for release in found if release.model.bundle == bundle]


def picture(boxes: Sequence[Box], words: Mapping[str, str] = ENGLISH) -> str:
    """The line as SVG: four boxes in the upper row, the others below, an arrow from each to the next."""
    per_row = 4
    places = [(index % per_row * (_WIDE + _GAP), index // per_row * (_HIGH + _GAP)) for index in range(len(boxes))]
    width = per_row * _WIDE + (per_row - 1) * _GAP
    height = ((len(boxes) - 1) // per_row + 1) * (_HIGH + _GAP) - _GAP
    drawn = [_arrow(one, two) for one, two in itertools.pairwise(places)]
    drawn += [_box(box, place, words) for box, place in zip(boxes, places, strict=True)]
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-2 -2 {width + 4} {height + 4}" width="{width + 4}" '
            f'height="{height + 4}" font-family="Noto Sans, sans-serif">{"".join(drawn)}</svg>')


def _box(box: Box, place: tuple[int, int], words: Mapping[str, str]) -> str:
    x, y = place
    there = box.digest is not None
    stroke, dash = ("#0b4f6c", "") if there else ("#9aa5b1", ' stroke-dasharray="4 3"')
    text = [f'<text x="{x + 9}" y="{y + 19}" font-size="11" font-weight="bold" fill="#17242e">{escape(words[box.kind])}</text>']
    text += [f'<text x="{x + 9}" y="{y + 36 + 13 * row}" font-size="9" fill="#17242e">{escape(_cut(line))}</text>'
             for row, line in enumerate(box.lines)]
    if box.digest is not None:
        text.append(f'<text x="{x + 9}" y="{y + _HIGH - 9}" font-size="8" fill="#5a6b78">{box.digest[:16]}</text>')
    return (f'<rect x="{x}" y="{y}" width="{_WIDE}" height="{_HIGH}" rx="3" fill="#f4f7f9" stroke="{stroke}"{dash}/>'
            f"{''.join(text)}")


def _cut(text: str) -> str:
    longest = 28
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _arrow(one: tuple[int, int], two: tuple[int, int]) -> str:
    (x1, y1), (x2, y2) = one, two
    style = 'stroke="#5a6b78" stroke-width="1.4" fill="none"'
    if y1 == y2:
        y = y1 + _HIGH // 2
        return (f'<path d="M{x1 + _WIDE} {y} H{x2 - 5}" {style}/>'
                f'<path d="M{x2 - 6} {y - 3.5} L{x2} {y} L{x2 - 6} {y + 3.5} Z" fill="#5a6b78"/>')
    middle, top = x1 + _WIDE // 2, y2 - _GAP // 2
    end = x2 + _WIDE // 2
    return (f'<path d="M{middle} {y1 + _HIGH} V{top} H{end} V{y2 - 5}" {style}/>'
            f'<path d="M{end - 3.5} {y2 - 6} L{end} {y2} L{end + 3.5} {y2 - 6} Z" fill="#5a6b78"/>')
