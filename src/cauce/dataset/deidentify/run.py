"""A folder of DICOM files → a folder of de-identified ones, with a report; what does not pass stays where it was."""

import csv
import io
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cauce.dataset.deidentify.journal import Journal, Outcome, item_of, stamp_of
from cauce.dataset.deidentify.policy import Policy
from cauce.dataset.deidentify.pool import UNFINISHED, Job, run_all
from cauce.dataset.deidentify.quarantine import Risk
from cauce.dataset.deidentify.report import write_report
from cauce.domain.errors import InputError
from cauce.domain.progress import Progress
from cauce.predictor.source import find_files
from cauce.store.atomic import write_bytes
from cauce.store.blobs import file_sha256

JOURNAL_NAME = ".deidentification.sqlite"

_CONFLICT = Risk("uid-conflict", "another file of the same SOPInstanceUID holds something else")


@dataclass(frozen=True)
class Run:
    """What a run gave.

    Attributes:
        summary: see `report.summary`.
        quarantine_list: file that names the quarantined sources, readable by its owner alone; None when there are none.
    """

    summary: dict[str, Any]
    quarantine_list: Path | None


def deidentify_folder(
    source: Path, destination: Path, *, key: bytes, policy: Policy, quarantine_list: Path, progress: Progress
) -> Run:
    """De-identify every file below `source` into `destination`; a second run does only what is new or was left over.

    `quarantine_list` names source files, and their names may name patients: keep it where the key is.

    Raises:
        InputError: nothing is in `source`, `destination` overlaps it, holds other things or was made from another source, or
            the list would be given away.
        IntegrityError: the destination's journal is damaged.
        ConfigurationError: `destination` was made with another key, other options or another version.
    """
    names = _check(source, destination, quarantine_list)
    root = source if source.is_dir() else source.parent
    journal = Journal(destination / JOURNAL_NAME, policy_digest=policy.digest(key))
    job = Job(root, destination, policy, key)
    _check_same_source(job, journal, names)
    known = _finished(job, journal, names)
    pending = [name for name in names if item_of(name, key) not in known]
    taken = {outcome.output: outcome.sha256 for outcome in known.values() if outcome.output}
    done = len(names) - len(pending)
    progress("de-identify", done, len(names))
    for outcomes in run_all(job, pending):
        placed = [_place(job, outcome, taken) for outcome in outcomes]
        journal.add(placed)
        known.update((outcome.item, outcome) for outcome in placed)
        done += len(placed)
        progress("de-identify", done, len(names))
    shutil.rmtree(destination / UNFINISHED, ignore_errors=True)
    _remove_stale(destination, set(taken))
    final = [known[item_of(name, key)] for name in names]
    return Run(write_report(destination, final, policy), _write_list(quarantine_list, names, final))


def _check(source: Path, destination: Path, quarantine_list: Path) -> list[str]:
    files = find_files(source)
    inside, outside = destination.resolve(), (source if source.is_dir() else source.parent).resolve()
    if inside == outside or inside in outside.parents or (source.is_dir() and outside in inside.parents):
        raise InputError("source and destination overlap", where=str(destination), remedy="Give a folder beside the source.")
    if inside in quarantine_list.resolve().parents:
        raise InputError(
            "the key, and the list of quarantined files beside it, would lie in the destination", where=str(destination),
            remedy="Keep the key file elsewhere: whoever has it can link the files to the patients.",
        )
    ours = (destination / JOURNAL_NAME).is_file()
    if destination.is_file() or (destination.is_dir() and not ours and any(destination.iterdir())):
        raise InputError("the destination holds other things", where=str(destination), remedy="Give an empty or a new folder.")
    root = source if source.is_dir() else source.parent
    return [path.relative_to(root).as_posix() for path in files]


def _check_same_source(job: Job, journal: Journal, names: list[str]) -> None:
    """What a source gives no longer is removed from its destination; of another source that would be everything."""
    stated = journal.outcomes()
    if not any(outcome.status == "passed" for outcome in stated.values()):
        return
    for name in names:
        outcome = stated.get(item_of(name, job.key))
        if outcome is not None and outcome.stamp == stamp_of((job.source / name).read_bytes(), job.key):
            return
    raise InputError("the destination was made from another source", where=str(job.destination),
                     expected="a source with at least one of the files that it was made from", got="none of them",
                     remedy="Give a folder of its own for each source.")


def _finished(job: Job, journal: Journal, names: list[str]) -> dict[str, Outcome]:
    """Outcomes of sources that have not changed, and whose outputs are there and whole."""
    stated = journal.outcomes()
    kept = {}
    for name in names:
        outcome = stated.get(item_of(name, job.key))
        if outcome is None or not outcome.stamp or outcome.stamp != stamp_of((job.source / name).read_bytes(), job.key):
            continue
        target = job.destination / outcome.output
        if not outcome.output or (target.is_file() and file_sha256(target) == outcome.sha256):
            kept[outcome.item] = outcome
    return kept


def _place(job: Job, outcome: Outcome, taken: dict[str, str]) -> Outcome:
    """Move a finished file to its name; the second of two equal instances is a duplicate, an unequal one is quarantined."""
    if outcome.status != "passed":
        return outcome
    unfinished, target = job.destination / UNFINISHED / outcome.item, job.destination / outcome.output
    if outcome.output not in taken:
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished.replace(target)
        taken[outcome.output] = outcome.sha256
        return outcome
    unfinished.unlink(missing_ok=True)
    if taken[outcome.output] == outcome.sha256:
        return replace(outcome, status="duplicate")
    return replace(outcome, status="quarantined", output="", sha256="", code=_CONFLICT.code, reason=_CONFLICT.reason)


def _remove_stale(destination: Path, outputs: set[str]) -> None:
    """Remove files that this source no longer gives: changed or withdrawn instances must not be given away."""
    for path in destination.rglob("*.dcm"):
        if path.relative_to(destination).as_posix() not in outputs:
            path.unlink()


def _write_list(path: Path, names: list[str], outcomes: list[Outcome]) -> Path | None:
    rows = [(o.item, name, o.code, o.reason) for name, o in zip(names, outcomes, strict=True) if o.status == "quarantined"]
    if not rows:
        path.unlink(missing_ok=True)
        return None
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("item", "source_file", "code", "reason"))
    writer.writerows(rows)
    write_bytes(path, stream.getvalue().encode("utf-8", "surrogateescape"))
    path.chmod(0o600)
    return path
