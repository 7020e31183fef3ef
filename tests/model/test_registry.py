import shutil
from pathlib import Path

import pytest

from cauce.domain.errors import InputError, IntegrityError, NotFoundError
from cauce.domain.model import Alias
from cauce.model.registry import Move, move_alias, resolve, versions
from cauce.store.workspace import Workspace
from small_river import NAME, River


def test_alias_number_and_folder_mean_the_same_bundle(evaluated: River) -> None:
    by_alias = resolve(evaluated.workspace, f"{NAME}@champion")
    by_number = resolve(evaluated.workspace, f"{NAME}:1")
    by_folder = resolve(evaluated.workspace, str(by_number.folder))
    assert by_alias == by_number
    assert (by_folder.model, by_folder.version) == (by_number.model, None)


@pytest.mark.parametrize(("reference", "words"), [
    ("small@chmpion", "Known: champion"), ("small:7", "Known: 1"), ("smal@champion", "Known models: small"),
    ("small", "NAME@ALIAS"), ("nowhere/bundle", "NAME@ALIAS"), ("small@", "NAME@ALIAS"),
])
def test_what_is_not_there_is_refused_with_what_is(evaluated: River, reference: str, words: str) -> None:
    with pytest.raises(NotFoundError, match=words):
        resolve(evaluated.workspace, reference)


def test_a_flipped_byte_is_refused(fresh: River) -> None:
    model = resolve(fresh.workspace, f"{NAME}:1").folder / "model.onnx"
    data = bytearray(model.read_bytes())
    data[100] ^= 1
    model.write_bytes(data)
    with pytest.raises(IntegrityError, match=r"model\.onnx"):
        resolve(fresh.workspace, f"{NAME}:1")


def test_a_bundle_lost_from_the_workspace_comes_back_from_the_registry(evaluated: River) -> None:
    before = resolve(evaluated.workspace, f"{NAME}:1")
    shutil.rmtree(before.folder)
    assert resolve(evaluated.workspace, f"{NAME}:1") == before


def test_a_move_changes_the_alias_and_nothing_else(fresh: River) -> None:
    found = move_alias(fresh.workspace, resolve(fresh.workspace, f"{NAME}:1"), Move(Alias.CANDIDATE, why="test"))
    assert found.aliases == ("candidate", "champion")
    assert [each.version for each in versions(fresh.workspace)] == [1]


def test_an_empty_registry_says_so(tmp_path) -> None:
    place = Workspace.open(tmp_path / "w")
    assert versions(place) == []
    with pytest.raises(NotFoundError, match="none yet"):
        resolve(place, "x@champion")


def test_a_registry_that_is_no_database_is_one_clear_line(tmp_path: Path) -> None:
    place = Workspace.open(tmp_path / "w")
    (place.root / "mlflow.db").write_bytes(b"no database" * 100)
    with pytest.raises(InputError, match="tracking database cannot be used"):
        resolve(place, "demo@champion")
