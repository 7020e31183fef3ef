"""`cauce run EXAMPLE`: the first four stages of an example folder, one after the other."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cauce.cli.examples import find_example
from cauce.cli.experiment import registry_of
from cauce.cli.options import DEFAULT_WORKSPACE, DataOption, JsonOption, WorkspaceOption
from cauce.cli.output import command, emit
from cauce.domain.audit import AuditReport
from cauce.domain.cohort import Cohort, CohortSpec
from cauce.domain.errors import LeakageError
from cauce.domain.experiment import ExperimentSpec, Search, Selection
from cauce.domain.model import EvaluationReport
from cauce.domain.progress import Progress
from cauce.domain.release import Approval
from cauce.domain.split import Split
from cauce.store.workspace import Workspace

if TYPE_CHECKING:
    from cauce.model.registry import RegisteredVersion

ExampleArgument = Annotated[str, typer.Argument(help="Folder with cohort.yaml and experiment.yaml, or the name of an example.")]


@dataclass(frozen=True)
class RiverRun:
    """What the first four stages made; no release of a model that segments, for which there is no package yet."""

    cohort: Cohort
    split: Split
    audit: AuditReport
    search: Search
    selection: Selection
    evaluation: EvaluationReport
    version: int
    release: Path | None


def run_example(workspace: Workspace, example: Path, *, data_root: Path | None, progress: Progress) -> RiverRun:
    """Index, split, audit, search, select, evaluate, release. Finished steps are found in the workspace and not done again.

    Args:
        workspace: where everything is kept.
        example: folder with `cohort.yaml` and `experiment.yaml`; cohort, search and model carry the folder's name.
        data_root: what the YAML's relative paths start from; default: the example's folder.
        progress: told of every step.

    Raises:
        LeakageError: the audit found something that two partitions share.
        CauceError: as the stages say.
    """
    from cauce.dataset.audit import audit_cohort
    from cauce.dataset.index import index_cohort
    from cauce.dataset.split import split_cohort
    from cauce.experiment.search import search as run_search
    from cauce.experiment.select import select
    from cauce.model.build import build_version
    from cauce.model.evaluate import evaluate
    from cauce.store.yaml_adapter import read_yaml

    name = example.name
    spec = read_yaml(example / "experiment.yaml", ExperimentSpec)  # a wrong key is said before hours are spent
    cohort = index_cohort(workspace, example / "cohort.yaml", name=name, data_root=data_root, progress=progress)
    split = split_cohort(workspace, cohort, progress=progress)
    audit = audit_cohort(workspace, name, progress=progress)
    if not audit.passed:
        found = ", ".join(f"{count} × {kind}" for kind, count in audit.counts.items() if count)
        raise LeakageError(f"the partitions share {found}", where=name, remedy=f"See `cauce dataset audit {name}`.")
    search = run_search(
        workspace, name=name, cohort=cohort, split=split, spec=spec, data_root=data_root or example,
        find_model=registry_of(workspace), progress=progress,
    )
    selection = select(workspace, search)
    registered = build_version(workspace, name, data_root=data_root or example, progress=progress)
    evaluation = evaluate(
        workspace, f"{name}:{registered.version}", data_root=data_root or example, why="cauce run", progress=progress
    )
    release = None if registered.model.operating_point is None else _release(workspace, registered, evaluation)
    return RiverRun(cohort, split, audit, search, selection, evaluation, registered.version or 0, release)


def run_command(
    example: ExampleArgument,
    data: DataOption = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Do the first four stages of an example: from its files to a release. An interrupted run continues where it stopped."""
    with command(as_json=as_json) as progress:
        folder = find_example(example)
        _check(folder)
        river = run_example(Workspace.open(workspace), folder, data_root=data, progress=progress)
        emit(summary_of(river), text_of(river), as_json=as_json)


def _check(example: Path) -> None:
    """Read both files, so that a wrong key is said before a workspace is made.

    Raises:
        ConfigurationError: as `read_yaml`.
    """
    from cauce.store.yaml_adapter import read_yaml

    read_yaml(example / "cohort.yaml", CohortSpec)
    read_yaml(example / "experiment.yaml", ExperimentSpec)


def _release(workspace: Workspace, registered: "RegisteredVersion", evaluation: EvaluationReport) -> Path:
    """Build the release of a version, unless it stands there already. Approved by nobody, and it says so."""
    from cauce.release.build import ReleaseInput, build_release
    from cauce.release.contents import RECORD_NAME

    folder = workspace.folder("releases") / f"{registered.name}-{registered.version}"
    if (folder / RECORD_NAME).is_file():
        return folder
    approval = Approval(
        by="cauce run", role="automatic", at=datetime.now(UTC).isoformat(timespec="seconds"),
        comment="Not reviewed by a person: for research and demonstration only.",
    )
    content = ReleaseInput(registered.folder, registered.version or 0, registered.model, evaluation, approval)
    build_release(workspace, content, folder)
    return folder


def summary_of(river: RiverRun) -> dict[str, Any]:
    """What a run made, as JSON."""
    trial = river.search.trials[river.selection.trial]
    return {
        "name": river.cohort.name, "patients": river.cohort.n_patients, "instances": river.cohort.n_instances,
        "excluded": len(river.cohort.exclusions),
        "split": {partition.value: len(river.split.patients(partition)) for partition in river.split.partitions()},
        "seal": river.split.digest(), "audit_passed": river.audit.passed,
        "trials": len(river.search.trials), "folds": len(river.split.folds),
        "selected": trial.name, "reason": river.selection.reason,
        "fold_auc_mean": trial.mean, "fold_auc_standard_deviation": trial.standard_deviation,
        "model": f"{river.cohort.name}:{river.version}", "model_digest": river.evaluation.model,
        "test": {
            "patients": river.evaluation.n_patients, "instances": river.evaluation.n_instances,
            "missing": river.evaluation.missing, "openings": river.evaluation.opening.number,
            "metrics": {metric.name: metric.model_dump(mode="json") for metric in river.evaluation.metrics},
        },
        "release": None if river.release is None else str(river.release),
    }


def text_of(river: RiverRun) -> str:
    """What a run made, for people."""
    split = ", ".join(f"{partition.value} {len(river.split.patients(partition))}" for partition in river.split.partitions())
    evaluation = river.evaluation
    metrics = "\n".join(f"    {metric.name}: {metric.text()}" for metric in evaluation.metrics)
    times = "once" if evaluation.opening.number == 1 else f"{evaluation.opening.number} times"
    return (
        f"{river.cohort.name}: {river.cohort.n_instances} images of {river.cohort.n_patients} patients, "
        f"{len(river.cohort.exclusions)} excluded\n"
        f"  patients: {split}; sealed {river.split.digest()[:12]}; the partitions share nothing\n"
        f"  {river.selection.reason}\n"
        f"  test ({evaluation.n_instances} images of {evaluation.n_patients} patients, opened {times}):\n{metrics}\n"
        f"  model: {river.cohort.name}:{river.version} ({evaluation.model[:12]})\n"
        f"  release: {river.release or 'none; no package for this task yet, `cauce predict` uses them'}"
    )
