from pathlib import Path

import pytest

from cauce.domain.errors import InputError
from cauce.domain.experiment_notes import ExperimentNotes
from cauce.experiment.notes import notes_of, write_note
from cauce.store.workspace import Workspace

from .spots import search_of, trial_of

SEARCH = search_of(trial_of("a", (0.9, 0.91)), trial_of("b", (0.8, 0.81)))


def test_a_note_is_kept_with_its_time_and_can_be_changed_and_taken_away(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path / "w")
    assert notes_of(workspace, "made") == ()
    write_note(workspace, SEARCH, "Try more  epochs")
    write_note(workspace, SEARCH, "Looks fine", trial=2)
    assert [(note.text, note.trial) for note in notes_of(workspace, "made")] == [("Try more epochs", None), ("Looks fine", 2)]
    assert notes_of(workspace, "made")[0].at.endswith("+00:00")
    write_note(workspace, SEARCH, "Looked fine", edit=2)
    assert [(note.text, note.trial) for note in notes_of(workspace, "made")][1] == ("Looked fine", 2)
    write_note(workspace, SEARCH, "", edit=1)
    assert [note.text for note in notes_of(workspace, "made")] == ["Looked fine"]
    assert len(workspace.records.history(ExperimentNotes, "made")) == 4


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("x", {"trial": 3}, "no configuration 3"), ("x", {"edit": 1}, "no note 1"), (" ", {}, "needs words"),
        ("x" * 2001, {}, "too long"),
    ],
)
def test_a_note_on_nothing_or_without_words_is_refused(
    tmp_path: Path, text: str, options: dict[str, int], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        write_note(Workspace.open(tmp_path / "w"), SEARCH, text, **options)
