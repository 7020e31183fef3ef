import shutil
from pathlib import Path

import pytest

from cauce.model.build import build_version
from cauce.model.evaluate import evaluate
from cauce.store.workspace import Workspace
from small_river import River, river


@pytest.fixture(scope="session")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> River:
    """A river whose first version was built and evaluated. Tests read it, or copy it with `fresh`."""
    made = river(tmp_path_factory.mktemp("evaluated"))
    build_version(made.workspace, "small", data_root=None)
    evaluate(made.workspace, "small:1", data_root=None, why="first look")
    return made


@pytest.fixture
def fresh(evaluated: River, tmp_path: Path) -> River:
    """A copy that a test may break."""
    shutil.copytree(evaluated.workspace.root, tmp_path / "workspace")
    return River(Workspace.open(tmp_path / "workspace"), evaluated.images, evaluated.cohort, evaluated.split)
