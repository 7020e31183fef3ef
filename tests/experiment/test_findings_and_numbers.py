
import numpy as np
import pytest
import torch
from sklearn.metrics import r2_score, roc_auc_score
from torch.nn.functional import binary_cross_entropy_with_logits, huber_loss

from cauce.domain.errors import ConfigurationError, InputError
from cauce.domain.experiment import Augmentation, ExperimentSpec, Loss, Metric
from cauce.domain.experiment_check import Check
from cauce.domain.labelled import findings_of, is_labelled, number_of
from cauce.domain.progress import silent
from cauce.domain.reference import Reading, ReferenceKind
from cauce.experiment.check import check_experiment
from cauce.experiment.image_labels import LABEL_KINDS, Findings, Numbers
from cauce.experiment.image_targets import FindingTarget, NumberTarget
from cauce.experiment.prepare import TrainImages, load_train_images
from cauce.experiment.preview import preview
from cauce.experiment.requirements import check_requirements
from cauce.experiment.score import explained_variance, macro_area_of_findings
from cauce.experiment.search import search
from cauce.experiment.select import select

from .answers import FINDINGS, asked, finding_place, findings_of_image, number_of_spot, number_place
from .spots import Place, spec

TASKS = {"regression": Metric.R2, "multi_label": Metric.MACRO_AUC}


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Place]:
    return {
        "regression": number_place(tmp_path_factory.mktemp("numbers")),
        "multi_label": finding_place(tmp_path_factory.mktemp("findings")),
    }


def images_of(place: Place, task: str) -> TrainImages:
    return load_train_images(
        place.workspace, cohort=place.cohort, split=place.split, spec=asked(task), data_root=None, progress=silent
    )


@pytest.mark.parametrize("task", TASKS)
def test_a_search_is_scored_and_selected_by_the_metric_of_the_task(places: dict[str, Place], task: str) -> None:
    place = places[task]
    policy = {"worst_fold_floor": 0.0, "stability_weight": 0.0}
    training = {**asked(task).training.model_dump(mode="json"), "epochs": 12 if task == "regression" else 2}
    found = search(
        place.workspace, name=task, cohort=place.cohort, split=place.split,
        spec=asked(task, selection=policy, training=training), workers=0,
    )
    (trial,) = found.trials
    assert [run.error for run in trial.runs] == [""] * 3
    assert {run.metric for run in trial.runs} == {TASKS[task]}
    if task == "multi_label" or (trial.worst or -1) > 0:
        assert TASKS[task].word in select(place.workspace, found).reason


@pytest.mark.parametrize("task", TASKS)
def test_the_checks_and_the_preview_know_the_task(places: dict[str, Place], task: str) -> None:
    place = places[task]
    plain = {**asked(task).training.model_dump(mode="json"), "augmentation": Augmentation.NONE.value}
    found = check_experiment(
        place.workspace, name=task, cohort=place.cohort, split=place.split, spec=asked(task, training=plain)
    )
    passed = {result.check: result for result in found.results}
    for check in (Check.PICTURE, Check.ONE_BATCH, Check.DUMMY_DATA, Check.SHUFFLED_LABELS):
        assert passed[check].passed, passed[check].sentence
    assert {"regression": "numbers from 0 to 26", "multi_label": "50% spot, 3"}[task] in passed[Check.PICTURE].sentence
    assert preview(place.workspace, cohort=place.cohort, split=place.split, spec=asked(task)).is_file()


def test_the_labels_of_training_are_what_the_readers_said(places: dict[str, Place]) -> None:
    numbers, findings = images_of(places["regression"], "regression"), images_of(places["multi_label"], "multi_label")
    assert numbers.labels.tolist() == [number_of_spot(number) for number in range(48)]
    assert findings.labels.tolist() == [[name in findings_of_image(number) for name in FINDINGS] for number in range(48)]
    assert (numbers.n_outputs, findings.n_outputs) == (1, 3)


def test_a_number_is_learnt_on_the_scale_of_the_fold_it_is_trained_on(places: dict[str, Place]) -> None:
    images = images_of(places["regression"], "regression")
    train = np.flatnonzero(images.fold != 0)
    target = NumberTarget(images, train)
    taught = target.tensor(images.labels[train]).numpy()
    assert abs(taught.mean()) < 1e-6
    assert taught.std() == pytest.approx(1)
    held_out = images.labels[images.fold == 0]
    answers = np.random.default_rng(0).normal(size=len(held_out))
    in_mm = answers * images.labels[train].std() + images.labels[train].mean()
    assert target.score(held_out, answers) == pytest.approx(r2_score(held_out, in_mm))


def test_each_finding_is_a_question_of_its_own(places: dict[str, Place]) -> None:
    images = images_of(places["multi_label"], "multi_label")
    target = FindingTarget(images, np.arange(30))
    logits = torch.randn(48, 3, generator=torch.Generator().manual_seed(0))
    labels = target.tensor(images.labels)
    each = [binary_cross_entropy_with_logits(logits[:, k], labels[:, k]) for k in range(3)]
    assert target.loss(spec().training, logits, labels) == pytest.approx(float(sum(each)) / 3)
    expected = np.mean([roc_auc_score(images.labels[:, k], logits[:, k]) for k in range(3)])
    assert target.score(images.labels, logits.double().numpy()) == pytest.approx(expected)


def test_regression_takes_its_own_losses_and_says_so(places: dict[str, Place]) -> None:
    settings = spec().training.model_dump(mode="json", exclude_unset=True)
    assert asked("regression").training.loss is Loss.HUBER
    assert ExperimentSpec.model_validate({"question": "?", "task": "regression", "intended_use": "x"}).selection == (
        asked("regression").selection
    )
    wrong = asked("regression", training={**settings, "loss": "focal"})
    with pytest.raises(ConfigurationError, match="huber, squared_error, absolute_error"):
        check_requirements(wrong, places["regression"].split)
    smoothed = asked("regression", training={**settings, "label_smoothing": 0.1})
    with pytest.raises(ConfigurationError, match="label_smoothing"):
        check_requirements(smoothed, places["regression"].split)
    with pytest.raises(ConfigurationError, match="does not fit the task"):
        check_requirements(asked("multi_label", training={**settings, "loss": "huber"}), places["regression"].split)


def test_a_number_has_no_operating_point() -> None:
    with pytest.raises(ValueError, match="regression has no operating_point"):
        asked("regression", operating_point={"sensitivity": 0.9})


def test_the_same_number_everywhere_is_refused() -> None:
    with pytest.raises(InputError, match="same number"):
        explained_variance(np.ones(5), np.zeros(5))
    images = TrainImages(np.ones(4), np.zeros(4, dtype=np.intp), (), 1, kind=ReferenceKind.NUMBER)
    with pytest.raises(InputError, match="1 in 4 cases"):
        NumberTarget(images, np.arange(4))


def test_a_finding_missing_in_a_fold_is_named() -> None:
    shown = np.array([[True, False], [False, False]])
    with pytest.raises(InputError, match="dark"):
        macro_area_of_findings(shown, np.zeros((2, 2)), ("spot", "dark"))


@pytest.mark.parametrize(("readers", "expected"), [
    ([("spot",), ("spot", "dark"), ("dark",)], ("spot", "dark")), ([("spot",), ()], ()), ([()], ()),
])
def test_findings_count_by_the_majority_of_readers(
    places: dict[str, Place], readers: list[tuple[str, ...]], expected: tuple[str, ...]
) -> None:
    place = places["multi_label"]
    row = place.rows[0].model_copy(update={
        "readings": tuple(Reading(reader=str(k), labels=each) for k, each in enumerate(readers))
    })
    assert findings_of(row, FINDINGS) == expected
    assert is_labelled(row, place.cohort.spec.reference)


def test_a_table_of_findings_needs_no_readings(places: dict[str, Place]) -> None:
    place = places["multi_label"]
    row = place.rows[0].model_copy(update={"readings": (), "labels": ("dark", "No Finding"), "label": "dark"})
    assert findings_of(row, FINDINGS) == ("dark",)
    bare = row.model_copy(update={"labels": (), "label": None})
    assert not is_labelled(bare, place.cohort.spec.reference)
    nothing = row.model_copy(update={"labels": ("No Finding",), "label": "No Finding"})
    assert is_labelled(nothing, place.cohort.spec.reference)
    assert findings_of(nothing, FINDINGS) == ()


def test_several_readers_numbers_count_by_their_mean(places: dict[str, Place]) -> None:
    row = places["regression"].rows[2]
    assert number_of(row) == number_of_spot(2)


def test_dealt_out_labels_follow_from_the_number_alone() -> None:
    uniform = np.random.default_rng(0).random(400)
    labels = Findings(np.zeros((0, 3), dtype=bool), FINDINGS).dealt_out(uniform)
    assert labels.mean(0) == pytest.approx(0.5, abs=0.1)
    assert abs(np.corrcoef(labels.T.astype(float))[np.triu_indices(3, 1)]).max() < 0.2
    numbers = Numbers(np.arange(10.0), ()).dealt_out(np.array([0.0, 0.55, 0.999, 0.55]))
    assert numbers.tolist() == [0.0, 5.0, 9.0, 5.0]


@pytest.mark.parametrize("kind", LABEL_KINDS)
def test_made_up_labels_lack_nothing(kind: ReferenceKind) -> None:
    classes = FINDINGS if kind in (ReferenceKind.CLASSES, ReferenceKind.LABELS) else ()
    made = LABEL_KINDS[kind](np.zeros((0, 3)), classes).made_up(64)
    said = LABEL_KINDS[kind](made, classes)
    assert said.lacks() == ""
    assert len(said.examples(8, np.random.default_rng(0))) >= 2
    assert said.name_of(0)


def test_the_usual_loss_of_numbers_is_huber() -> None:
    from cauce.experiment.losses_number import number_loss_of

    outputs, targets = torch.tensor([0.0, 3.0]), torch.tensor([0.5, 0.0])
    assert number_loss_of(Loss.HUBER, outputs, targets) == huber_loss(outputs, targets)
