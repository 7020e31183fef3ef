"""An indexed and split cohort that the tests of this folder share; they change only copies of it."""

import shutil
from pathlib import Path

import pytest

from cauce.dataset.index import index_cohort
from cauce.dataset.split import split_cohort
from cauce.store.workspace import Workspace
from dataset.cohorts import lines, write_table_cohort


@pytest.fixture(scope="session")
def _sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sealed")
    workspace = Workspace.open(folder / "w")
    cohort = index_cohort(workspace, write_table_cohort(folder / "data", lines()), name="small")
    split_cohort(workspace, cohort)
    return folder / "w"


@pytest.fixture
def workspace(_sealed: Path, tmp_path: Path) -> Workspace:
    """A workspace of its own with cohort and sealed split `small`: 54 images of 40 patients."""
    shutil.copytree(_sealed, tmp_path / "w")
    return Workspace.open(tmp_path / "w")
