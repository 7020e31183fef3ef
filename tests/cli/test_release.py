"""`cauce release verify` as it is typed."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cauce.cli.release import app
from cauce.cli.service import bundle_of
from cauce.domain.errors import IntegrityError
from cauce.domain.release import Approval
from cauce.release.build import ReleaseInput, build_release
from cauce.store.workspace import Workspace
from small_bundle import evidence_for, write_small_bundle


@pytest.fixture
def release(tmp_path: Path) -> Path:
    bundle = write_small_bundle(tmp_path / "bundle")
    model, evaluation = evidence_for(bundle)
    approval = Approval(by="A. Physicist", role="medical physics expert", at="2026-01-01T00:00:00+00:00")
    content = ReleaseInput(bundle=bundle, version=7, model=model, evaluation=evaluation, approval=approval)
    build_release(Workspace.open(tmp_path / "w"), content, tmp_path / "release")
    return tmp_path / "release"


def test_a_good_release_verifies_and_a_flipped_byte_is_an_answer_of_no(release: Path, tmp_path: Path) -> None:
    good = CliRunner().invoke(app, ["verify", str(release), "--json"])
    assert (good.exit_code, json.loads(good.stdout)["verified"]) == (0, True)
    assert bundle_of(str(release), tmp_path / "w", None) == (release / "bundle", 7)
    model = release / "bundle" / "model.onnx"
    data = bytearray(model.read_bytes())
    data[100] ^= 1
    model.write_bytes(data)
    bad = CliRunner().invoke(app, ["verify", str(release), "--json"])
    assert bad.exit_code == 1
    assert "model.onnx" in json.loads(bad.stdout)["reason"]
    with pytest.raises(IntegrityError):
        bundle_of(str(release), tmp_path / "w", None)


def test_no_release_is_exit_code_2(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["verify", str(tmp_path)])
    assert (result.exit_code, "no release here" in result.stderr) == (2, True)


def test_a_release_that_stands_there_keeps_its_approval(release: Path, tmp_path: Path) -> None:
    before = (release / "release.json").read_bytes()
    again = CliRunner().invoke(app, ["build", "demo@champion", str(release), "--workspace", str(tmp_path / "w")])
    assert (again.exit_code, "a release is never changed" in again.stderr) == (2, True)
    assert (release / "release.json").read_bytes() == before
