"""Small pieces that every chapter uses: a blank, a section, the tags of the register."""

from cauce.model.dossier.answers import BLANKS
from cauce.model.dossier.document import Blank, Block, Section
from cauce.model.dossier.inputs import Evidence
from cauce.model.dossier.words import Words

EVALUATION, PREDICTIONS, COHORT, TABLE, SPLIT, AUDIT, SEARCH, SELECTION, BUNDLE, LEDGER, ALIASES = (
    "E", "P", "C", "T", "S", "A", "H", "L", "M", "O", "G",
)
"""Tags of records; the register at the end of a dossier gives their digests."""


def section(words: Words, key: str, *blocks: Block | None) -> Section:
    """A section with the title of its key; blocks that are None fall out."""
    return Section(key, words(f"section.{key}"), tuple(block for block in blocks if block is not None))


def blank(evidence: Evidence, words: Words, key: str) -> Blank:
    """A blank, with its answer where somebody gave one."""
    return Blank(key, words(f"blank.{key}"), words(f"who.{BLANKS[key]}"), evidence.answers.get(key, ""))


def register(evidence: Evidence) -> list[tuple[str, str, str]]:
    """Tag, kind and digest of every record behind the dossier."""
    model, report = evidence.model, evidence.report
    found = [
        (EVALUATION, "evaluation", report.digest()), (PREDICTIONS, "predictions", report.predictions_sha256),
        (COHORT, "cohort", model.cohort), (TABLE, "table", evidence.cohort.table_sha256), (SPLIT, "split", model.split),
        (AUDIT, "audit", report.audit), (SEARCH, "search", model.search), (SELECTION, "selection", model.selection),
        (BUNDLE, "bundle", model.bundle),
    ]
    if evidence.openings:
        found.append((LEDGER, "ledger", evidence.openings[-1].digest()))
    if evidence.changes:
        found.append((ALIASES, "aliases", evidence.changes[-1].digest()))
    found += [(f"R{release.version}", "release", release.digest()) for release in evidence.releases]
    found += [(f"F{run.fold + 1}", "run", run.digest()) for run in evidence.trial.runs]
    return found
