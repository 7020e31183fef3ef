"""Workspaces that the tests of this folder share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from . import postgres
from .spots import Place, build_place


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Small networks train faster so, and weights are compared bit for bit."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return build_place(tmp_path)


@pytest.fixture(scope="session")
def shared_place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """One workspace for tests that only read, or that search under a name of their own."""
    return build_place(tmp_path_factory.mktemp("spots"))


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of its own."""
    folder = postgres.programs()
    if folder is None:
        pytest.skip("no PostgreSQL: install the Debian package postgresql")
    with postgres.server(folder) as url:
        yield url
