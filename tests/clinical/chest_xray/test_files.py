"""Folders of files."""

from pathlib import Path

import pytest

from cauce.clinical.chest_xray.analyse import Analyser
from cauce.clinical.chest_xray.files import analyse_files
from cauce.domain.errors import InputError
from cauce.domain.result import Decision
from chest_results import file_of, phantom_dataset


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = file_of(phantom_dataset())
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "good.dcm").write_bytes(data)
    (tmp_path / "a.dcm").write_text("this is text")
    (tmp_path / "c.dcm").write_bytes(data[: len(data) // 2])
    (tmp_path / ".hidden").write_bytes(data)
    return tmp_path


def test_each_file_has_its_answer_in_the_order_of_names(analyser: Analyser, folder: Path) -> None:
    steps: list[tuple[int, int]] = []
    answers = list(analyse_files(analyser, folder, key=None, progress=lambda step, done, total: steps.append((done, total))))
    assert [item.result.instance for item in answers] == ["a.dcm", "b/good.dcm", "c.dcm"]
    assert [item.result.decision is Decision.REFUSED for item in answers] == [True, False, True]
    assert [item.loaded is None for item in answers] == [True, False, True]
    assert steps[-1] == (3, 3)


def test_a_single_file_is_named_by_its_name(analyser: Analyser, folder: Path) -> None:
    answers = list(analyse_files(analyser, folder / "b" / "good.dcm", key=None))
    assert [item.result.instance for item in answers] == ["good.dcm"]


def test_an_empty_folder_is_an_error(analyser: Analyser, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="empty"):
        list(analyse_files(analyser, tmp_path, key=None))
