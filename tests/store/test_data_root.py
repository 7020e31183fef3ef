from pathlib import Path

import pytest

from cauce.domain.cohort import TableSource
from cauce.domain.errors import InputError, NotFoundError
from cauce.store.data_root import data_root_of, phantom_folder, remember_data_root
from cauce.store.workspace import Workspace
from dataset.cohorts import cohort_record

PHANTOM = cohort_record([])
TABLE = PHANTOM.model_copy(update={"spec": PHANTOM.spec.model_copy(update={
    "source": TableSource.model_validate({"table": "t.csv", "columns": {"image": "i", "patient": "p"}})
})})


def test_given_goes_before_noted_and_a_missing_folder_is_refused(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path / "w")
    with pytest.raises(NotFoundError, match="--data"):
        data_root_of(workspace, TABLE, None)
    (tmp_path / "noted").mkdir()
    remember_data_root(workspace, "small", tmp_path / "noted")
    assert data_root_of(workspace, TABLE, None) == tmp_path / "noted"
    assert data_root_of(workspace, TABLE, tmp_path) == tmp_path
    with pytest.raises(InputError, match="missing"):
        data_root_of(workspace, TABLE, tmp_path / "gone")


def test_digital_patients_lie_in_the_workspace_whatever_is_given(tmp_path: Path) -> None:
    workspace = Workspace.open(tmp_path / "w")
    phantom_folder(workspace, "small").mkdir(parents=True)
    assert data_root_of(workspace, PHANTOM, tmp_path) == phantom_folder(workspace, "small")
