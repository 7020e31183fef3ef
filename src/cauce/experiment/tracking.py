"""Runs in MLflow: a parent for each configuration, a child for each fold, values in batches."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cauce.domain.experiment import EpochRecord, Run, RunStatus, TrainingSettings, Trial
from cauce.experiment.fold import FoldTask
from cauce.experiment.origin import curve_text, installed_packages, origin
from cauce.store.mlflow_adapter import open_client
from cauce.store.workspace import Workspace
from cauce.store.yaml_adapter import yaml_text

if TYPE_CHECKING:
    from mlflow import MlflowClient

_TRIAL_TAG, _FOLD_TAG, _PARENT_TAG = "cauce.trial", "cauce.fold", "mlflow.parentRunId"
_MAXIMUM_TAG = 5000
_OVER = ("FINISHED", "FAILED", "KILLED")


@dataclass(frozen=True, eq=False)
class Tracking:
    """One MLflow experiment. MLflow shows and compares; what counts is in our own records."""

    client: "MlflowClient"
    experiment_id: str

    @classmethod
    def open(cls, workspace: Workspace, name: str) -> "Tracking":
        """The MLflow experiment of this name, made on first use."""
        client = open_client(workspace)
        known = client.get_experiment_by_name(name)
        if known:
            return cls(client, known.experiment_id)
        # Without a server MLflow would write the runs' files below the current folder.
        place = None if workspace.settings.tracking_uri else (workspace.folder("mlflow-artifacts") / "runs").as_uri()
        return cls(client, client.create_experiment(name, artifact_location=place))

    def parent(self, settings: TrainingSettings, name: str, tags: Mapping[str, str]) -> str:
        """The run of a configuration: found by its digest, or begun."""
        found = self._parent(settings)
        if found:
            return found
        run_id = self._begin(name, {**tags, _TRIAL_TAG: settings.digest(), _FOLD_TAG: "all"}, settings, {})
        self.client.log_text(run_id, yaml_text({"training": settings.model_dump(mode="json")}), "config.yaml")
        self.client.log_text(run_id, installed_packages(), "requirements.txt")
        return run_id

    def child(self, parent: str, task: FoldTask, tags: Mapping[str, str]) -> str:
        """Begin the run of one fold."""
        tags = {
            **tags, **origin(), _PARENT_TAG: parent, _TRIAL_TAG: task.settings.digest(), _FOLD_TAG: str(task.fold),
        }
        more = {"fold": task.fold, "seed": task.seed, "precision_used": task.precision.value}
        return self._begin(f"fold {task.fold}", tags, task.settings, more)

    def log_epoch(self, run_id: str, record: EpochRecord) -> None:
        """One point of every curve, in one batch."""
        values = record.model_dump(exclude={"epoch"})
        self._log(run_id, values, record.epoch)

    def finish_run(self, run: Run) -> None:
        """Close the run of a fold."""
        if run.status is RunStatus.FAILED:
            self.client.set_tag(run.tracking_run_id, "cauce.error", run.error[:_MAXIMUM_TAG])
            self.client.set_terminated(run.tracking_run_id, "FAILED")
            return
        score = f"best_validation_{run.metric.value}"
        summary = {
            "best_epoch": run.best_epoch, score: run.score, "n_parameters": run.n_parameters, "gflops": run.gflops,
            "runtime_seconds": run.seconds,
        }
        self.client.log_text(run.tracking_run_id, curve_text(run), "output.log")
        self._log(run.tracking_run_id, {key: value for key, value in summary.items() if value is not None}, 0)
        self.client.set_tag(run.tracking_run_id, "cauce.weights", run.weights or "")
        if run.start is not None:
            start = run.start.model_dump_json(exclude={"taken", "new"})
            self.client.set_tag(run.tracking_run_id, "cauce.start", start[:_MAXIMUM_TAG])
        for number, period in enumerate(run.frozen):
            self.client.set_tag(run.tracking_run_id, f"cauce.frozen.{number}", period.model_dump_json()[:_MAXIMUM_TAG])
        self.client.set_terminated(run.tracking_run_id, "FINISHED")

    def finish_trial(self, trial: Trial) -> None:
        """Mean, standard deviation, worst fold and score of a configuration on its own run."""
        parent = self._parent(trial.settings)
        if parent is None or self.client.get_run(parent).info.status in _OVER:
            return
        name = f"validation_{trial.runs[0].metric.value}"
        summary = {
            f"{name}_mean": trial.mean, f"{name}_std": trial.standard_deviation, f"{name}_worst": trial.worst,
            "score": trial.score, "folds": len(trial.runs),
        }
        self._log(parent, {key: value for key, value in summary.items() if value is not None}, 0)
        if trial.pruned:
            self.client.set_tag(parent, "cauce.pruned", trial.pruned[:_MAXIMUM_TAG])
        self.client.set_terminated(parent, "KILLED" if trial.pruned else "FAILED" if trial.mean is None else "FINISHED")

    def _parent(self, settings: TrainingSettings) -> str | None:
        where = f"tags.`{_TRIAL_TAG}` = '{settings.digest()}' and tags.`{_FOLD_TAG}` = 'all'"
        found = self.client.search_runs([self.experiment_id], where)
        return str(found[0].info.run_id) if found else None

    def _begin(self, name: str, tags: Mapping[str, str], settings: TrainingSettings, more: Mapping[str, object]) -> str:
        from mlflow.entities import Param

        run_id = str(self.client.create_run(self.experiment_id, run_name=name, tags=dict(tags)).info.run_id)
        parameters = {**settings.model_dump(mode="json"), **more}
        self.client.log_batch(run_id, params=[Param(key, str(value)) for key, value in parameters.items()])
        return run_id

    def _log(self, run_id: str, values: Mapping[str, float], step: int) -> None:
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        self.client.log_batch(run_id, metrics=[Metric(key, float(value), now, step) for key, value in values.items()])
