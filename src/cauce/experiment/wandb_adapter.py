"""Weights & Biases as a second place to look at runs. Nothing else in cauce knows it.

A search is exported after it ended, from our own records: one run for each fold, grouped by configuration. Offline unless asked
otherwise; `wandb sync` then sends the files when somebody wants that.
"""

import os
from pathlib import Path
from typing import Any

from cauce.domain.errors import MissingExtraError
from cauce.domain.experiment import Run, Search, Trial
from cauce.domain.progress import Progress, silent
from cauce.experiment.origin import origin


def export_wandb(search: Search, folder: Path, *, online: bool = False, progress: Progress = silent) -> int:
    """Write, or send, every run of a search; the number of runs.

    Args:
        search: finished.
        folder: where the files go, in its subfolder `wandb`.
        online: send them to the server that wandb is set up for, instead of only writing them.
        progress: told of every run.

    Raises:
        MissingExtraError: wandb is not installed.
    """
    os.environ.update(WANDB_ERROR_REPORTING="false", WANDB_SILENT="true")  # read by wandb at import
    try:
        import wandb
    except ImportError:
        raise MissingExtraError("wandb is not installed", remedy="pip install 'cauce[wandb]'") from None
    folder.mkdir(parents=True, exist_ok=True)
    settings = wandb.Settings(
        console="off", disable_git=True, disable_code=True, save_code=False, x_disable_stats=True, x_disable_meta=True,
        silent=True,
    )
    runs = [(trial, run) for trial in search.trials for run in trial.runs]
    for number, (trial, run) in enumerate(runs):
        progress("export runs", number, len(runs))
        with wandb.init(
            project=search.name, group=trial.name[:128], name=f"{trial.name[:100]} fold {run.fold}", id=_id(search, run),
            dir=str(folder), mode="online" if online else "offline", config=_config(search, run), settings=settings,
            resume="allow" if online else None,
        ) as exported:
            _fill(exported, trial, run)
    wandb.teardown()  # ends the process that writes: the files are whole when this returns
    progress("export runs", len(runs), len(runs))
    return len(runs)


def _fill(exported: Any, trial: Trial, run: Run) -> None:
    for record in run.curve:
        exported.log(record.model_dump(mode="json", exclude={"epoch"}), step=record.epoch)
    values = {
        f"best_validation_{run.metric.value}": run.score, "best_epoch": run.best_epoch, "n_parameters": run.n_parameters,
        "gflops": run.gflops, "runtime_seconds": run.seconds, "status": run.status.value, "error": run.error or None,
        "mean_over_folds": trial.mean, "std_over_folds": trial.standard_deviation, "pruned": trial.pruned or None,
    }
    exported.summary.update({key: value for key, value in values.items() if value is not None})


def _config(search: Search, run: Run) -> dict[str, object]:
    return {
        **run.settings.model_dump(mode="json"), "fold": run.fold, "seed": run.seed, "precision_used": run.precision,
        "device": run.device, "cohort": search.cohort, "split": search.split, "weights": run.weights,
        **{key: value for key, value in origin().items() if key != "cauce.host"},  # a machine's name stays at home
    }


def _id(search: Search, run: Run) -> str:
    return f"{search.digest()[:12]}-{run.trial[:8]}-{run.fold}"
