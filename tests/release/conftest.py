"""A release of a small real bundle."""

from pathlib import Path

import pytest

from cauce.domain.release import Approval
from cauce.release.build import ReleaseInput, build_release
from cauce.store.workspace import Workspace
from small_bundle import evidence_for, write_small_bundle

APPROVAL = Approval(by="test", role="tester", at="2026-01-01T00:00:00+00:00")


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace.open(tmp_path_factory.mktemp("maker") / "workspace")


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_bundle(tmp_path_factory.mktemp("model") / "bundle")


@pytest.fixture(scope="session")
def content(bundle: Path) -> ReleaseInput:
    model, evaluation = evidence_for(bundle)
    return ReleaseInput(bundle=bundle, version=2, model=model, evaluation=evaluation, approval=APPROVAL)


@pytest.fixture(scope="session")
def original(workspace: Workspace, content: ReleaseInput, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "release"
    build_release(workspace, content, out)
    return out


@pytest.fixture
def release(original: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    import shutil

    return Path(shutil.copytree(original, tmp_path / "release"))
