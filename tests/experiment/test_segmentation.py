import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from balls import Place, build_place, run, spec, write_case
from cauce.domain.errors import ConfigurationError, IntegrityError
from cauce.domain.experiment import Metric, Precision, RunStatus, Search
from cauce.experiment.prepare_volumes import TrainVolumes, load_train_volumes
from cauce.experiment.segmentation import SegmentationLearner
from cauce.experiment.select import select
from cauce.experiment.train import precision_for
from cauce.predictor.networks import is_sound_in_bfloat16
from cauce.predictor.networks.weights import segmentation_network_from


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return build_place(tmp_path_factory.mktemp("balls"))


@pytest.fixture(scope="module")
def finished(place: Place) -> Search:
    return run(place, "finished", spec(training={"epochs": 2}))


def weights(result: Search) -> list[str | None]:
    return [each.weights for trial in result.trials for each in trial.runs]


def volumes_of(place: Place) -> TrainVolumes:
    recipe = spec().volume
    assert recipe is not None
    return load_train_volumes(
        place.workspace, cohort=place.cohort, split=place.split, recipe=recipe, data_root=place.data,
        progress=lambda *_: None,
    )


def test_what_stands_out_is_learnt_and_scored_by_dice(place: Place) -> None:
    result = run(place, "learns", spec(training={"epochs": 4, "patches_per_volume": 8, "augmentation": "light"}))
    (trial,) = result.trials
    assert all(each.metric is Metric.DICE and each.status is RunStatus.FINISHED for each in trial.runs)
    assert (trial.worst or 0) > 0.6
    assert "Dice" in select(place.workspace, result).reason


def test_the_weights_make_a_network_without_what_served_training_alone(finished: Search, place: Place) -> None:
    stored = place.workspace.arrays.read(weights(finished)[0] or "")
    network = segmentation_network_from(finished.spec.training.network, stored, channels=1, classes=2)
    assert not any("deep_supervision" in name for name in network.state_dict())


def test_the_folds_asked_for_are_trained_and_no_more(finished: Search, place: Place) -> None:
    assert len(place.split.folds) == 3
    assert [each.fold for each in finished.trials[0].runs] == [0, 1]
    with pytest.raises(ConfigurationError, match="more folds"):
        run(place, "folds", spec(train_folds=4))


def test_a_killed_search_loses_at_most_the_epoch_under_way(finished: Search, tmp_path: Path) -> None:
    place = build_place(tmp_path)
    code = (
        "import sys, os; from pathlib import Path; sys.path.insert(0, sys.argv[1])\n"
        "import torch; torch.set_num_threads(1)\n"
        "from balls import *\n"
        "place = Workspace.open(Path(sys.argv[2]))\n"
        "place = Place(place, place.records.latest(Cohort, 'balls'), place.records.latest(Split, 'balls'), Path(sys.argv[3]))\n"
        "stop = lambda step, done, total: os.kill(os.getpid(), 9) if step.startswith('train') and done == 3 else None\n"
        "run(place, 'finished', spec(training={'epochs': 2}), stop)\n"
    )
    arguments = [sys.executable, "-c", code, str(Path(__file__).parents[1]), str(place.workspace.root), str(place.data)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, env={**os.environ, "OMP_NUM_THREADS": "1"})
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert len(list((place.workspace.root / "unfinished").glob("*.safetensors"))) == 1  # the second fold, after an epoch
    assert weights(run(place, "finished", spec(training={"epochs": 2}))) == weights(finished)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"volume": {"patch": (15, 16, 20)}}, r"\[16, 16, 24\]"),
        ({"volume": {"patch": (16, 16, 16), "channels": ("T1", "FLAIR")}}, "lacks a channel.*T1.*FLAIR"),
        ({"training": {"network": "resnet_tiny"}}, "does not segment"),
        ({"training": {"loss": "focal"}}, "does not fit the task segmentation.*dice_cross_entropy"),
        ({"grid": {"loss": ("dice", "no_such")}}, "no_such"),
        ({"training": {"precision": "bfloat16"}}, "cannot be trained in bfloat16.*precision: auto"),
    ],
)
def test_what_cannot_work_is_said_in_one_line_before_anything_is_trained(
    place: Place, changes: dict[str, object], message: str
) -> None:
    with pytest.raises((ConfigurationError, ValueError), match=message):
        run(place, "wrong", spec(**changes))


def test_a_loss_that_is_no_number_is_recorded_and_the_search_goes_on(place: Place) -> None:
    result = run(place, "diverges", spec(grid={"weight_decay": (1e30, 0.01)}))
    assert [each.status for each in result.trials[0].runs] == [RunStatus.FAILED] * 2
    assert result.trials[1].mean is not None
    assert "no number" in result.trials[0].runs[0].error
    assert "Lower the learning rate" in result.trials[0].runs[0].error


def test_a_class_that_no_training_case_holds_is_named(tmp_path: Path) -> None:
    place = build_place(tmp_path, without_dark=True)
    result = run(place, "x", spec())
    assert all("no case to train on holds a class" in each.error and "dark" in each.error for each in result.trials[0].runs)


def test_a_volume_that_was_changed_after_it_was_indexed_is_refused(tmp_path: Path) -> None:
    place = build_place(tmp_path)
    for number in range(12):
        write_case(place.data, number, dark=False)
    with pytest.raises(IntegrityError, match="changed since it was indexed"):
        run(place, "x", spec())


def test_prepared_volumes_are_those_of_train_and_are_found_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    volumes = volumes_of(place)
    assert len(volumes.cases) == len(place.split.train)
    assert volumes.voxels(0).shape == (1, 18, 22, 20)  # z, y, x
    assert volumes.cases[0].present == (1, 2)
    monkeypatch.setattr("cauce.experiment.prepare_volumes._prepare", lambda *_: pytest.fail("prepared again"))
    assert volumes_of(place).cases == volumes.cases


def test_two_slices_in_the_deepest_features_are_trained_in_float32_where_bfloat16_is_not_sound(place: Place) -> None:
    settings = spec(training={"precision": "auto"}).training
    assert not is_sound_in_bfloat16(settings.network, (16, 16, 16))
    assert is_sound_in_bfloat16(settings.network, (24, 16, 16))
    if not torch.cuda.is_available():
        assert precision_for(settings, volumes_of(place)) is Precision.FLOAT32


def test_an_epoch_goes_through_each_volume_as_often_as_asked(place: Place) -> None:
    settings = spec(training={"patches_per_volume": 3}).training
    learner = SegmentationLearner(settings, volumes_of(place), 0, Precision.FLOAT32)
    counts = np.unique(learner.train, return_counts=True)[1]
    assert set(counts) == {3}
    assert learner.n_train + learner.n_held_out == len(place.split.train)


def test_a_case_in_which_nothing_is_marked_and_nothing_found_does_not_count(place: Place) -> None:
    learner = SegmentationLearner(spec().training, volumes_of(place), 0, Precision.FLOAT32)
    nothing = float("nan")
    assert learner.judge([(1.0, [0.8, nothing]), (2.0, [nothing, 0.6])]).score == pytest.approx(0.7)
    assert learner.judge([(1.0, [0.8, 0.0]), (3.0, [nothing, 0.7])]).loss == pytest.approx(2.0)
