"""Notes in the experiment log: written, changed, taken away; every earlier state stays in the records."""

from datetime import UTC, datetime

from cauce.domain.errors import InputError
from cauce.domain.experiment import Search
from cauce.domain.experiment_notes import ExperimentNotes, Note
from cauce.store.workspace import Workspace

_LONGEST = 2000  # characters


def notes_of(workspace: Workspace, name: str) -> tuple[Note, ...]:
    """The notes of a search, oldest first; none for a search without notes."""
    records = workspace.records
    return records.latest(ExperimentNotes, name).notes if records.history(ExperimentNotes, name) else ()


def write_note(
    workspace: Workspace, search: Search, text: str, *, trial: int | None = None, edit: int | None = None
) -> tuple[Note, ...]:
    """Add a note, or put `text` in the place of one; an empty text takes it away.

    Args:
        workspace: where the search stands.
        search: what the note is about.
        text: one line.
        trial: number of the configuration, from 1; None for the whole search, or where an edited note was.
        edit: number of the note that is changed, from 1.

    Raises:
        InputError: there is no such configuration or note, or nothing is said.
    """
    notes, line = list(notes_of(workspace, search.name)), " ".join(text.split())
    _require("configuration", trial, len(search.trials), search.name)
    _require("note", edit, len(notes), search.name)
    if not line and edit is None:
        raise InputError("a note needs words", where=search.name, remedy="Only a note that is edited can be emptied.")
    if edit is None:
        notes.append(_note(line, trial))
    elif line:
        notes[edit - 1] = _note(line, trial or notes[edit - 1].trial)
    else:
        del notes[edit - 1]
    workspace.records.put(ExperimentNotes(name=search.name, notes=tuple(notes)), search.name)
    return tuple(notes)


def _note(line: str, trial: int | None) -> Note:
    if len(line) > _LONGEST:
        raise InputError("the note is too long", where="--note", expected=f"{_LONGEST} characters", got=str(len(line)))
    return Note(text=line, at=datetime.now(UTC).isoformat(timespec="seconds"), trial=trial)


def _require(kind: str, number: int | None, count: int, where: str) -> None:
    if number is not None and not 1 <= number <= count:
        remedy = f"`cauce experiment log {where}` shows them."
        raise InputError(f"no {kind} {number}", where=where, expected=f"1 to {count}" if count else "none yet", remedy=remedy)
