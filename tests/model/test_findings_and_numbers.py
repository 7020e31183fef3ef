import csv
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import average_precision_score, mean_absolute_error, roc_auc_score
from tests.experiment.answers import FINDINGS, asked, finding_place, number_of_spot, number_place
from tests.experiment.spots import Place

from cauce.cli.main import app
from cauce.domain.errors import ConfigurationError
from cauce.experiment.search import search
from cauce.experiment.select import select
from cauce.model.build import build_version
from cauce.model.evaluate import evaluate
from cauce.model.label_scoring import LabelAnswers, label_metrics, read_label_predictions
from cauce.model.number_scoring import NumberAnswers, number_metrics, read_number_predictions
from cauce.model.registry import RegisteredVersion
from cauce.model.report import report_folder
from cauce.predictor.bundle import open_bundle
from cauce.predictor.networks.weights import network_from
from cauce.predictor.outputs import predict_outputs
from cauce.predictor.preprocess import apply
from cauce.predictor.runtime import EngineKind, open_engine
from cauce.predictor.source import load_file
from cauce.store.split_seal import seal_split

Built = tuple[Place, RegisteredVersion]


def build(place: Place, task: str, name: str) -> Built:
    training = {**asked(task).training.model_dump(mode="json"), "epochs": 10}
    spec = asked(task, training=training, train_folds=2, selection={"worst_fold_floor": 0.0, "stability_weight": 0.0})
    found = search(place.workspace, name=name, cohort=place.cohort, split=place.split, spec=spec, workers=0)
    select(place.workspace, found)
    seal_split(place.workspace, place.split)
    return place, build_version(place.workspace, name, data_root=None)


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(number_place(tmp_path_factory.mktemp("numbers")), "regression", "size")


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build(finding_place(tmp_path_factory.mktemp("findings")), "multi_label", "findings")


def pixels_of(place: Place, count: int) -> list[np.ndarray]:
    return [load_file(place.data_root / row.path, row.path, key=None).image.pixels for row in place.rows[:count]]


@pytest.mark.parametrize("kind", [EngineKind.OPENVINO, EngineKind.ONNXRUNTIME])
def test_the_number_is_the_mean_of_the_folds_each_on_its_own_scale(numbers: Built, kind: EngineKind) -> None:
    place, version = numbers
    bundle = open_bundle(version.folder)
    pixels = pixels_of(place, 4)
    images = torch.from_numpy(np.stack([apply(bundle.contract.preprocess, image) for image in pixels])[:, None])
    from cauce.domain.experiment import Search
    trial = place.workspace.records.latest(Search, "size").trials[0]
    fold = place.split.fold_of()
    expected = []
    for run in trial.runs:
        network = network_from(run.settings.network, place.workspace.arrays.read(run.weights or ""))
        seen = [number_of_spot(n) for n, row in enumerate(place.rows) if fold.get(row.patient_key, run.fold) != run.fold]
        with torch.no_grad():
            expected.append(network(images)[0].numpy() * np.std(seen) + np.mean(seen))
    found = predict_outputs(open_engine(bundle.model, kind), bundle.contract, pixels)
    assert found[:, 0] == pytest.approx(np.mean(expected, axis=0), abs=1e-3)
    assert (bundle.contract.output_name, bundle.operating_point, bundle.golden.probabilities.shape) == ("number", None, (4, 1))
    assert version.model.parity < 1e-5


def test_the_network_measures_what_the_images_show(numbers: Built) -> None:
    place, version = numbers
    bundle = open_bundle(version.folder)
    found = predict_outputs(open_engine(bundle.model), bundle.contract, pixels_of(place, 48))[:, 0]
    assert np.corrcoef(found, [number_of_spot(number) for number in range(48)])[0, 1] > 0.8


def test_an_evaluation_of_numbers_says_error_bias_and_agreement(numbers: Built) -> None:
    place, version = numbers
    report = evaluate(place.workspace, f"size:{version.version}", data_root=None, why="test")
    assert [each.name for each in report.metrics][:3] == ["MAE", "RMSE", "bias"]
    answers = read_number_predictions(place.workspace, report.predictions_sha256)
    assert answers.reference.tolist() == [number_of_spot(number) for number in range(54, 60)]
    folder = report_folder(place.workspace, report)
    page = (folder / "evaluation.html").read_text()
    assert "Results (mm)" in page
    assert (folder / "scatter.png").is_file()
    assert (folder / "agreement.png").is_file()


def test_the_bundle_gives_a_probability_of_each_finding(findings: Built) -> None:
    place, version = findings
    bundle = open_bundle(version.folder)
    found = predict_outputs(open_engine(bundle.model), bundle.contract, pixels_of(place, 5))
    assert found.shape == (5, 3)
    assert ((found > 0) & (found < 1)).all()
    assert found.sum(axis=1) != pytest.approx(1, abs=1e-3)


def test_an_evaluation_of_findings_has_a_row_for_each(findings: Built) -> None:
    place, version = findings
    report = evaluate(place.workspace, f"findings:{version.version}", data_root=None, why="test")
    names = {each.name for each in report.metrics}
    assert {"macro AUC", "AUC, spot", "average precision, bright", "Brier score, dark"} <= names
    answers = read_label_predictions(place.workspace, report.predictions_sha256, FINDINGS)
    assert answers.wanted.shape == (6, 3)
    assert report.n_positive == int(answers.wanted.any(1).sum())
    page = (report_folder(place.workspace, report) / "evaluation.html").read_text()
    assert "Each finding" in page
    assert "any number of them may be there" in page


@pytest.mark.parametrize(("which", "columns"), [
    ("numbers", ("number", "unit")), ("findings", tuple(f"probability_{name}" for name in FINDINGS)),
])
def test_predict_writes_the_columns_of_the_task(
    which: str, columns: tuple[str, ...], tmp_path: Path, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    place, version = request.getfixturevalue(which)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes((place.data_root / place.rows[0].path).read_bytes())
    (tmp_path / "in" / "b.png").write_bytes(b"no picture")
    app(
        ["predict", str(version.folder), str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--workspace",
         str(place.workspace.root)], standalone_mode=False,
    )
    said = capsys.readouterr()
    assert "1 of 2 images were refused" in said.err
    assert "1 answered, 1 refused" in said.out
    table = csv.DictReader((tmp_path / "out" / "predictions.csv").open())
    good, bad = table
    assert tuple(table.fieldnames or ()) == ("instance", *columns, "code", "reason")
    assert np.isfinite(float(good[columns[0]]))
    assert (bad[columns[0]], bad["code"]) == ("", "unreadable")


@pytest.mark.parametrize(("which", "does"), [("numbers", "measures"), ("findings", "looks for several findings")])
def test_nobody_decides_by_a_threshold_of_such_a_model(which: str, does: str, request: pytest.FixtureRequest) -> None:
    _, version = request.getfixturevalue(which)
    with pytest.raises(ConfigurationError, match=f"{does}; it has no operating point"):
        version.model.decision_point()


def test_the_numbers_of_findings_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    wanted = rng.random((120, 3)) < [0.5, 0.3, 0.6]
    answers = LabelAnswers(wanted, 1 / (1 + np.exp(-rng.normal(size=(120, 3)) - wanted)), np.arange(120).astype(str))
    found = {each.name: each.value for each in label_metrics(answers, FINDINGS)}
    assert found["AUC, bright"] == pytest.approx(roc_auc_score(wanted[:, 1], answers.probability[:, 1]))
    assert found["average precision, dark"] == pytest.approx(average_precision_score(wanted[:, 2], answers.probability[:, 2]))
    assert found["macro AUC"] == pytest.approx(roc_auc_score(wanted, answers.probability, average="macro"))


def test_a_missing_answer_is_wrong_in_every_number() -> None:
    rng = np.random.default_rng(1)
    reference = rng.normal(50, 10, size=60)
    measured = reference + rng.normal(0, 2, size=60)
    patient, ends = np.arange(60).astype(str), (float(reference.min()), float(reference.max()))
    whole = NumberAnswers(reference, measured, patient, ends)
    holes = NumberAnswers(reference, np.where(np.arange(60) < 5, np.nan, measured), patient, ends)
    before, after = ({each.name: each for each in number_metrics(answers, "mm")} for answers in (whole, holes))
    assert before["MAE"].value == pytest.approx(mean_absolute_error(reference, measured))
    assert (after["MAE"].value or 0) > (before["MAE"].value or 0)
    assert (after["CCC"].value or 0) < (before["CCC"].value or 0)
    wanted = rng.random((60, 1)) < 0.5
    good = LabelAnswers(wanted, np.where(wanted, 0.9, 0.1) + rng.normal(0, 0.02, (60, 1)), patient)
    worse = LabelAnswers(wanted, np.where(np.arange(60)[:, None] < 5, np.nan, good.probability), patient)
    assert worse.score[:5, 0].tolist() == (~wanted[:5, 0]).astype(float).tolist()
