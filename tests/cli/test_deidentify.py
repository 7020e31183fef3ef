import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cauce.cli.main import app
from deidentify_canaries import instance


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    for seed in range(2):
        (tmp_path / "in" / f"{seed}.dcm").write_bytes(instance(seed).data)
    (tmp_path / "in" / "readme.txt").write_text("text")
    return tmp_path / "in"


def call(source: Path, *arguments: str) -> tuple[int, str]:
    places = [str(source), str(source.parent / "out"), "--key-file", str(source.parent / "key")]
    done = CliRunner().invoke(app, ["dataset", "deidentify", *places, *arguments])
    return done.exit_code, done.output


def test_without_a_key_nothing_is_written_and_the_error_names_the_command(source: Path) -> None:
    code, text = call(source)
    assert code == 2
    assert "--make-key" in text
    assert [path.name for path in source.parent.iterdir()] == ["in"]


def test_a_folder_is_deidentified_and_what_was_held_back_is_told(source: Path) -> None:
    code, text = call(source, "--make-key")
    assert code == 0
    assert "2 of 3 files" in text
    assert "not a DICOM file" in text
    assert len(list((source.parent / "out").rglob("*.dcm"))) == 2
    assert (source.parent / "key").stat().st_mode & 0o777 == 0o600


def test_json_is_one_document_and_options_are_in_its_codes(source: Path) -> None:
    retained = ("--retain", "device", "--retain", "patient-characteristics")
    code, text = call(source, "--make-key", "--json", "--dates", "full", *retained, "--clean", "descriptors")
    assert code == 0
    document = json.loads(text)
    assert [item["code"] for item in document["method_codes"]] == ["113100", "113105", "113106", "113108", "113109"]
    assert document["passed"] == 2
