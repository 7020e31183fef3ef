"""`cauce experiment`: search, select, log, runs."""

from pathlib import Path
from typing import Annotated

import typer

from cauce.cli.options import DEFAULT_WORKSPACE, DataOption, JsonOption, WorkspaceOption
from cauce.cli.output import command, emit

app = typer.Typer(no_args_is_help=True)

ExperimentArgument = Annotated[Path, typer.Argument(help="experiment.yaml, or the folder that holds it.")]
NameOption = Annotated[str, typer.Option("--name", help="Cohort, and name of the search; default: the folder's.")]
WorkersOption = Annotated[
    int | None, typer.Option(min=0, help="Processes that train side by side; default: one a core. 0: train in this one.")
]
RetryOption = Annotated[bool, typer.Option("--retry-failed", help="Train failed folds again.")]


@app.command()
def search(
    experiment: ExperimentArgument,
    name: NameOption = "",
    data: DataOption = None,
    workers: WorkersOption = None,
    retry_failed: RetryOption = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Train every configuration of EXPERIMENT on every fold of the cohort; continues where it was interrupted."""
    with command(as_json=as_json) as progress:
        from cauce.domain.cohort import Cohort
        from cauce.domain.experiment import ExperimentSpec
        from cauce.experiment.log import markdown
        from cauce.experiment.search import search as run_search
        from cauce.store.split_seal import open_split
        from cauce.store.workspace import Workspace
        from cauce.store.yaml_adapter import read_yaml

        path = experiment / "experiment.yaml" if experiment.is_dir() else experiment
        spec = read_yaml(path, ExperimentSpec)
        place, chosen = Workspace.existing(workspace), name or path.absolute().parent.name
        cohort, split = place.records.latest(Cohort, chosen), open_split(place, chosen)
        result = run_search(
            place, name=chosen, cohort=cohort, split=split, spec=spec, data_root=data, workers=workers,
            retry_failed=retry_failed, progress=progress,
        )
        emit({"search": result.digest(), **result.model_dump(mode="json")}, markdown(result), as_json=as_json)


@app.command()
def select(name: str, workspace: WorkspaceOption = DEFAULT_WORKSPACE, as_json: JsonOption = False) -> None:
    """Keep the configuration of search NAME that is best and stable, and say why."""
    with command(as_json=as_json):
        from cauce.domain.experiment import Search
        from cauce.experiment.select import select as choose_one
        from cauce.store.workspace import Workspace

        place = Workspace.existing(workspace)
        selection = choose_one(place, place.records.latest(Search, name))
        emit({"selection": selection.digest(), **selection.model_dump(mode="json")}, selection.reason, as_json=as_json)


@app.command()
def log(name: str, workspace: WorkspaceOption = DEFAULT_WORKSPACE, as_json: JsonOption = False) -> None:
    """The log of search NAME as Markdown: question, configurations best first, finding."""
    with command(as_json=as_json):
        from cauce.domain.experiment import Search, Selection
        from cauce.experiment.log import markdown
        from cauce.store.workspace import Workspace

        records = Workspace.existing(workspace).records
        result = records.latest(Search, name)
        selection = records.latest(Selection, name) if records.history(Selection, name) else None
        text = markdown(result, selection)
        emit({"name": name, "search": result.digest(), "markdown": text}, text, as_json=as_json)


@app.command()
def runs(name: str, workspace: WorkspaceOption = DEFAULT_WORKSPACE, as_json: JsonOption = False) -> None:
    """The runs of search NAME, one line for each fold."""
    with command(as_json=as_json):
        from cauce.domain.experiment import Search
        from cauce.experiment.log import run_lines
        from cauce.store.workspace import Workspace

        result = Workspace.existing(workspace).records.latest(Search, name)
        document = {
            "name": name,
            "runs": [
                {"configuration": trial.name, **run.model_dump(mode="json", exclude={"curve"})}
                for trial in result.trials for run in trial.runs
            ],
        }
        emit(document, run_lines(result), as_json=as_json)
