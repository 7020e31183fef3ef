import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from cauce.domain.errors import NotFoundError
from cauce.domain.experiment import RunStatus, Search, TrainingSettings
from cauce.domain.progress import Progress, silent
from cauce.domain.split import Split
from cauce.experiment import train
from cauce.experiment.search import search
from cauce.predictor.networks.weights import network_from
from cauce.store.mlflow_adapter import open_client

from .spots import Place, build_place, put_audit, spec, with_settings


def run(place: Place, name: str, experiment: object = None, progress: Progress = silent, **options: bool) -> Search:
    return search(
        place.workspace, name=name, cohort=place.cohort, split=place.split, spec=experiment or with_settings(),  # type: ignore[arg-type]
        data_root=place.data_root, progress=progress, **options,
    )


def weights(result: Search) -> list[str | None]:
    return [each.weights for trial in result.trials for each in trial.runs]


@pytest.fixture(scope="module")
def finished(shared_place: Place) -> Search:
    return run(shared_place, "finished", spec())


def test_every_configuration_is_trained_on_every_fold(finished: Search, shared_place: Place) -> None:
    assert [len(trial.runs) for trial in finished.trials] == [3, 3]
    for trial in finished.trials:
        assert all(each.status is RunStatus.FINISHED and each.n_train == 32 and each.n_validation == 16 for each in trial.runs)
        assert len({each.seed for each in trial.runs}) == 3
        assert trial.mean == pytest.approx(sum(each.score or 0 for each in trial.runs) / 3)
        assert len(trial.runs[0].curve) == 2
    assert shared_place.workspace.records.latest(Search, "finished") == finished


def test_the_stored_weights_make_the_network(finished: Search, shared_place: Place) -> None:
    first = finished.trials[0].runs[0]
    network = network_from(first.settings.network, shared_place.workspace.arrays.read(first.weights or ""))
    assert not network.training


def test_the_tracker_has_a_parent_for_each_configuration_and_a_child_for_each_fold(
    finished: Search, shared_place: Place
) -> None:
    client = open_client(shared_place.workspace)
    tracked = client.search_runs([finished.tracking_experiment_id], max_results=100)
    parents = [each for each in tracked if "mlflow.parentRunId" not in each.data.tags]
    children = [each for each in tracked if "mlflow.parentRunId" in each.data.tags]
    assert (len(parents), len(children)) == (2, 6)
    by_mean = {round(trial.mean or 0, 6): trial for trial in finished.trials}
    for parent in parents:
        trial = by_mean[round(parent.data.metrics["validation_auc_mean"], 6)]
        assert parent.data.metrics["validation_auc_std"] == pytest.approx(trial.standard_deviation)
        mine = [child for child in children if child.data.tags["mlflow.parentRunId"] == parent.info.run_id]
        assert {child.info.run_id for child in mine} == {each.tracking_run_id for each in trial.runs}
        assert {child.info.status for child in mine} == {"FINISHED"}
    assert len(client.get_metric_history(children[0].info.run_id, "validation_auc")) == 2


def test_the_tracker_says_with_what_and_where_each_fold_was_trained(
    finished: Search, shared_place: Place, tmp_path: Path
) -> None:
    client, run_of_fold = open_client(shared_place.workspace), finished.trials[0].runs[0]
    child = client.get_run(run_of_fold.tracking_run_id)
    assert child.data.tags["cauce.split"] == finished.split
    assert child.data.tags["cauce.cohort"] == finished.cohort
    assert child.data.tags["cauce.host"]
    assert child.info.artifact_uri.startswith(shared_place.workspace.root.as_uri())
    assert child.data.metrics["gflops"] == run_of_fold.gflops > 0
    assert child.data.metrics["runtime_seconds"] == run_of_fold.seconds
    log = Path(client.download_artifacts(child.info.run_id, "output.log", str(tmp_path))).read_text()
    assert log.count("\n") == len(run_of_fold.curve)
    parent = child.data.tags["mlflow.parentRunId"]
    config = yaml.safe_load(Path(client.download_artifacts(parent, "config.yaml", str(tmp_path))).read_text())
    assert TrainingSettings.model_validate(config["training"]) == run_of_fold.settings
    assert "torch==" in Path(client.download_artifacts(parent, "requirements.txt", str(tmp_path))).read_text()


def test_a_finished_search_trains_nothing_again(
    finished: Search, shared_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train, "_train", lambda *_: pytest.fail("trained again"))
    assert run(shared_place, "finished", spec()) == finished


def test_a_larger_grid_trains_only_what_is_new(finished: Search, shared_place: Place) -> None:
    larger = run(shared_place, "finished", spec(grid={"learning_rate": (5e-3, 1e-3, 2e-3)}))
    assert weights(larger)[:6] == weights(finished)
    assert len(set(weights(larger))) == 9


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(finished: Search, shared_place: Place) -> None:
    again = run(shared_place, "again", spec(grid={"learning_rate": (5e-3,)}))
    other = run(shared_place, "other", spec(grid={"learning_rate": (5e-3,)}, seed=1))
    assert weights(again) == weights(finished)[:3]
    assert not set(weights(other)) & set(weights(finished))


def test_it_learns_what_can_be_learnt(shared_place: Place) -> None:
    result = run(shared_place, "learns", with_settings(epochs=8))
    assert (result.trials[0].mean or 0) > 0.9


@pytest.mark.parametrize("stop_after", [1, 3])
def test_an_interrupted_search_goes_on_and_ends_with_the_same_weights(
    finished: Search, place: Place, stop_after: int
) -> None:
    def interrupt(step: str, done: int, total: int) -> None:
        if step.startswith("train") and done == stop_after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(place, "cut", spec(), interrupt)
    epochs: list[int] = []
    resumed = run(place, "cut", spec(), lambda step, done, total: epochs.append(done) if step.startswith("train") else None)
    assert weights(resumed) == weights(finished)
    assert epochs[-1] == 12
    assert not list((place.workspace.root / "unfinished").iterdir())


def test_a_killed_search_loses_at_most_the_epoch_under_way(finished: Search, tmp_path: Path) -> None:
    place = build_place(tmp_path)
    code = (
        "import sys, os; from pathlib import Path; sys.path.insert(0, sys.argv[1])\n"
        "from experiment.spots import *\n"
        "from cauce.experiment.search import search\n"
        "place = Workspace.open(Path(sys.argv[2]))\n"
        "cohort, split = place.records.latest(Cohort, 'spots'), place.records.latest(Split, 'spots')\n"
        "stop = lambda step, done, total: os.kill(os.getpid(), 9) if step.startswith('train') and done == 3 else None\n"
        "search(place, name='cut', cohort=cohort, split=split, spec=spec(), data_root=None, progress=stop)\n"
    )
    arguments = [sys.executable, "-c", code, str(Path(__file__).parents[1]), str(place.workspace.root)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, env={**os.environ, "OMP_NUM_THREADS": "1"})
    assert done.returncode == -signal.SIGKILL, done.stderr
    unfinished = list((place.workspace.root / "unfinished").glob("*.safetensors"))
    resumed = run(place, "cut", spec())
    assert len(unfinished) == 1  # the second fold, after its first epoch
    assert weights(resumed) == weights(finished)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_two_processes_never_train_a_fold_twice_and_one_takes_over_when_the_other_is_killed(
    finished: Search, tmp_path: Path, database: str, request: pytest.FixtureRequest
) -> None:
    place, ready = build_place(tmp_path), tmp_path / "ready"
    ready.mkdir()
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    if database == "postgresql":
        environment["CAUCE_DATABASE_URL"] = request.getfixturevalue("postgres_url")
    script = [sys.executable, str(Path(__file__).with_name("searching.py")), str(place.workspace.root), str(ready)]
    dies = subprocess.Popen([*script, "a", "b", "1"], env=environment, stderr=subprocess.PIPE, text=True)
    lives = subprocess.Popen([*script, "b", "a", "-1"], env=environment, stderr=subprocess.PIPE, text=True)
    messages = [process.communicate(timeout=300)[1] for process in (dies, lives)]
    assert dies.returncode == -signal.SIGKILL, messages[0]
    assert lives.returncode == 0, messages[1]

    result = place.workspace.records.latest(Search, "shared")
    assert weights(result) == weights(finished)
    client = open_client(place.workspace)
    tracked = client.search_runs([result.tracking_experiment_id], "tags.`cauce.fold` != 'all'")
    assert len(tracked) == 6
    for each in tracked:
        steps = [point.step for point in client.get_metric_history(each.info.run_id, "train_loss")]
        assert steps in ([0, 1], [1, 0])  # no epoch was trained twice, in no process
    assert not list((place.workspace.root / "unfinished").iterdir())


def test_a_training_that_fails_is_recorded_and_the_search_goes_on(shared_place: Place) -> None:
    result = run(shared_place, "fails", spec(grid={"learning_rate": (9.9, 5e-3), "weight_decay": (1e30,)}))
    assert all(each.status is RunStatus.FAILED for each in result.trials[0].runs)
    assert "no number" in result.trials[0].runs[0].error
    assert result.trials[0].mean is None


def test_a_failed_fold_is_trained_again_only_when_asked(shared_place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the machine ran out of something")

    with monkeypatch.context() as patch:
        patch.setattr(train, "_train", broken)
        failed = run(shared_place, "retried")
    assert {each.error for each in failed.trials[0].runs} == {"RuntimeError: the machine ran out of something"}
    assert run(shared_place, "retried") == failed
    assert run(shared_place, "retried", retry_failed=True).trials[0].mean is not None


def test_a_split_that_was_never_audited_is_not_trained_on(place: Place) -> None:
    split = Split.model_validate({**place.split.model_dump(), "name": "other"})
    with pytest.raises(NotFoundError, match="never audited"):
        search(place.workspace, name="x", cohort=place.cohort, split=split, spec=with_settings())


def test_a_fold_without_a_class_fails_and_says_so(place: Place) -> None:
    train = place.split.train
    folds = (train[0:48:2], train[1:48:4], train[3:48:4])  # the first holds every patient with a spot, and nobody else
    split = Split.model_validate({**place.split.model_dump(), "folds": folds})
    put_audit(place.workspace, place.cohort, split)
    result = search(place.workspace, name="x", cohort=place.cohort, split=split, spec=with_settings())
    assert all("a class is missing" in each.error for each in result.trials[0].runs)
