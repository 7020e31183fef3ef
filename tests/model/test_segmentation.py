"""A model that segments is built, measured on the test partition, registered and asked for masks, like any other."""

import csv
import subprocess
import sys
from pathlib import Path

import nibabel
import numpy as np
import pytest

from balls import Place, build_place, run, spec
from cauce.domain.errors import ConfigurationError, IntegrityError
from cauce.domain.model import EvaluationReport
from cauce.experiment.select import select
from cauce.model.build import build_version
from cauce.model.case_measures import read_measures
from cauce.model.dossier.inputs import pin
from cauce.model.dossier.verify import verify
from cauce.model.dossier.write import write
from cauce.model.evaluate import evaluate
from cauce.model.registry import RegisteredVersion, resolve
from cauce.model.report import report_folder
from cauce.model.segmenting import measure_class
from cauce.predictor.bundle import open_bundle
from cauce.predictor.golden_volumes import GoldenVolumes
from cauce.predictor.predictor import verify_golden
from cauce.predictor.runtime import open_engine
from cauce.store.settings import Language


def cauce(*arguments: object, cwd: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "cauce", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    made = build_place(tmp_path_factory.mktemp("river"))
    floor = {"worst_fold_floor": 0.0}
    select(made.workspace, run(made, "balls", spec(training={"epochs": 10, "patches_per_volume": 3}, selection=floor)))
    return made


@pytest.fixture(scope="module")
def version(place: Place) -> RegisteredVersion:
    return build_version(place.workspace, "balls", data_root=place.data)


@pytest.fixture(scope="module")
def report(place: Place, version: RegisteredVersion) -> EvaluationReport:
    return evaluate(place.workspace, "balls@champion", data_root=place.data, why="test")


@pytest.mark.parametrize("language", list(Language))
def test_the_dossier_of_masks_is_written_and_verified(
    place: Place, report: EvaluationReport, tmp_path: Path, language: Language
) -> None:
    inputs = pin(place.workspace, "balls@champion", language=language, answers=None)
    paths, document = write(place.workspace, inputs, tmp_path)
    assert document["coverage"]["claim"]["filled"] >= 26
    assert document["coverage"]["claim"]["covered"] >= 40
    assert [verify(place.workspace, path) for path in paths[:3]] == [[], [], []]
    assert report.metrics[0].name == "Dice"


def test_the_version_has_channels_classes_and_no_operating_point(place: Place, version: RegisteredVersion) -> None:
    contract = version.model.contract
    assert contract.volume_recipe().channels == ("T1",)
    assert contract.reference.classes == ("bright", "dark")
    assert version.model.operating_point is None
    assert resolve(place.workspace, "balls@champion").model == version.model
    with pytest.raises(ConfigurationError, match="segments"):
        version.model.decision_point()


def test_the_bundle_replays_its_golden_volumes_and_notices_a_changed_one(version: RegisteredVersion) -> None:
    bundle = open_bundle(version.folder)
    engine = open_engine(bundle.model)
    assert isinstance(bundle.golden, GoldenVolumes)
    assert len(np.unique(bundle.golden.classes)) > 1
    assert verify_golden(bundle, engine) == 0
    bundle.golden.classes[:] = 1 - bundle.golden.classes.clip(max=1)
    with pytest.raises(IntegrityError, match="other masks"):
        verify_golden(bundle, engine)


def test_the_report_measures_every_class_of_every_test_case(place: Place, report: EvaluationReport) -> None:
    rows = read_measures(place.workspace, report.predictions_sha256)
    assert len(rows) == 2 * report.n_instances
    found = {each.name: each for each in report.metrics}
    assert {"Dice", "Dice, bright", "HD95, dark", "NSD at 1 mm, dark", "volume error, bright"} <= set(found)
    assert found["Dice"].status == "insufficient"  # 2 patients
    assert report.n_positive == report.n_instances
    assert report.missing == 0
    bright = [row.measures.dice for row in rows if row.class_name == "bright"]
    assert np.mean(bright) > 0.5


def test_the_page_shows_table_charts_and_worst_cases(place: Place, report: EvaluationReport) -> None:
    folder = report_folder(place.workspace, report)
    page = (folder / "evaluation.html").read_text()
    for name in ("dice.png", "volumes.png", "worst.png"):
        assert (folder / name).read_bytes().startswith(b"\x89PNG")
        assert name in page
    assert "HD95 (mm)" in page
    assert "<th>Bright</th>" in page


def test_a_second_evaluation_gives_the_stored_report(place: Place, report: EvaluationReport) -> None:
    assert evaluate(place.workspace, "balls@champion", data_root=place.data, why="") == report


def test_predict_writes_masks_on_the_grid_of_the_input_that_agree_with_the_evaluation(
    place: Place, report: EvaluationReport, tmp_path: Path
) -> None:
    asked = ("predict", "balls@champion", place.data / "images", "--out", "out", "--workspace", place.workspace.root)
    done = cauce(*asked, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    table = {row["case"]: row for row in csv.DictReader((tmp_path / "out" / "predictions.csv").open())}
    assert len(table) == 12
    for row in read_measures(place.workspace, report.predictions_sha256):
        name = Path(row.instance).name.removesuffix(".nii.gz")
        mask = nibabel.load(tmp_path / "out" / table[name]["mask"])
        image = nibabel.load(place.data / row.instance)
        assert mask.shape == image.shape
        assert np.allclose(mask.affine, image.affine)
        value = ("bright", "dark").index(row.class_name) + 1
        wanted = np.asarray(nibabel.load(place.data / "labels" / f"{name}.nii.gz").dataobj) == value
        found = np.asarray(mask.dataobj) == value
        again = measure_class(wanted, found, (1, 1, 1), 1.0)
        assert again.dice == pytest.approx(row.measures.dice)
        assert float(table[name][f"{row.class_name}_ml"]) == pytest.approx(again.predicted_ml)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("predict", "balls@champion", "nowhere", "--out", "o"), "no such file or folder"),
        (("release", "build", "balls@champion", "r"), "releases and service take two classes yet"),
        (("service", "run", "--model", "balls@champion"), "two classes yet"),
        (("model", "compare", "balls:1", "balls:1"), "two classes yet"),
    ],
)
def test_what_a_segmenter_cannot_do_is_said_in_one_line(
    place: Place, report: EvaluationReport, arguments: tuple[str, ...], says: str, tmp_path: Path
) -> None:
    done = cauce(*arguments, "--workspace", place.workspace.root, cwd=tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
