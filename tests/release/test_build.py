"""What a release folder holds."""

import dataclasses
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from cauce.domain.errors import ConfigurationError, InputError, IntegrityError
from cauce.domain.release import Release
from cauce.release.build import ReleaseInput, build_release
from cauce.release.cryptography_adapter import SigningKey
from cauce.release.package import module_name
from cauce.store.workspace import Workspace


def test_it_is_a_git_repository_with_everything_committed(original: Path) -> None:
    status = subprocess.run(["git", "status", "--porcelain"], cwd=original, capture_output=True, text=True, check=True)
    log = subprocess.run(["git", "log", "--oneline"], cwd=original, capture_output=True, text=True, check=True)
    assert status.stdout == ""
    assert log.stdout.count("\n") == 1
    assert "Release small-chest 2" in log.stdout


def test_its_project_file_installs_the_bundle_with_the_package(original: Path) -> None:
    project = tomllib.loads((original / "pyproject.toml").read_text())
    assert project["build-system"]["build-backend"] == "poetry.core.masonry.api"
    assert project["project"]["version"] == "2.0.0"
    assert project["project"]["dependencies"][0].startswith("cauce[service]")
    included = {entry["include"] for entry in project["tool"]["poetry"]["packages"]}
    assert included >= {f"bundle/{path.name}" for path in (original / "bundle").iterdir()} | {"release.json", "release.sig"}
    for script in project["project"]["scripts"].values():
        assert (original / "src" / Path(*script.split(":")[0].split("."))).with_suffix(".py").is_file()


def test_its_wheel_holds_all_that_is_served(original: Path, tmp_path: Path) -> None:
    pytest.importorskip("poetry.core.masonry.api")
    code = f"from poetry.core.masonry.api import build_wheel; print(build_wheel({str(tmp_path)!r}))"
    build = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=original)
    wheel = build.stdout.strip()
    site = tmp_path / "site"
    subprocess.run([sys.executable, "-m", "zipfile", "-e", str(tmp_path / wheel), str(site)], check=True)
    code = (
        "from small_chest import release_folder; from cauce.release.verify import verify_release;"
        "print(verify_release(release_folder(), served_only=True).release.version)"
    )
    environment = {**os.environ, "PYTHONPATH": str(site)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)
    assert done.stdout.strip() == "2", done.stderr


def test_the_record_of_the_release_is_in_the_workspace(workspace: Workspace, original: Path) -> None:
    assert workspace.records.latest(Release, "small-chest").public_key == SigningKey.open(workspace.root / "keys").public_hex()


def test_the_key_is_readable_by_its_owner_only_and_refused_otherwise(workspace: Workspace, tmp_path: Path) -> None:
    SigningKey.open(tmp_path)
    path = next(tmp_path.iterdir())
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with pytest.raises(ConfigurationError, match="read by others"):
        SigningKey.open(tmp_path)


def test_evidence_of_another_model_is_refused(workspace: Workspace, content: ReleaseInput, tmp_path: Path) -> None:
    other = dataclasses.replace(content, evaluation=content.evaluation.model_copy(update={"model": "f" * 64}))
    with pytest.raises(IntegrityError, match="another model"):
        build_release(workspace, other, tmp_path / "release")
    assert not (tmp_path / "release").exists()


def test_a_folder_with_other_files_is_never_overwritten(workspace: Workspace, content: ReleaseInput, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="no release"):
        build_release(workspace, content, tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "mine"


@pytest.mark.parametrize(("name", "module"), [("chest-xray.v2", "chest_xray_v2"), ("2d", "model_2d"), ("A_b", "a_b")])
def test_any_model_name_becomes_a_package_name(name: str, module: str) -> None:
    assert module_name(name) == module
    assert module.isidentifier()


def test_the_tests_of_the_release_pass_in_it(original: Path) -> None:
    arguments = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(original)]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, cwd=original, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 passed" in done.stdout
