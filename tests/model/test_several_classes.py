import csv
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import balanced_accuracy_score, confusion_matrix, roc_auc_score
from tests.experiment.spots import Place
from tests.experiment.test_multi_class import CLASSES, asked, in_turn, three_classes

from cauce.cli.main import app
from cauce.domain.errors import ConfigurationError, IntegrityError
from cauce.domain.experiment import Network
from cauce.domain.preprocess import PreprocessRecipe
from cauce.experiment.search import search
from cauce.experiment.select import select
from cauce.model.build import build_version
from cauce.model.class_metrics import class_metrics
from cauce.model.class_scoring import ClassAnswers, read_class_predictions
from cauce.model.evaluate import evaluate
from cauce.model.explain.run import Request, explain_model
from cauce.model.registry import RegisteredVersion
from cauce.model.report import report_folder
from cauce.predictor.bundle import open_bundle
from cauce.predictor.export_outputs import export_outputs, output_parity
from cauce.predictor.networks import build_network
from cauce.predictor.networks.weights import network_from, weights_of
from cauce.predictor.outputs import predict_outputs
from cauce.predictor.runtime import EngineKind, open_engine
from cauce.predictor.source import load_file
from cauce.store.split_seal import seal_split

RECIPE = PreprocessRecipe(size=(32, 32))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, RegisteredVersion]:
    place = three_classes(tmp_path_factory.mktemp("several"), in_turn())
    policy = {"worst_fold_floor": 0.0}
    found = search(
        place.workspace, name="three", cohort=place.cohort, split=place.split, spec=asked(selection=policy), workers=0
    )
    select(place.workspace, found)
    seal_split(place.workspace, place.split)
    return place, build_version(place.workspace, "three", data_root=None)


@pytest.fixture(scope="module")
def networks() -> list[torch.nn.Module]:
    torch.manual_seed(0)
    return [build_network(Network.RESNET_TINY, dropout=0.0, outputs=3) for _ in range(2)]


@pytest.mark.parametrize("kind", [EngineKind.OPENVINO, EngineKind.ONNXRUNTIME])
def test_the_export_is_the_mean_of_the_members_softmax(networks: list[torch.nn.Module], kind: EngineKind) -> None:
    images = np.random.default_rng(0).normal(size=(5, 1, 32, 32)).astype(np.float32)
    with torch.no_grad():
        each = [torch.softmax(network.eval()(torch.from_numpy(images))[0], 1).numpy() for network in networks]
    last = [torch.nn.Softmax(1)] * 2
    model = export_outputs(networks, last, RECIPE, name="probability")
    found = open_engine(model, kind).infer_output(images, "probability")
    assert np.abs(found - np.mean(each, axis=0)).max() < 1e-5
    assert output_parity(networks, last, model, images, name="probability") < 1e-5
    assert output_parity(networks[:1], last[:1], model, images, name="probability") > 1e-5


def test_weights_say_how_many_outputs_their_network_has(networks: list[torch.nn.Module]) -> None:
    assert network_from(Network.RESNET_TINY, weights_of(networks[0])).head.out_features == 3
    with pytest.raises(IntegrityError, match="do not belong"):
        network_from(Network.RESNET_SMALL, weights_of(networks[0]))


def test_the_bundle_gives_a_probability_of_each_class(built: tuple[Place, RegisteredVersion]) -> None:
    place, version = built
    bundle = open_bundle(version.folder)
    assert (bundle.operating_point, bundle.contract.output_name, bundle.golden.probabilities.shape) == (
        None, "probability", (4, 3)
    )
    pixels = [load_file(place.data_root / row.path, row.path, key=None).image.pixels for row in place.rows[:3]]
    found = predict_outputs(open_engine(bundle.model), bundle.contract, pixels)
    assert found.sum(1) == pytest.approx(1, abs=1e-5)
    assert version.model.parity < 1e-5


def test_the_evaluation_says_what_is_taken_for_what(built: tuple[Place, RegisteredVersion]) -> None:
    place, version = built
    report = evaluate(place.workspace, f"three:{version.version}", data_root=None, why="test")
    names = {each.name for each in report.metrics}
    assert {"macro AUC", "accuracy", "balanced accuracy", "AUC, left", "sensitivity, right", "specificity, none"} <= names
    answers = read_class_predictions(place.workspace, report.predictions_sha256, CLASSES)
    assert answers.confusion().sum() == report.n_instances == len(answers.reference)
    folder = report_folder(place.workspace, report)
    page = (folder / "evaluation.html").read_text()
    assert "What is taken for what" in page
    assert "no operating point" in page
    assert (folder / "roc.png").is_file()


def test_predict_writes_a_column_for_each_class(
    built: tuple[Place, RegisteredVersion], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place, version = built
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes((place.data_root / place.rows[0].path).read_bytes())
    (tmp_path / "in" / "b.png").write_bytes(b"no picture")
    app(
        ["predict", str(version.folder), str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--workspace",
         str(place.workspace.root)], standalone_mode=False,
    )
    assert "1 of 2 images were refused" in capsys.readouterr().err
    good, bad = csv.DictReader((tmp_path / "out" / "predictions.csv").open())
    numbers = {name: float(good[f"probability_{name}"]) for name in CLASSES}
    assert good["predicted"] == max(numbers, key=lambda name: numbers[name])
    assert sum(numbers.values()) == pytest.approx(1, abs=1e-5)
    assert (bad["predicted"], bad["probability_left"], bad["code"]) == ("", "", "unreadable")


def test_the_called_class_is_explained(built: tuple[Place, RegisteredVersion]) -> None:
    place, _ = built
    report, _ = explain_model(place.workspace, "three:1", Request(cases=3), data_root=None)
    assert len(report.cases) == 3
    assert all(case.explained in CLASSES and case.probability >= 1 / len(CLASSES) for case in report.cases)


def test_nobody_decides_by_a_threshold_of_such_a_model(built: tuple[Place, RegisteredVersion]) -> None:
    _, version = built
    with pytest.raises(ConfigurationError, match="tells several classes apart; it has no operating point"):
        open_bundle(version.folder).decision_point()
    with pytest.raises(ConfigurationError, match="tells several classes apart"):
        version.model.decision_point()


@pytest.mark.parametrize("command", [("release", "build"), ("model", "dossier")])
def test_what_such_a_model_cannot_do_is_said_in_one_line(
    built: tuple[Place, RegisteredVersion], command: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place, version = built
    evaluate(place.workspace, f"three:{version.version}", data_root=None, why="test")
    out = [str(tmp_path / "r")] if command[0] == "release" else []
    asked_for = [*command, f"three:{version.version}", *out, "--workspace", str(place.workspace.root)]
    assert app(asked_for, standalone_mode=False) == 2
    said = capsys.readouterr().err
    assert "tells several classes apart; it has no operating point" in said
    assert "Traceback" not in said


def drawn(n: int = 90) -> ClassAnswers:
    rng = np.random.default_rng(3)
    reference = np.arange(n) % 3
    logits = rng.normal(size=(n, 3)) + 1.2 * np.eye(3)[reference]
    share = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    return ClassAnswers(reference, share, np.array([f"P{number // 6}" for number in range(n)]))


def test_the_numbers_are_those_of_scikit_learn() -> None:
    answers = drawn()
    found = {each.name: each for each in class_metrics(answers, CLASSES)}
    called = answers.probability.argmax(1)
    table = confusion_matrix(answers.reference, called)
    assert found["balanced accuracy"].value == pytest.approx(balanced_accuracy_score(answers.reference, called))
    assert found["macro AUC"].value == pytest.approx(roc_auc_score(answers.reference, answers.probability, multi_class="ovr"))
    assert found["AUC, left"].value == pytest.approx(roc_auc_score(answers.reference == 1, answers.probability[:, 1]))
    assert found["sensitivity, left"].value == pytest.approx(table[1, 1] / table[1].sum())
    assert found["specificity, left"].value == pytest.approx(1 - (table[0, 1] + table[2, 1]) / 60)
    assert (answers.confusion()[:, :3] == table).all()
    for each in found.values():
        assert each.n_patients is not None
        assert "patient-clustered" in each.method


def test_a_missing_answer_is_wrong_in_every_number() -> None:
    answers = drawn()
    probability = answers.probability.copy()
    probability[:9] = np.nan
    worse = ClassAnswers(answers.reference, probability, answers.patient)
    before, after = (class_metrics(each, CLASSES) for each in (answers, worse))
    assert all(b.value > a.value for b, a in zip(before, after, strict=True))
    assert worse.confusion()[:, 3].tolist() == [3, 3, 3]


def test_too_few_patients_of_a_class_give_no_interval() -> None:
    found = {each.name: each for each in class_metrics(drawn(12), CLASSES)}
    assert found["balanced accuracy"].value is None
    assert found["sensitivity, none"].value is None
