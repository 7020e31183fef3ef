"""`cauce service` as it is typed."""

import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cauce.cli.service import app, bundle_of
from cauce.domain.errors import InputError, NotFoundError
from small_bundle import write_small_bundle


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_bundle(tmp_path_factory.mktemp("model") / "bundle")


def test_a_port_in_use_is_one_line_and_exit_code_2(bundle: Path, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        arguments = ["run", "--model", str(bundle), "--port", str(taken.getsockname()[1]), "--workspace", str(tmp_path / "w")]
        result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert "cannot listen" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_folder_is_served_without_a_registry(bundle: Path, tmp_path: Path) -> None:
    assert bundle_of(str(bundle), tmp_path / "w", None) == (bundle, None)
    assert not (tmp_path / "w").exists()


def test_a_folder_that_is_no_model_is_named(tmp_path: Path, bundle: Path) -> None:
    with pytest.raises(NotFoundError, match="neither a bundle nor a release"):
        bundle_of(str(tmp_path), tmp_path / "w", None)
    with pytest.raises(InputError, match="only a release"):
        bundle_of(str(bundle), tmp_path / "w", ["00"])


def test_a_port_that_cannot_be_is_named(bundle: Path, tmp_path: Path) -> None:
    arguments = ["run", "--model", str(bundle), "--port", "70000", "--workspace", str(tmp_path / "w")]
    result = CliRunner().invoke(app, arguments)
    assert (result.exit_code, "port" in result.stderr) == (2, True)
