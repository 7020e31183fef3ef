"""Chapters 20 and 21: where each item of a reporting guideline stands, and the register of records."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cauce.model.dossier.document import Blank, Chapter, Prose, Section, Table, numbered
from cauce.model.dossier.inputs import Evidence
from cauce.model.dossier.parts import register, section
from cauce.model.dossier.words import Words, load

LISTS = ("claim", "tripod", "annex_iv", "model_card")


@dataclass(frozen=True)
class Coverage:
    """How many items of a list have a place; a count of places, never a score of quality.

    Attributes:
        filled: by the tool.
        covered: filled, or a blank with a prompt, answered or not.
        answered: of the blanks, those that somebody filled.
    """

    filled: int
    covered: int
    answered: int
    total: int


def checklists(words: Words, before: tuple[Chapter, ...]) -> tuple[Chapter, dict[str, Coverage]]:
    """One table for each list, its anchors into the chapters before, and the coverage of each."""
    anchors = numbered(before)
    blanks = {block.key: (anchors[each.key], bool(block.answer)) for chapter in before for each in chapter.sections
              for block in each.blocks if isinstance(block, Blank)}
    sections, coverage = [], {}
    for name in LISTS:
        made, coverage[name] = _list(name, load("checklists.yaml")[name], anchors, blanks, words)
        sections.append(made)
    return Chapter(words("chapter.lists"), tuple(sections)), coverage


def _list(
    name: str, items: list[dict[str, Any]], anchors: Mapping[str, str], blanks: Mapping[str, tuple[str, bool]], words: Words
) -> tuple[Section, Coverage]:
    rows, filled, open_blanks, answered = [], 0, 0, 0
    for item in items:
        places = [anchors[each] for each in item.get("at", ()) if each in anchors]
        keys = item.get("blank", ())
        if places:
            filled += 1
            status = words("status.filled")
        elif keys:
            done = all(blanks[key][1] for key in keys)
            answered += done
            open_blanks += not done
            status = words("status.answered" if done else "status.blank")
        else:
            status = words("status.absent")
        where = ", ".join(dict.fromkeys([*places, *(blanks[key][0] for key in keys)]))
        rows.append((str(item["id"]), item[words.language.value], where or "–", status))
    found = Coverage(filled, filled + open_blanks + answered, answered, len(items))
    told = words("coverage", filled=found.filled, covered=found.covered, total=found.total, answered=answered)
    header = ("", words("label.item"), words("label.place"), words("label.status"))
    return section(words, f"lists.{name}", Prose(told), Table(words(f"table.{name}"), header, tuple(rows), wide=1)), found


def sources(evidence: Evidence, words: Words) -> Chapter:
    """Tag and full digest of every record, so that each number can be looked up."""
    rows = tuple((tag, words(f"record.{kind}"), digest) for tag, kind, digest in register(evidence))
    header = (words("label.tag"), words("label.record"), words("label.digest"))
    return Chapter(words("chapter.register"), (
        section(words, "register.records", Prose(words("register_note")), Table(words("table.register"), header, rows, wide=2)),
        section(words, "register.verify", Prose(words("verify_note", packed=evidence.inputs.name))),
    ))
