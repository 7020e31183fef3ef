"""What `predict` leaves on disk."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from cauce.clinical.chest_xray.files import AnalysedFile
from cauce.clinical.chest_xray.texts import RefusalCode, refusal_of
from cauce.domain.errors import InputError, OutOfIntendedUseError
from cauce.domain.result import Decision
from cauce.report.csv_table import COLUMNS, predictions_csv
from cauce.report.prediction_folder import write_predictions
from chest_results import OPERATING_POINT, instance_result, radiograph


def positive(patient: int = 5) -> AnalysedFile:
    loaded = radiograph(patient)
    return AnalysedFile(instance_result(loaded, 0.871234567891, at=(60.0, 80.0)), loaded)


def refused() -> AnalysedFile:
    loaded = radiograph(6)
    return AnalysedFile(instance_result(loaded, None, refusal=refusal_of(RefusalCode.WRONG_VIEW, got="LL")), loaded)


def rows_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"))))


def test_the_table_has_one_row_for_each_image_and_keeps_every_digit() -> None:
    rows = rows_of(predictions_csv([positive().result, refused().result], OPERATING_POINT))
    assert tuple(rows[0]) == COLUMNS
    assert float(rows[0]["probability"]) == 0.871234567891
    shown = [rows[0][column] for column in ("decision", "side", "zone", "model_version")]
    assert shown == ["positive", "right", "upper", "3"]
    assert (rows[1]["decision"], rows[1]["probability"]) == ("refused", "")
    assert "received: LL" in rows[1]["reason"]


def test_table_and_heat_maps_are_written_together(tmp_path: Path) -> None:
    summary = write_predictions(tmp_path / "out", [positive(), refused()], OPERATING_POINT)
    assert (summary.total, summary.of(Decision.POSITIVE), summary.of(Decision.REFUSED)) == (2, 1, 1)
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()) == [
        "out/heat_maps/5.dcm.png", "out/predictions.csv",
    ]


def test_when_every_image_is_refused_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(OutOfIntendedUseError, match="view"):
        write_predictions(tmp_path / "out", [refused()], OPERATING_POINT)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_put_in_place_is_not_left_beside_it(tmp_path: Path) -> None:
    (tmp_path / "out" / "predictions.csv").mkdir(parents=True)
    with pytest.raises(OSError, match=r"predictions\.csv"):
        write_predictions(tmp_path / "out", [positive()], OPERATING_POINT)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_an_interruption_leaves_the_earlier_predictions_whole(tmp_path: Path) -> None:
    write_predictions(tmp_path / "out", [positive()], OPERATING_POINT)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    def interrupted() -> Iterator[AnalysedFile]:
        yield positive(6)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_predictions(tmp_path / "out", interrupted(), OPERATING_POINT)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_second_run_replaces_its_own_files_and_leaves_others_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_predictions(out, [positive()], OPERATING_POINT)
    (out / "notes.txt").write_text("mine")
    write_predictions(out, [positive(6)], OPERATING_POINT)
    assert [path.name for path in (out / "heat_maps").iterdir()] == ["6.dcm.png"]
    assert (out / "notes.txt").read_text() == "mine"
    assert len(rows_of((out / "predictions.csv").read_bytes())) == 1


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x")
    with pytest.raises(InputError, match="not a folder"):
        write_predictions(tmp_path / "out", [positive()], OPERATING_POINT)
