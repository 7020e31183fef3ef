"""`cauce experiment`: preview, device, check, search, select, log, runs, page."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cauce.cli.options import DEFAULT_WORKSPACE, DataOption, JsonOption, WorkspaceOption
from cauce.cli.output import command, emit

if TYPE_CHECKING:
    from cauce.domain.cohort import Cohort
    from cauce.domain.experiment import ExperimentSpec
    from cauce.domain.model import ModelVersion
    from cauce.domain.split import Split
    from cauce.experiment.start import FindModel
    from cauce.store.workspace import Workspace

app = typer.Typer(no_args_is_help=True)

ExperimentArgument = Annotated[Path, typer.Argument(help="experiment.yaml, or the folder that holds it.")]
NameOption = Annotated[str, typer.Option("--name", help="Cohort, and name of the search; default: the folder's.")]
WorkersOption = Annotated[
    int | None, typer.Option(min=0, help="Processes that train side by side; default: one a core. 0: train in this one.")
]
ClusterOption = Annotated[
    str, typer.Option(help="Train folds as Ray tasks: local, auto, or HOST:PORT of a cluster that sees the workspace's folder.")
]
RetryOption = Annotated[bool, typer.Option("--retry-failed", help="Train failed folds again.")]


@app.command()
def check(
    experiment: ExperimentArgument,
    name: NameOption = "",
    data: DataOption = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Check EXPERIMENT before hours are spent: picture, one batch, dummy data, shuffled labels, learning rate.

    Exit code 1 when a check fails.
    """
    with command(as_json=as_json) as progress:
        from cauce.experiment.check import check_experiment

        place, chosen, spec = _open(experiment, name, workspace)
        cohort, split = _cohort_and_split(place, chosen)
        record = check_experiment(
            place, name=chosen, cohort=cohort, split=split, spec=spec, data_root=data,
            find_model=registry_of(place), progress=progress,
        )
        lines = [
            f"{'ok  ' if result.passed else 'FAIL'}  {result.check.value}: {result.sentence} ({result.seconds:.0f} s)"
            for result in record.results
        ]
        figures = f"Figures: {place.root / 'reports' / f'{chosen}-check'}"
        emit({"passed": record.passed, **record.model_dump(mode="json")}, "\n".join([*lines, figures]), as_json=as_json)
    if not record.passed:
        raise typer.Exit(1)


@app.command()
def search(
    experiment: ExperimentArgument,
    name: NameOption = "",
    data: DataOption = None,
    workers: WorkersOption = None,
    cluster: ClusterOption = "",
    retry_failed: RetryOption = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Train every configuration of EXPERIMENT on every fold of the cohort; continues where it was interrupted."""
    with command(as_json=as_json) as progress:
        from cauce.experiment.log import markdown
        from cauce.experiment.search import search as run_search

        place, chosen, spec = _open(experiment, name, workspace)
        cohort, split = _cohort_and_split(place, chosen)
        result = run_search(
            place, name=chosen, cohort=cohort, split=split, spec=spec, data_root=data, workers=workers, cluster=cluster,
            retry_failed=retry_failed, find_model=registry_of(place), progress=progress,
        )
        emit({"search": result.digest(), **result.model_dump(mode="json")}, markdown(result), as_json=as_json)


@app.command()
def preview(
    experiment: ExperimentArgument,
    name: NameOption = "",
    data: DataOption = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Draw what the network of EXPERIMENT will see: cases of train as prepared and as augmented, masks as outlines."""
    with command(as_json=as_json) as progress:
        from cauce.experiment.preview import preview as draw

        place, chosen, spec = _open(experiment, name, workspace)
        cohort, split = _cohort_and_split(place, chosen)
        picture = draw(place, cohort=cohort, split=split, spec=spec, data_root=data, progress=progress)
        emit({"name": chosen, "picture": str(picture)}, f"Picture: {picture}", as_json=as_json)


@app.command()
def device(
    experiment: ExperimentArgument,
    name: NameOption = "",
    data: DataOption = None,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Time EXPERIMENT on each device of this machine: seconds per epoch, memory, and the largest batch that fits."""
    with command(as_json=as_json) as progress:
        from cauce.experiment.device import compare_devices
        from cauce.experiment.device_text import device_text

        place, chosen, spec = _open(experiment, name, workspace)
        cohort, split = _cohort_and_split(place, chosen)
        report, picture = compare_devices(
            place, name=chosen, cohort=cohort, split=split, spec=spec, data_root=data, progress=progress
        )
        document = {**report.model_dump(mode="json"), "picture": str(picture)}
        emit(document, f"{device_text(report)}\nPicture: {picture}", as_json=as_json)


@app.command()
def select(name: str, workspace: WorkspaceOption = DEFAULT_WORKSPACE, as_json: JsonOption = False) -> None:
    """Keep the configuration of search NAME that is best and stable, say why, and draw it in the workspace's reports."""
    with command(as_json=as_json):
        from cauce.domain.experiment import Search
        from cauce.experiment.figures import write_figures
        from cauce.experiment.select import select as choose_one
        from cauce.store.workspace import Workspace

        place = Workspace.existing(workspace)
        search = place.records.latest(Search, name)
        selection = choose_one(place, search)
        figures = write_figures(place, search, selection)
        document = {
            "selection": selection.digest(), **selection.model_dump(mode="json"), "figures": [str(path) for path in figures],
        }
        emit(document, f"{selection.reason}\nFigures: {figures[0].parent}", as_json=as_json)


@app.command()
def log(
    name: str,
    note: Annotated[str | None, typer.Option(help="Write a note into the log; no patient data.")] = None,
    trial: Annotated[int | None, typer.Option(help="Number of the configuration that the note is about.")] = None,
    edit: Annotated[int | None, typer.Option(help="Number of the note that --note replaces; empty words take it away.")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="For a spreadsheet, instead of Markdown.")] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """The log of search NAME as Markdown: question, setup, configurations with verdict and evidence, finding, notes."""
    with command(as_json=as_json):
        from cauce.domain.errors import InputError
        from cauce.domain.experiment import Search, Selection
        from cauce.experiment.log import log_csv, markdown
        from cauce.experiment.notes import notes_of, write_note
        from cauce.store.workspace import Workspace

        place = Workspace.existing(workspace)
        result = place.records.latest(Search, name)
        if note is None and (trial, edit) != (None, None):
            raise InputError("--trial and --edit say where a note belongs", where=name, remedy='Add --note "…".')
        notes = notes_of(place, name) if note is None else write_note(place, result, note, trial=trial, edit=edit)
        selection = place.records.latest(Selection, name) if place.records.history(Selection, name) else None
        text, table = markdown(result, selection, notes), log_csv(result, selection, notes)
        document = {
            "name": name, "search": result.digest(), "markdown": text, "csv": table,
            "notes": [each.model_dump(mode="json") for each in notes],
        }
        emit(document, table.rstrip() if as_csv else text, as_json=as_json)


@app.command()
def runs(
    name: str,
    folds: Annotated[bool, typer.Option("--folds", help="One line for each fold instead of each configuration.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="For a spreadsheet.")] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """The configurations of search NAME, best first, with mean ± std (n) over the folds; also while it runs."""
    with command(as_json=as_json):
        from cauce.experiment.running import search_so_far
        from cauce.experiment.runs_table import configurations_of, fold_lines, runs_csv, runs_text
        from cauce.store.workspace import Workspace

        place = Workspace.existing(workspace)
        found = search_so_far(place, name, find_model=registry_of(place))
        result = found.whole
        document = {
            "name": name, "folds_done": found.folds_done, "folds": found.folds,
            "configurations": configurations_of(result),
            "runs": [
                {"configuration": trial.name, **run.model_dump(mode="json", exclude={"curve"})}
                for trial in result.trials for run in trial.runs
            ],
        }
        table = runs_csv(result).rstrip() if as_csv else runs_text(result)
        text = fold_lines(result) if folds else table
        left = "" if found.is_over or as_csv else f"Not over: {found.folds_done} of {found.folds} folds.\n"
        emit(document, left + text, as_json=as_json)


@app.command()
def page(
    host: Annotated[str, typer.Option(help="Address to listen at; the default is this machine alone.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8080,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
) -> None:
    """Show the runs of all searches in a browser: table, folds, curves, parallel coordinates. Ctrl-C ends it."""
    with command(as_json=False):
        from cauce.store.workspace import Workspace
        from cauce.web.server import serve

        place = Workspace.existing(workspace)
        serve(place, host=host, port=port, find_model=registry_of(place), tell=typer.echo)


@app.command()
def export(
    name: str,
    online: Annotated[bool, typer.Option("--online", help="Send the runs to the server that wandb is set up for.")] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Write the runs of search NAME for Weights & Biases into the workspace's reports; nothing is sent unless --online."""
    with command(as_json=as_json) as progress:
        from cauce.domain.experiment import Search
        from cauce.experiment.wandb_adapter import export_wandb
        from cauce.store.workspace import Workspace

        place = Workspace.existing(workspace)
        search, folder = place.records.latest(Search, name), place.folder("reports") / f"{name}-wandb"
        count = export_wandb(search, folder, online=online, progress=progress)
        said = "sent" if online else f"written; send them with: wandb sync {folder / 'wandb'}/offline-run-*"
        emit({"name": name, "runs": count, "folder": str(folder), "online": online}, f"{count} runs {said}", as_json=as_json)


def _open(experiment: Path, name: str, workspace: Path) -> "tuple[Workspace, str, ExperimentSpec]":
    """The workspace, the name of cohort and search, and what experiment.yaml says."""
    from cauce.domain.experiment import ExperimentSpec
    from cauce.store.workspace import Workspace
    from cauce.store.yaml_adapter import read_yaml

    path = experiment / "experiment.yaml" if experiment.is_dir() else experiment
    spec = read_yaml(path, ExperimentSpec)
    return Workspace.existing(workspace), name or path.absolute().parent.name, spec


def registry_of(place: "Workspace") -> "FindModel":
    """How the experiment stage reaches registered models to start from."""

    def find(reference: str) -> "ModelVersion":
        from cauce.model.registry import resolve

        return resolve(place, reference).model

    return find


def _cohort_and_split(place: "Workspace", name: str) -> "tuple[Cohort, Split]":
    from cauce.domain.cohort import Cohort
    from cauce.store.split_seal import open_split

    return place.records.latest(Cohort, name), open_split(place, name)
