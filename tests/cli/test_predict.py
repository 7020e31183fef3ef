"""`cauce predict`, as a user calls it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from cauce.cli.predict import predict
from cauce.domain.release import Approval
from cauce.release.build import ReleaseInput, build_release
from cauce.store.workspace import Workspace
from chest_results import file_of, phantom_dataset
from small_bundle import evidence_for, write_small_bundle

RUNNER = CliRunner()


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_bundle(tmp_path_factory.mktemp("model") / "bundle")


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    (folder / "5.dcm").write_bytes(file_of(phantom_dataset()))
    return folder


def run(*arguments: object) -> Result:
    app = typer.Typer()
    app.command()(predict)
    return RUNNER.invoke(app, [str(argument) for argument in arguments])


def test_a_folder_gets_a_table_heat_maps_and_one_json_document(bundle: Path, images: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = run(bundle, images, "--out", out, "--workspace", tmp_path / "ws", "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert document["images"] == 1
    assert (out / "predictions.csv").is_file()
    assert (out / "heat_maps" / "5.dcm.png").is_file()
    assert not (tmp_path / "ws").exists(), "a model that is named by its folder needs no workspace"


def test_a_partly_unusable_folder_says_so_on_one_line(bundle: Path, images: Path, tmp_path: Path) -> None:
    (images / "text.dcm").write_text("not an image")
    result = run(bundle, images, "--out", tmp_path / "out", "--json")
    assert result.exit_code == 0
    assert "1 of 2 images were refused" in result.stderr
    assert json.loads(result.stdout)["refused"] == 1


def _ct(folder: Path) -> None:
    dataset = phantom_dataset()
    dataset.Modality = "CT"
    (folder / "5.dcm").write_bytes(file_of(dataset))


def _truncated(folder: Path) -> None:
    data = (folder / "5.dcm").read_bytes()
    (folder / "5.dcm").write_bytes(data[: len(data) // 2])


def _text(folder: Path) -> None:
    (folder / "5.dcm").write_text("not an image")


def _empty(folder: Path) -> None:
    (folder / "5.dcm").unlink()


@pytest.mark.parametrize("spoil", [_ct, _truncated, _text, _empty])
def test_bad_input_is_one_line_exit_code_2_and_nothing_written(
    bundle: Path, images: Path, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(images)
    result = run(bundle, images, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert [line for line in result.stderr.splitlines() if line.startswith("cauce: ")]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["images"]


def test_a_flipped_byte_in_the_bundle_is_refused(bundle: Path, images: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed"
    shutil.copytree(bundle, changed)
    data = bytearray((changed / "model.onnx").read_bytes())
    data[len(data) // 2] ^= 1
    (changed / "model.onnx").write_bytes(bytes(data))
    result = run(changed, images, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "the file was changed" in result.stderr
    assert not (tmp_path / "out").exists()


def test_a_release_folder_answers_with_its_version_and_its_signature_is_checked(
    bundle: Path, images: Path, tmp_path: Path
) -> None:
    model, evaluation = evidence_for(bundle)
    approval = Approval(by="test", role="tester", at="2026-01-01T00:00:00+00:00")
    content = ReleaseInput(bundle=bundle, version=2, model=model, evaluation=evaluation, approval=approval)
    release = tmp_path / "release"
    build_release(Workspace.open(tmp_path / "maker"), content, release)
    result = run(release, images, "--out", tmp_path / "out", "--json")
    assert json.loads(result.stdout)["model_version"] == 2, result.output
    (release / "release.sig").write_text("00" * 64)
    assert run(release, images, "--out", tmp_path / "other").exit_code == 2


def test_a_name_without_a_workspace_is_not_found(images: Path, tmp_path: Path) -> None:
    result = run("nothing@champion", images, "--out", tmp_path / "out", "--workspace", tmp_path / "ws")
    assert result.exit_code == 2
    assert "nothing@champion" in result.stderr
    assert not (tmp_path / "ws").exists()


def test_a_bundle_is_asked_without_torch_or_mlflow(bundle: Path, images: Path, tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "for name in ('torch', 'mlflow', 'monai', 'pytorch_lightning', 'pandas', 'matplotlib'):\n"
        "    sys.modules[name] = None\n"
        "import typer\n"
        "from cauce.cli.predict import predict\n"
        "app = typer.Typer()\n"
        "app.command()(predict)\n"
        "app()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(bundle), str(images), "--out", str(tmp_path / "out")],
        capture_output=True, text=True, check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "predictions.csv").is_file()


def test_no_name_of_a_patient_reaches_output_or_files(bundle: Path, images: Path, tmp_path: Path) -> None:
    dataset = phantom_dataset()
    dataset.PatientName, dataset.PatientID = "ZZYZX^CANARY", "CANARY-4711"
    (images / "5.dcm").write_bytes(file_of(dataset))
    result = run(bundle, images, "--out", tmp_path / "out")
    written = (tmp_path / "out" / "predictions.csv").read_text() + result.output + result.stderr
    assert "CANARY" not in written
    assert "ZZYZX" not in written


def test_a_folder_the_system_refuses_is_one_line_and_nothing_is_written(bundle: Path, images: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = run(bundle, images, "--out", tmp_path / "file" / "out", "--workspace", tmp_path / "ws", "--json")
    assert result.exit_code == 2, result.output
    assert json.loads(result.stdout)["error"]["code"] == "bad-input"
    assert result.stderr.count("\n") == 1
    assert "can be written" in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "images"]
