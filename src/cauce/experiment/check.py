"""Check an experiment before hours are spent: every check trains a little, gives a verdict, and draws a figure."""

import math
import tempfile
import time
from pathlib import Path

from cauce.domain.cohort import Cohort
from cauce.domain.errors import CauceError
from cauce.domain.experiment import ExperimentSpec, TrainingSettings
from cauce.domain.experiment_check import Check, CheckResult, ExperimentCheck
from cauce.domain.progress import Progress, silent
from cauce.domain.search_plan import Range, Value
from cauce.domain.split import Split
from cauce.experiment.check_steps import CHECKS, Bench, Outcome
from cauce.experiment.grid import with_values
from cauce.experiment.requirements import check_requirements
from cauce.experiment.start import FindModel, find_starts
from cauce.experiment.train_data import load_train_data
from cauce.store.atomic import write_bytes
from cauce.store.audit_gate import passed_audit
from cauce.store.workspace import Workspace


def check_experiment(
    workspace: Workspace,
    *,
    name: str,
    cohort: Cohort,
    split: Split,
    spec: ExperimentSpec,
    data_root: Path | None = None,
    find_model: FindModel | None = None,
    progress: Progress = silent,
) -> ExperimentCheck:
    """Run all checks on the train partition, store the record under `name` and the figures in the workspace's reports.

    Trains the experiment's configuration; where settings vary, the first of listed values and the middle of ranges.

    Raises: as `search` before it trains.
    """
    check_requirements(spec, split)
    passed_audit(workspace, cohort, split)
    starts = find_starts(workspace, spec, split, n_folds=1, find_model=find_model)
    data = load_train_data(workspace, cohort=cohort, split=split, spec=spec, data_root=data_root, progress=progress)
    reports = workspace.folder("reports") / f"{name}-check"
    results = []
    with tempfile.TemporaryDirectory(dir=workspace.folder("unfinished"), prefix="check-") as folder:
        bench = Bench(spec, typical_settings(spec), data, Path(folder), starts)
        for number, check in enumerate(CHECKS):
            progress("check", number, len(CHECKS))
            results.append(_result(check, bench, reports))
        progress("check", len(CHECKS), len(CHECKS))
    record = ExperimentCheck(
        name=name, spec=spec.digest(), cohort=cohort.digest(), split=split.digest(), results=tuple(results)
    )
    workspace.records.put(record, name)
    return record


def typical_settings(spec: ExperimentSpec) -> TrainingSettings:
    """The first of listed values, and the middle of ranges."""
    return with_values(spec, {name: _typical(name, values) for name, values in spec.space.items()})


def _typical(name: str, values: tuple[Value, ...] | Range) -> Value:
    if not isinstance(values, Range):
        return values[0]
    middle = math.sqrt(values.low * values.high) if values.log else (values.low + values.high) / 2
    return round(middle) if TrainingSettings.model_fields[name].annotation is int else middle


def _result(check: Check, bench: Bench, reports: Path) -> CheckResult:
    """A check that ends with an error has failed, and the error is its sentence."""
    begin = time.perf_counter()
    try:
        outcome = CHECKS[check](bench)
    except CauceError as error:
        outcome = Outcome(passed=False, sentence=error.line())
    figure = ""
    if outcome.picture is not None:
        path = reports / f"{check.value.replace(' ', '_')}.png"
        write_bytes(path, outcome.picture.png)
        write_bytes(path.with_suffix(".svg"), outcome.picture.svg)
        figure = str(path)
    seconds = round(time.perf_counter() - begin, 1)
    return CheckResult(check=check, passed=outcome.passed, sentence=outcome.sentence, figure=figure, seconds=seconds)
