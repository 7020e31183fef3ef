"""Evidence → document: all chapters in order, as plain JSON."""

from dataclasses import asdict
from typing import Any

from cauce.model.dossier import (
    chapters_data,
    chapters_identity,
    chapters_lists,
    chapters_masks,
    chapters_model,
    chapters_results,
)
from cauce.model.dossier import chapters_service as service
from cauce.model.dossier.document import Chapter, as_json
from cauce.model.dossier.inputs import Evidence
from cauce.model.dossier.parts import register
from cauce.model.dossier.words import Words

FORMAT = "cauce-dossier/1"


def _results(evidence: Evidence, words: Words) -> Chapter:
    return chapters_masks.mask_results(evidence, words) if evidence.segments else chapters_results.results(evidence, words)


def _robustness(evidence: Evidence, words: Words) -> Chapter:
    if evidence.segments:
        return chapters_masks.mask_robustness(evidence, words)
    return chapters_results.robustness(evidence, words)


_ORDER = (
    chapters_identity.identity, chapters_identity.intended_use, chapters_identity.regulation, chapters_data.data,
    chapters_model.training, chapters_model.plan, chapters_model.reference, _results, chapters_results.by_subgroup,
    _robustness, chapters_results.repeatability, service.oversight, service.verification, service.security, service.risk,
    service.deployment, service.monitoring, service.limits, service.changes,
)

_FRESH = (1, 4, 8, 20)
"""Chapters that begin a page in print."""


def build(evidence: Evidence) -> dict[str, Any]:
    """The whole dossier as JSON; HTML and PDF are prints of it."""
    words = Words(evidence.inputs.language)
    chapters: tuple[Chapter, ...] = tuple(chapter(evidence, words) for chapter in _ORDER)
    lists, coverage = chapters_lists.checklists(words, chapters)
    everything = (*chapters, lists, chapters_lists.sources(evidence, words))
    blanks = [blank for chapter in everything for blank in chapter.blanks()]
    unanswered = sum(not blank.answer for blank in blanks)
    inputs = evidence.inputs
    version = "" if inputs.version is None else words("version_of", n=inputs.version)
    return {
        "format": FORMAT, "language": inputs.language.value, "inputs": inputs.model_dump(mode="json"),
        "packed": inputs.packed(), "title": words("title"), "name": inputs.name, "version": version,
        "bundle": inputs.bundle, "dated": evidence.report.opening.at,
        "status": words("draft", n=unanswered, total=len(blanks)) if unanswered else words("complete"),
        "is_draft": bool(unanswered), "blanks_open": unanswered,
        "coverage": {name: asdict(found) for name, found in coverage.items()},
        "labels": {key: words(f"print.{key}") for key in (
            "contents", "table", "figure", "source", "to_fill", "digest", "page", "coverage", "evaluated", "not_score", "of")},
        "lists": {name: words(f"section.lists.{name}") for name in coverage},
        "fresh_pages": [str(number) for number in _FRESH],
        "register": {tag: words(f"record.{kind}") for tag, kind, _ in register(evidence)},
        "chapters": as_json(everything),
    }
