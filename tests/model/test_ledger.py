import json
from pathlib import Path

import pytest

from cauce.domain.errors import IntegrityError
from cauce.model.ledger import open_test, openings
from cauce.store.chain import FIRST
from cauce.store.workspace import Workspace

SPLIT, MODEL = "a" * 64, "b" * 64


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    place = Workspace.open(tmp_path / "workspace")
    for why in ("first", "second", "third"):
        open_test(place, SPLIT, model=MODEL, why=why, who="tester")
    return place


def _entry(workspace: Workspace, number: int) -> Path:
    return workspace.root / "ledger" / SPLIT / f"{number:04d}.json"


def test_each_opening_is_numbered_and_names_the_one_before(workspace: Workspace) -> None:
    found = openings(workspace, SPLIT)
    assert [(each.number, each.why) for each in found] == [(1, "first"), (2, "second"), (3, "third")]
    assert {each.who for each in found} == {"tester"}
    assert [each.previous for each in found] == [FIRST, found[0].digest(), found[1].digest()]


def test_another_split_has_its_own_count(workspace: Workspace) -> None:
    assert open_test(workspace, "c" * 64, model=MODEL, why="x").number == 1


def test_a_changed_entry_is_found(workspace: Workspace) -> None:
    content = json.loads(_entry(workspace, 1).read_text())
    _entry(workspace, 1).write_text(json.dumps({**content, "why": "nothing"}))
    with pytest.raises(IntegrityError, match="ledger"):
        openings(workspace, SPLIT)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_missing_entry_is_found_at_either_end_and_in_the_middle(workspace: Workspace, number: int) -> None:
    _entry(workspace, number).unlink()
    with pytest.raises(IntegrityError, match="ledger"):
        openings(workspace, SPLIT)


def test_no_opening_is_added_to_a_broken_ledger(workspace: Workspace) -> None:
    _entry(workspace, 2).write_text("{}")
    with pytest.raises(IntegrityError, match="not valid"):
        open_test(workspace, SPLIT, model=MODEL, why="again")
